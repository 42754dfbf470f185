import type { EngineName } from '#engines/contract/capability.ts';
import type { MessageObservation } from '#engines/contract/message.ts';
import { type EngineLevel, isConnected } from '#engines/contract/state.ts';
import type { Span } from '../coverage/intervals.ts';
import type { Sql } from './sql.ts';

/** Times in which an engine was continuously connected. */
export interface LiveSpans {
  /** A message as it arrived; written by `flush`. */
  arrived(engine: EngineName, seen: Pick<MessageObservation, 'via' | 'sentAt'>): void;
  changed(engine: EngineName, level: EngineLevel, at: number): void;
  /** The process is gone without a word: only what it brought is certain. */
  died(engine: EngineName, at: number): void;
  flush(): void;
  forget(): void;
}

/** A dead socket is noticed by its missing pings: every 30 s by the one engine, after some 45 s by the other. */
const NOTICED_WITHIN_SECONDS = 60;
/** Of several messages of one second the later ones may not have come. */
const UNCERTAIN_SECONDS = 1;
/** A clock that is wrong by more than this keeps no engine connected; a message that says so is wrong itself. */
const BEHIND_MAX_SECONDS = 86_400;

interface OpenRow {
  readonly id: number;
  readonly from_at: number;
  readonly last_at: number | null;
}

export function createLiveSpans(sql: Sql, now: () => number): LiveSpans {
  const newest = new Map<EngineName, number>();
  /** How far a message was ahead of this machine's clock. */
  const behind = new Map<EngineName, number>();
  const keepLast = sql.statement<[number, string, number]>(
    `UPDATE live_spans SET last_at = MAX(COALESCE(last_at, 0), ?) WHERE engine = ? AND to_at IS NULL AND from_at < ?`,
  );
  // A clock that was right before was set since, which engines see for themselves.
  const keepBehind = sql.statement<[number, string]>(
    `UPDATE live_spans SET behind = MAX(behind, ?) WHERE engine = ? AND to_at IS NULL AND last_at IS NULL`,
  );
  const openOf = (engine: EngineName) =>
    sql.get<OpenRow>(
      `SELECT id, from_at + behind AS from_at, last_at FROM live_spans WHERE engine = ? AND to_at IS NULL`,
      engine,
    );
  const flush = () => {
    for (const [engine, at] of newest) keepLast.run(at, engine, at);
    for (const [engine, seconds] of behind) keepBehind.run(seconds, engine);
    newest.clear();
    behind.clear();
  };
  const close = (engine: EngineName, end: (lastAt: number) => number) => {
    flush();
    const open = openOf(engine);
    if (open === null) return;
    const to = end((open.last_at ?? 0) - UNCERTAIN_SECONDS);
    sql.run(`DELETE FROM live_spans WHERE id = ?`, open.id);
    if (to > open.from_at) addClosed(sql, engine, { from: open.from_at, to }, open.last_at);
  };
  const died = (engine: EngineName, at: number) => close(engine, (last) => Math.min(at, last));
  return {
    arrived: (engine, { via, sentAt }) => {
      if (via !== 'live') return;
      const ahead = sentAt - now();
      if (ahead <= 0) newest.set(engine, Math.max(newest.get(engine) ?? 0, sentAt));
      else if (ahead <= BEHIND_MAX_SECONDS) behind.set(engine, Math.max(behind.get(engine) ?? 0, ahead));
    },
    changed: (engine, level, at) => {
      if (level === 'starting') died(engine, at);
      else if (!isConnected(level))
        close(engine, (last) => Math.min(at, Math.max(last, at - NOTICED_WITHIN_SECONDS)));
      else if (openOf(engine) === null) {
        // What came before this word came while nobody vouched for it.
        newest.delete(engine);
        sql.run(`INSERT INTO live_spans (engine, from_at) VALUES (?, ?)`, engine, at);
      }
    },
    died,
    flush,
    forget: () => {
      newest.clear();
      behind.clear();
    },
  };
}

/** Those that touch become one, whoever was connected: their number grows with outages of all engines together only. */
function addClosed(sql: Sql, engine: EngineName, span: Span, lastAt: number | null): void {
  let { from, to } = span;
  for (const known of sql.all<{ id: number; from_at: number; to_at: number }>(
    `SELECT id, from_at + behind AS from_at, to_at FROM live_spans
     WHERE to_at IS NOT NULL AND from_at + behind <= ? AND to_at >= ?`,
    to,
    from,
  )) {
    from = Math.min(from, known.from_at);
    to = Math.max(to, known.to_at);
    sql.run(`DELETE FROM live_spans WHERE id = ?`, known.id);
  }
  sql.run(
    `INSERT INTO live_spans (engine, from_at, to_at, last_at) VALUES (?, ?, ?, ?)`,
    engine,
    from,
    to,
    lastAt,
  );
}

/** Spans of all engines, united, oldest first; open ones reach until `now`. */
export function readSpans(sql: Sql, now: number): readonly Span[] {
  const spans: Span[] = [];
  for (const { from, to } of sql.all<Span>(
    `SELECT from_at + behind AS "from", COALESCE(to_at, ?1) AS "to" FROM live_spans
     WHERE from_at + behind < COALESCE(to_at, ?1) ORDER BY 1`,
    now,
  )) {
    const last = spans.at(-1);
    if (last === undefined || last.to < from) spans.push({ from, to });
    else spans[spans.length - 1] = { from: last.from, to: Math.max(last.to, to) };
  }
  return spans;
}

export function isAnyOpen(sql: Sql): boolean {
  return sql.get(`SELECT 1 FROM live_spans WHERE to_at IS NULL`) !== null;
}
