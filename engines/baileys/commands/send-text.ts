import type { proto } from '@whiskeysockets/baileys';
import type { CommandHandlers, CommandInput } from '#engines/contract/command.ts';
import { jidKind } from '#engines/contract/identity.ts';
import type { Self } from '#engines/contract/kit/self.ts';
import { deliver } from './deliver.ts';
import type { CommandDeps } from './deps.ts';

type Input = CommandInput<'send.text'>;

export function sendTextCommand(deps: CommandDeps): Required<Pick<CommandHandlers, 'send.text'>> {
  return {
    'send.text': (input, signal) =>
      deliver(
        deps,
        {
          chat: input.chat,
          messageId: input.messageId,
          message: (chat) => textMessage(input, chat, deps.session.self()),
        },
        signal,
      ),
  };
}

function textMessage(input: Input, chat: string, self: Self): proto.IMessage {
  const { quoted, mentions } = input;
  const author = quoted?.fromMe
    ? jidKind(chat) === 'pn'
      ? self.pn
      : (self.lid ?? self.pn)
    : (quoted?.sender ?? chat);
  const contextInfo: proto.IContextInfo = {
    ...(quoted === undefined
      ? {}
      : { stanzaId: quoted.id, participant: author, quotedMessage: { conversation: quoted.text ?? '' } }),
    ...(mentions === undefined || mentions.length === 0 ? {} : { mentionedJid: mentions }),
  };
  const isPlain = Object.keys(contextInfo).length === 0;
  return { extendedTextMessage: { text: input.text, ...(isPlain ? {} : { contextInfo }) } };
}
