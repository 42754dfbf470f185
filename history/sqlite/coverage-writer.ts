import type { EngineName } from '#engines/contract/capability.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';
import type { ObservationOf } from '#engines/contract/observation.ts';
import { type EngineLevel, isConnected } from '#engines/contract/state.ts';
import type { GapReason } from '../contracts/coverage.ts';
import { bitOf, type Interval, unite, withLive } from '../coverage/intervals.ts';
import { firstKeyOf } from '../time-key.ts';
import { intervalsOf, writeIntervals } from './coverage-rows.ts';
import { readSpans } from './live-spans.ts';
import type { PushEdge } from './push-edges.ts';
import type { Sql } from './sql.ts';

/** What one answer to a request brought, as far as it was told in the batch under way. */
export interface PageFacts {
  /** Messages, new or not. */
  seen: number;
  added: number;
  /** Of those that are not dated in the future; 0 = none. */
  newestAt: number;
  readonly chats: Set<number>;
  readonly ids: Set<string>;
}

const PAGE = bitOf('page');
/** The end of a push is never put into the second under way, and a second begins somewhere within another one. */
const ROUNDED_SECONDS = 2;
const PUSH = bitOf('push');

/** Between the scan and the connection; what took longer was no link: somebody has set the clock. */
const LINKING_MAX_SECONDS = 120;

/** Reasons that hold for what is further below too; the others are about one request. */
const LASTING: ReadonlySet<GapReason | null> = new Set<GapReason>([
  'never-pushed',
  'engine-offline',
  'purged',
]);

/**
 * What an answer proves of a chat: everything between its oldest message and the second before the message that it was asked
 * from. No second is claimed in part, so the one of that message stays out, unless the last page ended at just this message.
 */
export function coverPage(
  sql: Sql,
  chatId: number,
  page: ObservationOf<'history-page'>,
  facts: PageFacts | undefined,
  now: number,
): void {
  const isEmpty = page.messages === 0;
  if (!isEmpty && (facts === undefined || !isWhole(facts, page.messages, chatId))) return;
  const from = page.end === 'start-reached' ? 0 : (page.oldest?.sentAt ?? null);
  if (from === null) return;
  const known = intervalsOf(sql, chatId);
  const all = withLive(known, readSpans(sql, now));
  const before = askedFrom(sql, chatId, page.before, all, now);
  const to = upperEnd(known, before, facts);
  if (to === null) return;
  const upper = all.find((one) => one.from <= to && to <= one.to);
  const lasting = upper !== undefined && LASTING.has(upper.below) ? upper.below : null;
  const bottom = from === 0 || page.oldest === null ? null : lowest(known, from, before, page.oldest, facts);
  const claim: Interval = { from, to, sources: PAGE, bottom, below: lasting };
  if (to >= from) writeIntervals(sql, chatId, unite(known, claim));
  if (page.oldest === null || from === 0) return;
  const mark = markOf(sql, chatId, all, before, page.oldest);
  if (mark === null) return;
  const hint = lowest(known, mark, before, page.oldest, facts);
  const remembered = { ...claim, from: mark, to: mark, sources: 0, bottom: hint };
  writeIntervals(sql, chatId, unite(intervalsOf(sql, chatId), remembered));
}

/** Every message of the answer is in the store, under this chat. */
function isWhole(facts: PageFacts, messages: number, chatId: number): boolean {
  return facts.seen >= messages && facts.chats.size === 1 && facts.chats.has(chatId);
}

/**
 * The message below which the page begins; null when nothing is known of it. Answers come about other chats than the one that
 * was asked for, and messages may be dated in the future.
 */
function askedFrom(
  sql: Sql,
  chatId: number,
  anchor: HistoryAnchor | null,
  all: readonly Interval[],
  now: number,
): HistoryAnchor | null {
  if (anchor === null || anchor.sentAt > now) return null;
  const found = sql.get<{ local_time: number }>(
    `SELECT local_time FROM messages WHERE chat_id = ? AND stanza_id = ? AND from_me = ?`,
    chatId,
    anchor.id,
    Number(anchor.fromMe),
  );
  if (found === null) return null;
  if (found.local_time === 0) return anchor;
  // Dated by our own clock: it was sent while an engine was connected, and more is not certain.
  const upper = all.find(({ from, to }) => from < anchor.sentAt && anchor.sentAt <= to);
  return upper === undefined ? null : { ...anchor, sentAt: upper.from + 1 };
}

