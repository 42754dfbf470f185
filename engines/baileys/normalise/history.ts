import type { Chat, Contact, LIDMapping, WAMessage } from '@whiskeysockets/baileys';
import { observeLink } from '#engines/contract/kit/identity-link.ts';
import { toJid } from '#engines/contract/kit/scalars.ts';
import type { Observation, ObservationOf } from '#engines/contract/observation.ts';
import { historyEndOf, observeStoredChat } from './chat.ts';
import { observeContact } from './contact.ts';
import { type MessageContext, observeMessage, observeStoredReceipts } from './message.ts';

/** A decoded chunk of history, initial or on demand. */
export interface HistoryChunk {
  readonly chats: readonly Chat[];
  readonly contacts: readonly Contact[];
  readonly messages: readonly WAMessage[];
  readonly lidPnMappings?: readonly LIDMapping[];
}

/** People first, then chats, then messages: whoever reads in order always knows what a line is about. */
export function observePeople(chunk: HistoryChunk, { self, now }: MessageContext): readonly Observation[] {
  const links = (chunk.lidPnMappings ?? []).map(({ lid, pn }) => observeLink(pn, lid, 'history', now));
  const contacts = chunk.contacts.map((contact) => observeContact(contact, self));
  return [...links, ...contacts].filter((observed) => observed !== null);
}

export function observeChats(chunk: HistoryChunk, { self }: MessageContext): readonly Observation[] {
  return chunk.chats.map((chat) => observeStoredChat(chat, self)).filter((observed) => observed !== null);
}

export function observeStoredMessage(message: WAMessage, context: MessageContext): readonly Observation[] {
  return [...observeMessage(message, context), ...observeStoredReceipts(message, context)];
}

/** The page observation that stands behind its messages; null when the answer names no chat. */
export function observePage(
  chunk: HistoryChunk,
  requestId: string,
  { messages, before, oldest }: Pick<ObservationOf<'history-page'>, 'messages' | 'before' | 'oldest'>,
): ObservationOf<'history-page'> | null {
  const [first] = chunk.chats;
  const chat = toJid(first?.id) ?? toJid(chunk.messages[0]?.key?.remoteJid);
  if (chat === null) return null;
  const end = first === undefined ? null : historyEndOf(first);
  return { kind: 'history-page', requestId, chat, messages, before, oldest, end: end ?? 'unknown' };
}
