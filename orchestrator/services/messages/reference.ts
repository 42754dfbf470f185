import type { EngineName } from '#engines/contract/capability.ts';
import type { MessageRef } from '#engines/contract/command.ts';
import { normaliseJid } from '#engines/contract/identity.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';
import type { History } from '#history/contracts/history.ts';
import type { MessageRecord } from '#history/contracts/records.ts';
import { TandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { optionalName } from '../present/message.ts';
import { compact } from '../reply.ts';

export interface MessageReference {
  readonly message_id: string;
  readonly chat?: string | undefined;
}

const CANDIDATES_MAX = 5;
/** The form that whatsapp-web.js prints: `true_<chat>_<id>` and, in groups, `_<author>` behind it. */
const SERIALISED = /^(?:true|false)_([^_\s]+@[a-z.]+)_([0-9A-Za-z.-]+)(?:_[^_\s]+@[a-z.]+)?$/;
/** `<chat>:<id>`; the last colon counts, because an id of a device holds one too. */
const JOINED = /^(\S+@[a-z.]+):([0-9A-Za-z.-]+)$/;

/** Splits the joined forms of other systems; a plain id stays as it is. */
export function splitReference({ message_id, chat }: MessageReference): {
  readonly id: string;
  readonly chat: string | null;
} {
  const typed = message_id.trim();
  const found = SERIALISED.exec(typed) ?? JOINED.exec(typed);
  const [, jid, id] = found ?? [];
  if (jid === undefined || id === undefined || normaliseJid(jid) === null)
    return { id: typed, chat: chat ?? null };
  return { id, chat: chat ?? jid };
}

/** The one stored message that is meant. Errors: MESSAGE_NOT_FOUND, MESSAGE_AMBIGUOUS, CHAT_NOT_FOUND. */
export async function findMessage(
  { history, resolver, times }: ServiceContext,
  reference: MessageReference,
): Promise<MessageRecord> {
  const { id, chat } = splitReference(reference);
  const record = chat === null ? null : await resolver.chat(chat);
  const found = await history.messages.byId(id, ...(record === null ? [] : [record.id]));
  const [message] = found;
  if (message === undefined) throw new TandemError('MESSAGE_NOT_FOUND');
  if (found.length > 1) {
    throw new TandemError('MESSAGE_AMBIGUOUS', {
      details: {
        candidates: found.slice(0, CANDIDATES_MAX).map((one) =>
          compact({
            chat: one.chatJid,
            chat_name: optionalName(one.chatName),
            sender: one.sender?.jid,
            from_me: one.fromMe,
            timestamp: times.iso(one.sentAt),
          }),
        ),
      },
    });
  }
  return message;
}

/** How a stored message is named to an engine. Groups need the author, because a receipt goes to whoever wrote the message; direct chats have only one. */
export function refOf(message: MessageRecord): MessageRef {
  const inGroup = message.chatJid.endsWith('@g.us');
  return {
    chat: message.chatJid,
    id: message.id,
    fromMe: message.fromMe,
    sender: inGroup ? (message.sender?.jid ?? null) : null,
  };
}

/** The newest message of a chat: what the phone checks a change of the whole chat against. Null for a chat without messages. */
export async function newestAnchor(
  { history }: { readonly history: Pick<History, 'messages'> },
  chatId: number,
): Promise<HistoryAnchor | null> {
  const { items } = await history.messages.list({ chatId, order: 'newest', limit: 1 });
  const newest = items[0];
  if (newest === undefined) return null;
  const { id, fromMe, sender, sentAt } = newest;
  return { id, fromMe, sender: sender?.jid ?? null, sentAt };
}

/**
 * The engine to ask first about a message: the one that sent it, or the only one that has seen it. Undefined = any.
 */
export function ownerOf({ sources }: Pick<MessageRecord, 'sources'>): EngineName | undefined {
  const engines = new Set(sources.map(({ engine }) => engine));
  const only = engines.size === 1 ? sources[0] : undefined;
  return (sources.find(({ via }) => via === 'echo') ?? only)?.engine;
}
