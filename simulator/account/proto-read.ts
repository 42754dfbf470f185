import { proto } from '@whiskeysockets/baileys';
import type { SimContent } from './model.ts';

/** What a device wants to happen, read from the Message it sent. */
export type ReadMessage =
  | {
      readonly kind: 'content';
      readonly content: SimContent;
      readonly quotedId: string | null;
      readonly mentionedJids: readonly string[];
      readonly forwarded: boolean;
    }
  | { readonly kind: 'edit'; readonly targetId: string; readonly text: string }
  | { readonly kind: 'revoke'; readonly targetId: string; readonly participant: string | null }
  | { readonly kind: 'reaction'; readonly targetId: string; readonly emoji: string }
  | { readonly kind: 'other' };

const WRAPPERS = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'documentWithCaptionMessage',
  'editedMessage',
] as const;
/** Wrappers nest at most as deep as there are kinds of them. */
const MAX_DEPTH = WRAPPERS.length;

const unwrap = (message: proto.IMessage): proto.IMessage => {
  let inner = message;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const wrapper = WRAPPERS.map((name) => inner[name]?.message).find((m) => m !== null && m !== undefined);
    if (wrapper === undefined || wrapper === null) break;
    inner = wrapper;
  }
  return inner;
};

const textOf = (message: proto.IMessage): string | null =>
  (message.conversation || null) ??
  message.extendedTextMessage?.text ??
  message.imageMessage?.caption ??
  message.videoMessage?.caption ??
  message.documentMessage?.caption ??
  null;

const contextOf = (message: proto.IMessage): proto.IContextInfo | null => {
  for (const part of Object.values(message))
    if (part !== null && typeof part === 'object' && 'contextInfo' in part && part.contextInfo)
      return part.contextInfo as proto.IContextInfo;
  return null;
};

const contentOf = (message: proto.IMessage): SimContent | null => {
  const text = textOf(message);
  if (message.conversation || message.extendedTextMessage) return { type: 'text', text: text ?? '' };
  const {
    locationMessage: location,
    pollCreationMessageV3,
    pollCreationMessage,
    pollCreationMessageV2,
  } = message;
  const poll = pollCreationMessageV3 ?? pollCreationMessage ?? pollCreationMessageV2;
  if (location)
    return {
      type: 'location',
      latitude: location.degreesLatitude ?? 0,
      longitude: location.degreesLongitude ?? 0,
      name: location.name ?? null,
      address: location.address ?? null,
    };
  // Kept whole: media refers to the sender's own upload, a poll to its own secret.
  const carriesContent =
    poll ??
    message.imageMessage ??
    message.videoMessage ??
    message.audioMessage ??
    message.documentMessage ??
    message.stickerMessage ??
    message.contactMessage ??
    message.contactsArrayMessage;
  return carriesContent ? { type: 'raw', message: proto.Message.encode(message).finish(), text } : null;
};

export const readMessage = (sent: proto.IMessage): ReadMessage => {
  const message = unwrap(sent);
  const change = message.protocolMessage;
  const changedId = change?.key?.id ?? '';
  if (change?.type === proto.Message.ProtocolMessage.Type.MESSAGE_EDIT && change.editedMessage)
    return { kind: 'edit', targetId: changedId, text: textOf(unwrap(change.editedMessage)) ?? '' };
  if (change?.type === proto.Message.ProtocolMessage.Type.REVOKE)
    return { kind: 'revoke', targetId: changedId, participant: change.key?.participant ?? null };
  const reaction = message.reactionMessage;
  if (reaction) return { kind: 'reaction', targetId: reaction.key?.id ?? '', emoji: reaction.text ?? '' };
  const content = contentOf(message);
  if (content === null) return { kind: 'other' };
  const context = contextOf(message);
  return {
    kind: 'content',
    content,
    quotedId: context?.stanzaId || null,
    mentionedJids: context?.mentionedJid ?? [],
    forwarded: context?.isForwarded ?? false,
  };
};
