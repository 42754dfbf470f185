import type { History } from '#history/contracts/history.ts';
import type { MessageRecord } from '#history/contracts/records.ts';
import { everyStored } from './census.ts';
import type { TrueMessage } from './control.ts';

export interface Verdict {
  /** Messages of the account. */
  readonly expected: number;
  /** Of those, how many the store holds. */
  readonly present: number;
  readonly missing: number;
  /** In the store and not in the account. */
  readonly unexpected: number;
  /** Not in the account either, but stored before this run: every run starts the account afresh. */
  readonly earlier: number;
  /** Own messages that were told as unknown, and that stand there although nobody received them. */
  readonly unconfirmed: number;
  /** Rows beyond the first of the same message. */
  readonly twice: number;
  /** A few of the missing ones, for whoever looks into it. */
  readonly missingIds: readonly string[];
  /** Present with another text, or another state of deletion. */
  readonly different: number;
  /** Every message is there exactly once, as it should read. */
  readonly ok: boolean;
}

const EXAMPLES = 3;

/** What the store holds, named like `keyOfTrue`. Before a run, for `verify`: nothing when the folder is new. */
export async function storedKeys(history: Pick<History, 'messages'>): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const message of everyStored(history)) keys.add(keyOfStored(message));
  return keys;
}

/** Holds the store against the account, id by id. `unknown` = ids of messages of which nobody can say whether they left. */
export async function verify(
  history: History,
  truth: AsyncIterable<TrueMessage>,
  before: ReadonlySet<string>,
  unknown: ReadonlySet<string> = new Set(),
): Promise<Verdict> {
  const stored = new Map<string, Entry>();
  for await (const message of everyStored(history)) {
    const key = keyOfStored(message);
    const known = stored.get(key);
    if (known !== undefined) known.rows += 1;
    else
      stored.set(key, { rows: 1, id: message.id, text: message.text, revoked: message.revokedAt !== null });
  }
  let expected = 0;
  let present = 0;
  let different = 0;
  let twice = 0;
  const missingIds: string[] = [];
  for (const entry of stored.values()) twice += entry.rows - 1;
  for await (const message of truth) {
    expected += 1;
    const key = keyOfTrue(message);
    const entry = stored.get(key);
    if (entry === undefined) {
      if (missingIds.length < EXAMPLES) missingIds.push(message.id);
      continue;
    }
    stored.delete(key);
    present += 1;
    if (entry.revoked !== message.revoked || (isWritten(message) && entry.text !== message.text))
      different += 1;
  }
  let earlier = 0;
  let unconfirmed = 0;
  for (const [key, { id }] of stored) {
    if (before.has(key)) earlier += 1;
    else if (unknown.has(id)) unconfirmed += 1;
  }
  const unexpected = stored.size - earlier - unconfirmed;
  const verdict = {
    expected,
    present,
    missing: expected - present,
    missingIds,
    unexpected,
    earlier,
    unconfirmed,
    twice,
    different,
  };
  return { ...verdict, ok: expected > 0 && present === expected && unexpected + twice + different === 0 };
}

interface Entry {
  rows: number;
  readonly id: string;
  readonly text: string | null;
  readonly revoked: boolean;
}

/** For a poll, a place or a contact the store keeps the name as text, so that it is found; the account has none. */
function isWritten({ type }: TrueMessage): boolean {
  return type === 'text' || type === 'media' || type === 'raw';
}

export function keyOfTrue({ chatJid, id, fromMe, senderJid }: TrueMessage): string {
  return keyOf(chatJid, id, fromMe ? null : senderJid);
}

function keyOfStored({ chatJid, id, fromMe, sender }: MessageRecord): string {
  return keyOf(chatJid, id, fromMe ? null : (sender?.jid ?? ''));
}

/** Own messages are told apart by their direction: the store names no sender for them. */
function keyOf(chatJid: string, id: string, sender: string | null): string {
  return `${chatJid} ${id} ${sender ?? 'me'}`;
}
