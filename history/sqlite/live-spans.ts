import type { EngineName } from '#engines/contract/capability.ts';
import type { MessageObservation } from '#engines/contract/message.ts';
import { type EngineLevel, isConnected } from '#engines/contract/state.ts';
import type { Span } from '../coverage/intervals.ts';
import { forgetReach, reachOf, setReach } from './device-reach.ts';
import type { Sql } from './sql.ts';

/** Times in which an engine was continuously connected. */
export interface LiveSpans {
  /** A message as it arrived; written by `flush`. */
  arrived(engine: EngineName, seen: Pick<MessageObservation, 'via' | 'sentAt'>): void;
  changed(engine: EngineName, level: EngineLevel, at: number): void;
  /** The process is gone without a word: only what it brought is certain. */
  died(engine: EngineName, at: number): void;
  /**
   * Its device has everything that was sent before `at`, in seconds of the server, so its time of connection begins where the
   * one before ended.
   */
  caughtUp(engine: EngineName, at: number): void;
  /** Where the open time of connection begins, when the device has caught up since before its login; null otherwise. */
  bridgedFrom(engine: EngineName, loginAt: number): number | null;
  /** Something that it told since may not have come. */
  torn(engine: EngineName, at: number): void;
  flush(): void;
  forget(): void;
}

/** A dead socket is noticed by its missing pings: every 30 s by the one engine, after some 45 s by the other. */
const NOTICED_WITHIN_SECONDS = 60;
/** Of several messages of one second the later ones may not have come. */
const UNCERTAIN_SECONDS = 1;
/** A clock that is wrong by more than this keeps no engine connected; a message that says so is wrong itself. */
const BEHIND_MAX_SECONDS = 86_400;
/** The server drops devices that stay away for long, and what it keeps for them, at times that it does not tell: 14 days at the earliest. */
const KEPT_FOR_SECONDS = 14 * 86_400;

/** Between its registration and its first login a device connects anew, which takes seconds; a longer time is a clock that was set. */
const FIRST_LOGIN_MAX_SECONDS = 120;

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
    keepReach(sql, engine, { from: open.from_at, to: Math.max(open.from_at, to) });
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
      if (isReachOver(level)) forgetReach(sql, engine);
      if (isConnected(level) && openOf(engine) === null) {
        // What came before this word came while nobody vouched for it.
        newest.delete(engine);
        sql.run(`INSERT INTO live_spans (engine, from_at) VALUES (?, ?)`, engine, at);
      }
    },
    died,
    caughtUp: (engine, at) => {
      flush();
      const open = openOf(engine);
      const reach = reachOf(sql, engine);
      if (open === null) return;
      if (reach === null) {
        // Nobody is connected before the login: then the clock of this machine is behind.
        sql.run(`UPDATE live_spans SET behind = MAX(behind, ? - from_at) WHERE id = ?`, at, open.id);
        const registered = registeredFor(sql, engine, open.id);
        // Measured from the server's time of the login, in case the clock of this machine is wrong.
        if (registered !== null)
          sql.run(
            `UPDATE live_spans SET from_at = ?, behind = 0 WHERE id = ?`,
            Math.max(registered.at, at - registered.seconds),
            open.id,
          );
        return;
      }
      if (open.from_at - reach > KEPT_FOR_SECONDS) return forgetReach(sql, engine);
      // Where it begins is no longer a matter of this machine's clock.
      sql.run(
        `UPDATE live_spans SET from_at = ?, behind = 0, last_at = MAX(COALESCE(last_at, 0), ?) WHERE id = ?`,
        Math.min(open.from_at, reach),
        Math.min(at, now()),
        open.id,
      );
    },
    bridgedFrom: (engine, loginAt) => {
      const from = openOf(engine)?.from_at ?? null;
      return from !== null && from < loginAt ? from : null;
    },
    torn: (engine, at) => {
      died(engine, at);
      forgetReach(sql, engine);
    },
    flush,
    forget: () => {
      newest.clear();
      behind.clear();
    },
  };
}

/**
 * When the device was registered whose very first connection this is, and how long before: from then on the server keeps for
 * it whatever comes, so the word that it has caught up reaches down to there. Null = it was connected before, or not known.
 */
function registeredFor(
  sql: Sql,
  engine: EngineName,
  spanId: number,
): { readonly at: number; readonly seconds: number } | null {
  const rows = sql.all<{ level: EngineLevel; at: number }>(
    `SELECT level, at FROM connections WHERE engine = ?1 AND id > COALESCE(
       (SELECT MAX(id) FROM connections WHERE engine = ?1 AND level IN ('unlinked', 'linking', 'logged-out')), 0)
     ORDER BY id LIMIT 100`,
    engine,
  );
  const first = rows.findIndex(({ level }) => isConnected(level));
  const [before, connected] = [rows[first - 1], rows[first]];
  const span = sql.get<{ from_at: number }>(`SELECT from_at FROM live_spans WHERE id = ?`, spanId);
  if (before?.level !== 'connecting' || connected === undefined || connected.at !== span?.from_at)
    return null;
  const seconds = connected.at - before.at;
  return seconds >= 0 && seconds <= FIRST_LOGIN_MAX_SECONDS ? { at: before.at, seconds } : null;
}

/** Another device, or somebody else with the session of this one, who may have got what it has not. */
function isReachOver(level: EngineLevel): boolean {
  return isWithoutDevice(level) || level === 'conflict';
}

/** At these its next device, if any, is another one. */
export function isWithoutDevice(level: EngineLevel): boolean {
  return level === 'unlinked' || level === 'linking' || level === 'logged-out';
}

/**
 * The first connection of a device is where its reach begins. A later one adds to it only when it goes on from there: until the
 * device is told that it has caught up, something in between may still wait for it.
 */
function keepReach(sql: Sql, engine: EngineName, { from, to }: Span): void {
  const reach = reachOf(sql, engine);
  if (reach === null || to - reach > KEPT_FOR_SECONDS) setReach(sql, engine, to);
  else if (from <= reach && to > reach) setReach(sql, engine, to);
}

/** Those that touch become one, whoever was connected: their number grows with outages of all engines together only. */
function addClosed(sql: Sql, engine: EngineName, span: Span, lastAt: number | null): void {
  let { from, to } = span;
  for (const known of sql.all<{ id: number; from_at: number; to_at: number }>(
    `SELECT id, from_at + behind AS from_at, to_at FROM live_spans
     WHERE to_at > from_at + behind AND from_at + behind <= ? AND to_at >= ?`,
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
