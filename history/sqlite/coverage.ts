import type { HistoryAnchor } from '#engines/contract/message.ts';
import type { Clock } from '#kernel/clock.ts';
import { nowSeconds } from '#kernel/clock.ts';
import type {
  ChatCoverage,
  CoverageGap,
  CoverageStore,
  CoverageSummary,
  GapReason,
} from '../contracts/coverage.ts';
import { type Gap, gapsOf, isAskable, ROOM_FOR_A_MESSAGE, withAskable } from '../coverage/gaps.ts';
import {
  above,
  type Interval,
  isClaim,
  type Span,
  sourcesOf,
  unite,
  withLive,
} from '../coverage/intervals.ts';
import { firstKeyOf, secondsOfKey } from '../time-key.ts';
import { LISTED } from './chats.ts';
import { intervalsOf, SALVAGED_AT, writeIntervals } from './coverage-rows.ts';
import type { Store } from './database.ts';
import type { IngestTools } from './ingest-tools.ts';
import { isAnyOpen, readSpans } from './live-spans.ts';
import { PURGED_BEFORE } from './message-writer.ts';
import type { Sql } from './sql.ts';

/** More would not help: whoever asks tries them one by one. */
const ANCHORS_MAX = 4;

/** What holds for all chats, read once a call. */
interface Present {
  readonly now: number;
  readonly spans: readonly Span[];
  readonly connected: boolean;
  readonly floor: number;
  readonly knownSince: number;
}

/** Reading one chat costs O(its rows + spans). */
export function createCoverage(store: Store, tools: IngestTools, clock: Clock): CoverageStore {
  const present = (sql: Sql): Present => presentOf(sql, nowSeconds(clock));
  return {
    ofChat: (chatId) => store.read((sql) => coverageOf(sql, chatId, present(sql))),
    ofChats: (chatIds) =>
      store.read((sql) => {
        const shared = present(sql);
        return chatIds.map((chatId) => coverageOf(sql, chatId, shared));
      }),
    gaps: (chatId, limit) => store.read((sql) => gaps(sql, chatId, limit, present(sql))),
    summary: () => store.read((sql) => summary(sql, present(sql))),
    setGapReason: (chatId, at, reason) =>
      store.write((sql) => setGapReason(sql, chatId, at, reason, present(sql))),
    connected: (now) => store.read((sql) => readSpans(sql, now).toReversed()),
    engineGone: (engine) => store.write(() => tools.spans.died(engine, nowSeconds(clock))),
  };
}

function presentOf(sql: Sql, now: number): Present {
  const purged = metaOf(sql, PURGED_BEFORE);
  return {
    now,
    spans: readSpans(sql, now),
    connected: isAnyOpen(sql),
    // Messages of the second itself are kept.
    floor: purged === null ? 0 : Math.max(0, purged - 1),
    knownSince: metaOf(sql, SALVAGED_AT) ?? 0,
  };
}

function metaOf(sql: Sql, key: string): number | null {
  const row = sql.get<{ value: string }>(`SELECT value FROM meta WHERE key = ?`, key);
  return row === null ? null : Number(row.value);
}

function heldOf(rows: readonly Interval[], { spans, floor }: Present): readonly Interval[] {
  return above(withLive(rows, spans), floor);
}

/** Claims, and what else knows a message to ask from. */
function marksOf(known: readonly Interval[]): readonly Interval[] {
  return known.filter((one) => isClaim(one) || one.bottom !== null);
}

function coverageOf(sql: Sql, chatId: number, shared: Present): ChatCoverage {
  const known = heldOf(intervalsOf(sql, chatId), shared);
  const held = known.filter(isClaim);
  const gaps = gapsOf(held, shared);
  return {
    chatId,
    held: held.map(({ from, to, sources }) => ({ from, to, sources: sourcesOf(sources) })).toReversed(),
    missing:
      gaps.length === 0 ? [] : withAskable(gaps, gapsOf(marksOf(known), shared), newestAt(sql, chatId)),
    startProven: held[0]?.from === 0,
    complete: gaps.every(({ interval }) => interval.reason === 'purged'),
    purgedBefore: shared.floor === 0 ? null : shared.floor + 1,
  };
}

/**
 * Those that can be asked for, newest first. One in the middle with no message above it is left out: only a newer message
 * opens it. The one at the bottom is always told.
 */
function gaps(sql: Sql, chatId: number, limit: number, shared: Present): readonly CoverageGap[] {
  const marks = marksOf(heldOf(intervalsOf(sql, chatId), shared));
  const open = gapsOf(marks, shared).filter(({ interval }) => interval.reason !== 'purged');
  const newest = newestAt(sql, chatId);
  const found: CoverageGap[] = [];
  for (const gap of open) {
    if (found.length >= limit) break;
    const anchors = isAskable(gap, newest) ? anchorsOf(sql, chatId, gap) : [];
    const isLowest = gap === open.at(-1) && gap.interval.from === shared.floor;
    const [first] = anchors;
    if (first === undefined && !isLowest) continue;
    // Asked from a message within it: what is above that one no walk would close.
    const { from, to, reason } = gap.interval;
    const isWithin = first !== undefined && first.sentAt <= to && first !== gap.upper?.bottom;
    found.push({ interval: { from, to: isWithin ? first.sentAt - 1 : to, reason }, anchors });
  }
  return found;
}

