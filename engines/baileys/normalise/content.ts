import { normalizeMessageContent, type proto } from '@whiskeysockets/baileys';
import { clip, clipName, said, toBase64, toCount, toJid } from '#engines/contract/kit/scalars.ts';
import type { MessageObservation, MessageType } from '#engines/contract/message.ts';
import { findFile, mediaOf } from './media.ts';

/** What a message says, without who, where and when. */
export type Content = Pick<
  MessageObservation,
  'type' | 'text' | 'media' | 'quoted' | 'mentions' | 'poll' | 'ephemeralSeconds' | 'forwarded'
>;

const TEXT_MAX = 70_000;

/** Null for content that is no message of its own: protocol traffic, reactions, votes, key distribution. */
export function contentOf(message: proto.IMessage | null | undefined): Content | null {
  const inner = normalizeMessageContent(message ?? undefined);
  if (!inner) return null;
  const found = bodyOf(inner);
  if (found === null) return null;
  const context = contextOf(inner);
  return {
    type: found.type,
    ...said({
      text: clip(found.text, TEXT_MAX),
      media: found.media,
      poll: found.poll,
      quoted: context === null ? null : quotedOf(context),
      mentions: context === null ? null : mentionsOf(context),
      ephemeralSeconds: toCount(context?.expiration) || null,
      forwarded: context?.isForwarded ? true : null,
    }),
  };
}

interface Body {
  readonly type: MessageType;
  readonly text?: string | null;
  readonly media?: MessageObservation['media'];
  readonly poll?: MessageObservation['poll'];
}

function bodyOf(content: proto.IMessage): Body | null {
  const file = findFile(content);
  if (file !== null) {
    return { type: file.type, text: file.file.caption || null, media: mediaOf(file.file) };
  }
  const text = content.conversation ?? content.extendedTextMessage?.text;
  if (typeof text === 'string') return { type: 'text', text };
  const poll = content.pollCreationMessage ?? content.pollCreationMessageV2 ?? content.pollCreationMessageV3;
  if (poll) return pollBody(poll, content);
  const place = content.locationMessage;
  if (place) return { type: 'location', text: joined([place.name, place.address, place.comment]) };
  if (content.liveLocationMessage)
    return { type: 'location', text: content.liveLocationMessage.caption || null };
  if (content.contactMessage) return { type: 'contact', text: content.contactMessage.displayName || null };
  if (content.contactsArrayMessage) {
    return { type: 'contact', text: content.contactsArrayMessage.displayName || null };
  }
  return otherBody(content);
}

function pollBody(poll: proto.Message.IPollCreationMessage, content: proto.IMessage): Body {
  const options = (poll.options ?? []).map((option) => clip(option.optionName, 1_000) ?? '');
  return {
    type: 'poll',
    text: poll.name ?? '',
    poll: {
      question: clip(poll.name, 4_096) ?? '',
      options: options.slice(0, 64),
      maxSelections: toCount(poll.selectableOptionsCount) ?? 0,
      ...said({ secret: toBase64(content.messageContextInfo?.messageSecret, 64) }),
    },
  };
}

/** Kinds that Tandem does not model, kept with whatever a reader sees of them. */
function otherBody(content: proto.IMessage): Body | null {
  const shown: readonly (readonly [unknown, string | null | undefined])[] = [
    [content.buttonsMessage, content.buttonsMessage?.contentText],
    [content.buttonsResponseMessage, content.buttonsResponseMessage?.selectedDisplayText],
    [content.listMessage, joined([content.listMessage?.title, content.listMessage?.description])],
    [content.listResponseMessage, content.listResponseMessage?.title],
    [content.templateMessage, content.templateMessage?.hydratedTemplate?.hydratedContentText],
    [content.templateButtonReplyMessage, content.templateButtonReplyMessage?.selectedDisplayText],
    [content.interactiveMessage, content.interactiveMessage?.body?.text],
    [content.interactiveResponseMessage, content.interactiveResponseMessage?.body?.text],
    [content.eventMessage, joined([content.eventMessage?.name, content.eventMessage?.description])],
    [
      content.groupInviteMessage,
      joined([content.groupInviteMessage?.groupName, content.groupInviteMessage?.caption]),
    ],
    [content.productMessage, joined([content.productMessage?.product?.title, content.productMessage?.body])],
    [content.orderMessage, joined([content.orderMessage?.orderTitle, content.orderMessage?.message])],
    [content.stickerPackMessage, content.stickerPackMessage?.name],
  ];
  const found = shown.find(([part]) => part !== null && part !== undefined);
  if (found !== undefined) return { type: 'other', text: found[1] || null };
  // Kinds invented after this was written are messages too, rather than lost.
  const unknown = Object.entries(content).some(([kind, part]) => !SILENT.has(kind) && part !== null);
  return unknown ? { type: 'other' } : null;
}

/** Parts that never are a line of the chat by themselves. */
const SILENT: ReadonlySet<string> = new Set([
  'messageContextInfo', 'senderKeyDistributionMessage', 'fastRatchetKeySenderKeyDistributionMessage',
  'protocolMessage', 'reactionMessage', 'encReactionMessage', 'pollUpdateMessage', 'pinInChatMessage',
  'keepInChatMessage', 'encEventResponseMessage', 'deviceSentMessage', 'secretEncryptedMessage',
  'stickerSyncRmrMessage', 'chat', 'placeholderMessage',
]); // biome-ignore format: a list reads better dense

/**
 * What a stanza carries instead of a message. Not all of the silent parts: keys of a group come in front of a message, as
 * a part of the same stanza that is decrypted by itself.
 */
const CARRIED = [
  'protocolMessage', 'reactionMessage', 'encReactionMessage', 'pollUpdateMessage', 'pinInChatMessage',
  'keepInChatMessage', 'encEventResponseMessage', 'secretEncryptedMessage',
] as const satisfies readonly (keyof proto.IMessage)[]; // biome-ignore format: a list reads better dense

/** True for a stanza that is no line of the chat by itself. */
export function isNoMessage(message: proto.IMessage | null | undefined): boolean {
  const inner = normalizeMessageContent(message ?? undefined);
  return inner !== undefined && bodyOf(inner) === null && CARRIED.some((part) => inner[part]);
}

function joined(parts: readonly (string | null | undefined)[]): string | null {
  return parts.filter((part) => typeof part === 'string' && part !== '').join('\n') || null;
}

/** Every kind keeps its context in its own place. */
function contextOf(content: proto.IMessage): proto.IContextInfo | null {
  for (const part of Object.values(content) as unknown[]) {
    if (typeof part !== 'object' || part === null || !('contextInfo' in part)) continue;
    const { contextInfo } = part as { contextInfo?: proto.IContextInfo | null };
    if (contextInfo) return contextInfo;
  }
  return null;
}

function quotedOf(context: proto.IContextInfo): MessageObservation['quoted'] | null {
  const id = clipName(context.stanzaId, 128);
  if (id === null) return null;
  const quoted = normalizeMessageContent(context.quotedMessage ?? undefined);
  const body = quoted ? bodyOf(quoted) : null;
  return { id, sender: toJid(context.participant), text: clip(body?.text, TEXT_MAX) };
}

function mentionsOf(context: proto.IContextInfo): string[] | null {
  const jids = (context.mentionedJid ?? []).map(toJid).filter((jid) => jid !== null);
  return jids.length === 0 ? null : [...new Set(jids)].slice(0, 1_024);
}