function upperEnd(
  known: readonly Interval[],
  before: HistoryAnchor | null,
  facts: PageFacts | undefined,
): number | null {
  if (before !== null) return isBottom(known, before) ? before.sentAt : before.sentAt - 1;
  const newest = facts?.newestAt ?? 0;
  return newest > 0 ? newest - 1 : null;
}

/**
 * Where the next page begins. A page that was asked from higher up may end in a second that an earlier walk has gone through
 * further: then that one stays, or two messages would lead to each other for ever.
 */
function lowest(
  known: readonly Interval[],
  at: number,
  before: HistoryAnchor | null,
  oldest: HistoryAnchor,
  facts: PageFacts | undefined,
): HistoryAnchor {
  const earlier =
    known.find(({ from, bottom }) => bottom?.sentAt === oldest.sentAt && from === at)?.bottom ?? null;
  if (earlier === null || facts === undefined || before === null) return oldest;
  return facts.ids.has(earlier.id) || earlier.id === before.id ? oldest : earlier;
}

/** The walk ended here, so of this second everything above is held. */
function isBottom(known: readonly Interval[], { id, fromMe, sentAt }: HistoryAnchor): boolean {
  return known.some(
    ({ from, bottom }) =>
      bottom !== null &&
      bottom.id === id &&
      bottom.fromMe === fromMe &&
      bottom.sentAt === sentAt &&
      from === sentAt,
  );
}

/**
 * Where to remember a page that did not leave the second in which it began: one second may hold more than a page, and the next
 * one goes on below it. Null = there is nothing to remember.
 */
function markOf(
  sql: Sql,
  chatId: number,
  all: readonly Interval[],
  before: HistoryAnchor | null,
  oldest: HistoryAnchor,
): number | null {
  if (before === null || oldest.sentAt !== before.sentAt) return null;
  const upper = all.find(({ from, to }) => from < oldest.sentAt && oldest.sentAt <= to);
  if (upper === undefined) return all.some(({ from }) => from === oldest.sentAt) ? null : oldest.sentAt - 1;
  const older = sql.get(
    `SELECT 1 FROM messages WHERE chat_id = ? AND pk >= ? AND pk < ?`,
    chatId,
    firstKeyOf(upper.from + 1),
    firstKeyOf(oldest.sentAt),
  );
  return older === null ? upper.from : null;
}

/** The first push of an engine is complete: each chat is held from the oldest that was pushed until the link. */
export function coverPush(sql: Sql, edges: readonly PushEdge[], linkedAt: number): void {
  for (const { chatId, oldest, isStart } of edges) {
    const from = isStart ? 0 : oldest.sentAt;
    const to = Math.max(linkedAt, from);
    // Of a second that was under way then, more may have come above its oldest message.
    const bottom = isStart || to === from ? null : oldest;
    const below = isStart ? null : 'never-pushed';
    const claim: Interval = { from, to, sources: PUSH, bottom, below };
    writeIntervals(sql, chatId, unite(intervalsOf(sql, chatId), claim));
  }
}

/**
 * A push was made after its device was registered, and what came since the registration the device has got: nothing lies between
 * the two, however the seconds of two clocks were rounded.
 */
export function joinPush(sql: Sql, registeredAt: number): void {
  sql.run(
    `UPDATE OR IGNORE coverage SET to_at = ?1 WHERE to_at BETWEEN ?1 - ?2 AND ?1 - 1 AND sources & ?3 <> 0`,
    registeredAt,
    ROUNDED_SECONDS,
    PUSH,
  );
}

/** When the engine was connected for the first time since it was linked; null = it was not. */
export function linkedAtOf(sql: Sql, engine: EngineName): number | null {
  const rows = sql.all<{ level: EngineLevel; at: number }>(
    `SELECT level, at FROM connections WHERE engine = ?1 AND id >= COALESCE(
       (SELECT MAX(id) FROM connections WHERE engine = ?1 AND level IN ('unlinked', 'linking', 'logged-out')), 0)
     ORDER BY id LIMIT 100`,
    engine,
  );
  const first = rows.findIndex(({ level }) => isConnected(level));
  const linkedAt = rows[first]?.at ?? null;
  const before = rows[first - 1]?.at ?? null;
  if (linkedAt === null || before === null) return linkedAt;
  return linkedAt - before > LINKING_MAX_SECONDS ? before - 1 : linkedAt;
}
