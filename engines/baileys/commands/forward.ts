import type { proto } from '@whiskeysockets/baileys';
import type { CommandHandlers, CommandInput } from '#engines/contract/command.ts';
import { TandemError } from '#kernel/errors.ts';
import { deliver } from './deliver.ts';
import type { CommandDeps } from './deps.ts';

type Content = CommandInput<'message.forward'>['content'];

/** Files are not uploaded again: the recipient gets the keys to the one that lies on the media host. */
export function forwardCommand(deps: CommandDeps): Required<Pick<CommandHandlers, 'message.forward'>> {
  return {
    'message.forward': async ({ chat, messageId, content }, signal) => {
      const message = forwarded(content);
      return deliver(deps, { chat, messageId, message: () => message }, signal);
    },
  };
}

/** How often it went on before is not known; that it did is. */
const CONTEXT: proto.IContextInfo = { isForwarded: true, forwardingScore: 1 };

function forwarded(content: Content): proto.IMessage {
  const caption = content.text === null ? {} : { caption: content.text };
  const isAnimated = content.type === 'gif';
  switch (content.type) {
    case 'text':
      if (content.text === null || content.text === '') throw new TandemError('MESSAGE_NOT_FOUND', facts);
      return { extendedTextMessage: { text: content.text, contextInfo: CONTEXT } };
    case 'image':
      return { imageMessage: { ...fileOf(content), ...caption } };
    case 'video':
    case 'gif':
      return { videoMessage: { ...fileOf(content), ...caption, gifPlayback: isAnimated } };
    case 'audio':
    case 'voice':
      return { audioMessage: { ...fileOf(content), ptt: content.type === 'voice' } };
    case 'document':
      return {
        documentMessage: { ...fileOf(content), ...caption, fileName: content.media?.filename ?? 'document' },
      };
    case 'sticker':
      return { stickerMessage: fileOf(content) };
    default:
      throw new TandemError('CAPABILITY_UNAVAILABLE', {
        ...facts,
        message: `This engine cannot forward messages of the kind ${content.type}.`,
        hint: 'Texts and files can be forwarded.',
      });
  }
}

const facts = { engine: 'baileys' } as const;

function fileOf({ media }: Content) {
  const { mediaKey, directPath, url, sha256, encryptedSha256, bytes } = media ?? {};
  if (
    mediaKey === undefined ||
    sha256 === undefined ||
    encryptedSha256 === undefined ||
    (directPath === undefined && url === undefined)
  ) {
    throw new TandemError('MEDIA_METADATA_MISSING', facts);
  }
  const { mime, seconds, width, height } = media ?? {};
  return {
    mediaKey: Buffer.from(mediaKey, 'base64'),
    fileSha256: Buffer.from(sha256, 'base64'),
    fileEncSha256: Buffer.from(encryptedSha256, 'base64'),
    contextInfo: CONTEXT,
    ...(directPath === undefined ? {} : { directPath }),
    ...(url === undefined ? {} : { url }),
    ...(bytes === undefined ? {} : { fileLength: bytes }),
    ...(mime === undefined ? {} : { mimetype: mime }),
    ...(seconds === undefined ? {} : { seconds: Math.round(seconds) }),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
  };
}