/** In seconds; 0 = there is no message. */
function newestAt(sql: Sql, chatId: number): number {
  const row = sql.get<{ pk: number | null }>(`SELECT MAX(pk) AS pk FROM messages WHERE chat_id = ?`, chatId);
  return row?.pk == null ? 0 : secondsOfKey(row.pk);
}

function anchorsOf(sql: Sql, chatId: number, { interval, upper }: Gap): readonly HistoryAnchor[] {
  const stored = storedFrom(sql, chatId, interval.to + 1);
  const bottom = upper?.bottom ?? null;
  if (bottom !== null)
    return [bottom, ...stored.filter(({ id, fromMe }) => id !== bottom.id || fromMe !== bottom.fromMe)].slice(
      0,
      ANCHORS_MAX,
    );
  return stored.length > 0
    ? stored
    : storedWithin(sql, chatId, interval.from + ROOM_FOR_A_MESSAGE, interval.to);
}

const ANCHOR = `SELECT m.stanza_id AS id, m.from_me AS fromMe, COALESCE(p.lid, p.pn) AS sender, m.sent_at AS sentAt
  FROM messages m LEFT JOIN people p ON p.id = m.sender_id AND m.from_me = 0 AND m.sender_id > 0`;

interface AnchorRow extends Omit<HistoryAnchor, 'fromMe'> {
  readonly fromMe: number;
}

/** The oldest from a second on; what the phone shows as a notice may be no message to it. */
function storedFrom(sql: Sql, chatId: number, from: number): readonly HistoryAnchor[] {
  const read = (condition: string, limit: number) =>
    sql.all<AnchorRow>(
      `${ANCHOR} WHERE m.chat_id = ? AND m.pk >= ? AND m.sent_at >= ? AND ${condition} ORDER BY m.pk LIMIT ?`,
      chatId,
      firstKeyOf(from),
      from,
      limit,
    );
  const shown = read(`m.type <> 'system'`, ANCHORS_MAX);
  return [...shown, ...read(`m.type = 'system'`, ANCHORS_MAX - shown.length)].map(asAnchor);
}

/** Nothing stands above the gap, but messages within it are known: the newest that have room below. */
function storedWithin(sql: Sql, chatId: number, from: number, to: number): readonly HistoryAnchor[] {
  return sql
    .all<AnchorRow>(
      `${ANCHOR} WHERE m.chat_id = ? AND m.pk >= ? AND m.pk < ? AND m.sent_at BETWEEN ? AND ?
       ORDER BY m.type = 'system', m.pk DESC LIMIT ?`,
      chatId,
      firstKeyOf(from),
      firstKeyOf(to + 1),
      from,
      to,
      ANCHORS_MAX,
    )
    .map(asAnchor);
}

function asAnchor({ id, fromMe, sender, sentAt }: AnchorRow): HistoryAnchor {
  return { id, fromMe: fromMe === 1, sender, sentAt };
}

interface ClaimRow {
  readonly chat_id: number;
  readonly from_at: number;
  readonly to_at: number;
}

/** O(chats + their rows): what all have in common is not gone through again for each. */
function summary(sql: Sql, { spans, floor }: Present): CoverageSummary {
  const ids = sql.all<{ id: number }>(`SELECT c.id FROM chats c WHERE ${LISTED}`);
  const rows = new Map<number, ClaimRow[]>();
  for (const row of sql.all<ClaimRow>(
    `SELECT chat_id, from_at, to_at FROM coverage WHERE to_at > from_at AND to_at > ? ORDER BY chat_id, to_at`,
    floor,
  )) {
    const list = rows.get(row.chat_id);
    if (list === undefined) rows.set(row.chat_id, [row]);
    else list.push(row);
  }
  const until = spans.at(-1)?.to ?? 0;
  const isLive = until > floor;
  let complete = 0;
  let unknown = 0;
  for (const { id } of ids) {
    const own = rows.get(id) ?? [];
    if (own.length === 0 && !isLive) unknown += 1;
    else if (reachOf(own, spans, floor) >= until) complete += 1;
  }
  return { chats: ids.length, complete, partial: ids.length - complete - unknown, unknown };
}

/**
 * How far a chat is held without a gap from its start, or from the floor below which nothing is kept; all lists oldest first. Minus
 * one when something stands above a gap.
 */
function reachOf(own: readonly ClaimRow[], spans: readonly Span[], floor: number): number {
  let reached = floor;
  for (const { from_at, to_at } of own) {
    if (from_at > reached) reached = reachedLive(spans, reached);
    if (from_at > reached) return -1;
    reached = Math.max(reached, to_at);
  }
  return reachedLive(spans, reached);
}

/** Spans do not touch each other: at most one leads on. */
function reachedLive(spans: readonly Span[], from: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.from ?? 0) <= from) low = middle + 1;
    else high = middle;
  }
  return Math.max(from, spans[low - 1]?.to ?? 0);
}

function setGapReason(sql: Sql, chatId: number, at: number, reason: GapReason, { spans }: Present): void {
  const known = intervalsOf(sql, chatId);
  const upper = withLive(known, spans).find(({ from, to }) => from <= at && at <= to);
  if (upper === undefined) return;
  // Where it begins with a time of connection there may be no row of the chat: then one that claims nothing says why.
  const { from } = upper;
  const row = known.find((one) => one.from === from) ?? {
    from,
    to: from,
    sources: 0,
    bottom: null,
    below: null,
  };
  const others = known.filter((one) => one.from !== from);
  writeIntervals(sql, chatId, unite(others, { ...row, below: reason }));
}
