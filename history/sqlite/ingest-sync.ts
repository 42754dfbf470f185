import type { ObservationOf } from '#engines/contract/observation.ts';
import type { BatchContext, IngestTools } from './ingest-tools.ts';

/** The answer to a request for older messages, and what it says of the chat's beginning. */
export function ingestPage(
  tools: IngestTools,
  batch: BatchContext,
  seen: ObservationOf<'history-page'>,
): void {
  const chat = tools.resolve.chat(seen.chat, undefined, 'history');
  tools.sql.run(
    `INSERT OR REPLACE INTO history_pages (engine, request_id, chat_id, messages, end_state, at) VALUES (?, ?, ?, ?, ?, ?)`,
    batch.engine,
    seen.requestId,
    chat.id,
    seen.messages,
    seen.end,
    tools.now(),
  );
  if (seen.end !== 'unknown')
    tools.sql.run(`UPDATE chats SET history_end = ? WHERE id = ?`, seen.end, chat.id);
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
}
