import type { MessagePath } from '#engines/contract/message.ts';
import type { History, MessageFilter } from '#history/contracts/history.ts';
import type { MessageRecord } from '#history/contracts/records.ts';
import { secondsOfKey } from '#history/time-key.ts';

/** Which messages somebody waits for. Ids, not store ids: people and chats may become one while the wait goes on. */
export interface Wanted {
  /** Null = any chat. */
  readonly chat: string | null;
  /** Ids of the one person who must have written it; empty = anybody. */
  readonly from: readonly string[];
  readonly own: boolean;
}

/** What was there when a wait began: for each second of sending, the highest key among the messages that were news. */
export interface Position {
  /** Messages sent before this second are not waited for. */
  readonly since: number;
  readonly keys: readonly number[];
}

/** A page of the store; a wait sees the messages of minutes. */
const PAGE_MESSAGES = 200;
/** Heard as it was written, or on reconnecting. Pages and pushes are history. */
const NEWS: ReadonlySet<MessagePath> = new Set<MessagePath>(['live', 'offline', 'echo']);
const STORIES = 'status@broadcast';

type Store = Pick<History, 'messages' | 'chats' | 'people'>;

export async function positionAt(store: Store, since: number): Promise<Position> {
  const highest = new Map<number, number>();
  for await (const { key } of newsSince(store, { since })) {
    const second = secondsOfKey(key);
    highest.set(second, Math.max(key, highest.get(second) ?? 0));
  }
  return { since, keys: [...highest.values()] };
}

/** The first message that came after the position; null = none yet. */
export async function findArrival(
  store: Store,
  wanted: Wanted,
  { since, keys }: Position,
): Promise<MessageRecord | null> {
  const known = new Map(keys.map((key) => [secondsOfKey(key), key]));
  const filter: MessageFilter = { since, ...(wanted.own ? {} : { fromMe: false }) };
  const chat = wanted.chat === null ? null : await store.chats.byJid(wanted.chat);
  if (wanted.chat !== null && chat === null) return null;
  const people = await idsOf(store, wanted.from);
  for await (const message of newsSince(store, {
    ...filter,
    ...(chat === null ? {} : { chatId: chat.id }),
  })) {
    if (message.key <= (known.get(secondsOfKey(message.key)) ?? 0)) continue;
    if (wanted.from.length > 0 && !people.has(message.sender?.personId)) continue;
    if (chat === null && message.chatJid === STORIES) continue;
    return message;
  }
  return null;
}

/** Looked up at each look: a number and a hidden id may have become one person since. */
async function idsOf(store: Store, jids: readonly string[]): Promise<ReadonlySet<number | undefined>> {
  const people = await Promise.all(jids.map((jid) => store.people.byJid(jid)));
  return new Set(people.flatMap((person) => (person === null ? [] : [person.id])));
}

async function* newsSince(store: Store, filter: MessageFilter): AsyncGenerator<MessageRecord> {
  let after: number | null = null;
  do {
    const page = await store.messages.list({
      ...filter,
      order: 'oldest',
      limit: PAGE_MESSAGES,
      ...(after === null ? {} : { after }),
    });
    yield* page.items.filter(isNews);
    after = page.next;
  } while (after !== null);
}

/** An event of the group and what cannot be read yet say nothing; the latter counts once it can be read. */
function isNews({ type, revokedAt, sources }: MessageRecord): boolean {
  if (type === 'system' || type === 'undecryptable' || revokedAt !== null) return false;
  return sources.some(({ via }) => NEWS.has(via));
}
