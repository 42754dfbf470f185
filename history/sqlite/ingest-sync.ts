import type { EngineName } from '#engines/contract/capability.ts';
import type { ObservationOf } from '#engines/contract/observation.ts';
import type { EngineLevel } from '#engines/contract/state.ts';
import { countPage } from './backfill-rows.ts';
import { coverPage, coverPush, joinPush, linkedAtOf } from './coverage-writer.ts';
import type { BatchContext, IngestTools } from './ingest-tools.ts';
import { isWithoutDevice } from './live-spans.ts';
import type { Sql } from './sql.ts';

/** The answer to a request for older messages, and what it proves. One that was taken in before changes nothing. */
export function ingestPage(
  tools: IngestTools,
  batch: BatchContext,
  seen: ObservationOf<'history-page'>,
): void {
  const { sql } = tools;
  const chat = tools.resolve.chat(seen.chat, undefined, 'history');
  tools.edges.notPushed(batch.engine, chat.id);
  const facts = batch.pages.get(seen.requestId);
  const added = facts?.added ?? 0;
  const isNew =
    sql.run(
      `INSERT INTO history_pages (engine, request_id, chat_id, messages, added, end_state, at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
      batch.engine,
      seen.requestId,
      chat.id,
      seen.messages,
      added,
      seen.end,
      tools.now(),
    ) > 0;
  if (!isNew) return;
  if (seen.end !== 'unknown') sql.run(`UPDATE chats SET history_end = ? WHERE id = ?`, seen.end, chat.id);
  coverPage(sql, chat.id, seen, facts, tools.now());
  countPage(sql, chat.id, batch.engine, seen, added, tools.nowMs());
}

export function ingestProgress(
  tools: IngestTools,
  batch: BatchContext,
  seen: ObservationOf<'history-progress'>,
): void {
  tools.sql.run(
    `INSERT OR REPLACE INTO sync_progress (engine, phase, percent, complete, at) VALUES (?, ?, ?, ?, ?)`,
    batch.engine,
    seen.phase,
    seen.percent,
    Number(seen.complete),
    tools.now(),
  );
  const level = lastLevel(tools.sql, batch.engine);
  if (level !== null) endPush(tools, batch.engine, level);
}

export function ingestConnection(
  tools: IngestTools,
  batch: BatchContext,
  seen: ObservationOf<'connection'>,
): void {
  tools.sql.run(
    `INSERT INTO connections (engine, level, reason, at) VALUES (?, ?, ?, ?)`,
    batch.engine,
    seen.level,
    seen.reason,
    seen.at,
  );
  tools.spans.changed(batch.engine, seen.level, seen.at);
  // Whatever an earlier link pushed, the next one begins anew and need not reach as far.
  if (isWithoutDevice(seen.level)) tools.edges.take(batch.engine);
  else endPush(tools, batch.engine, seen.level);
}

/**
 * The push has ended when the engine says so and no part of it is still on its way, which is what keeps it at `syncing`: parts
 * may come in any order. The small first part ends alone only where nothing follows it.
 */
function endPush({ sql, edges, spans, now }: IngestTools, engine: EngineName, level: EngineLevel): void {
  if (level !== 'ready' && level !== 'degraded') return;
  const ended = sql.get<{ phase: string }>(
    `SELECT phase FROM sync_progress WHERE engine = ? AND complete = 1`,
    engine,
  );
  if (ended === null || (ended.phase === 'bootstrap' && level !== 'ready')) return;
  const linkedAt = linkedAtOf(sql, engine);
  // The second under way is not over.
  if (linkedAt === null) return;
  coverPush(sql, edges.take(engine), Math.min(linkedAt, now() - 1));
  const since = spans.bridgedFrom(engine, linkedAt);
  if (since !== null) joinPush(sql, since);
}

function lastLevel(sql: Sql, engine: EngineName): EngineLevel | null {
  return (
    sql.get<{ level: EngineLevel }>(
      `SELECT level FROM connections WHERE engine = ? ORDER BY id DESC LIMIT 1`,
      engine,
    )?.level ?? null
  );
}
