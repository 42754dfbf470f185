import type { EngineName } from '#engines/contract/capability.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';
import type { ObservationOf } from '#engines/contract/observation.ts';
import type { Backfill, BackfillState, LastAnswer } from '../contracts/backfills.ts';
import type { Sql } from './sql.ts';

export interface BackfillRow {
  readonly chat_id: number;
  readonly state: BackfillState;
  readonly reason: string | null;
  readonly job_id: string | null;
  readonly cursor: string | null;
  readonly rung: number;
  readonly pages: number;
  readonly fetched: number;
  readonly added: number;
  readonly deduplicated: number;
  readonly last_answer: LastAnswer | null;
  readonly last_answer_at_ms: number | null;
  readonly last_engine: EngineName | null;
  readonly holder: string | null;
  readonly lease_until_ms: number | null;
  readonly next_attempt_at_ms: number | null;
  readonly started_at_ms: number;
  readonly updated_at_ms: number;
}

/** Somebody is in the middle of a request. */
export const inHandStates: readonly BackfillState[] = ['requesting', 'awaiting', 'ingesting'];
export const IN_HAND = `('${inHandStates.join("', '")}')`;
/** Nothing goes on by itself. */
export const ENDED = `('complete', 'exhausted', 'blocked', 'cancelled', 'failed')`;

export function backfillOf(row: BackfillRow): Backfill {
  return {
    chatId: row.chat_id,
    state: row.state,
    reason: row.reason,
    jobId: row.job_id,
    cursor: anchorOf(row.cursor),
    rung: row.rung,
    pages: row.pages,
    fetched: row.fetched,
    added: row.added,
    deduplicated: row.deduplicated,
    lastAnswer: row.last_answer,
    lastAnswerAtMs: row.last_answer_at_ms,
    lastEngine: row.last_engine,
    nextAttemptAtMs: row.next_attempt_at_ms,
    startedAtMs: row.started_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}

export function anchorOf(json: string | null): HistoryAnchor | null {
  return json === null ? null : (JSON.parse(json) as HistoryAnchor);
}

/** An answer about the chat, whoever asked for it. */
export function countPage(
  sql: Sql,
  chatId: number,
  engine: EngineName,
  page: ObservationOf<'history-page'>,
  added: number,
  nowMs: number,
): void {
  const known = sql.get<Pick<BackfillRow, 'cursor' | 'job_id'>>(
    `SELECT cursor, job_id FROM backfills WHERE chat_id = ?`,
    chatId,
  );
  if (known === null) return;
  const cursor = anchorOf(known.cursor);
  const reached = page.oldest !== null && (cursor === null || page.oldest.sentAt <= cursor.sentAt);
  sql.run(
    `UPDATE backfills SET pages = pages + 1, fetched = fetched + ?, added = added + ?, deduplicated = deduplicated + ?,
       cursor = ?, last_answer = ?, last_answer_at_ms = ?, last_engine = ?, updated_at_ms = ? WHERE chat_id = ?`,
    page.messages,
    added,
    page.messages - added,
    reached ? JSON.stringify(page.oldest) : known.cursor,
    answerOf(page),
    nowMs,
    engine,
    nowMs,
    chatId,
  );
  if (known.job_id !== null) countForJob(sql, known.job_id, chatId, page.messages, added);
}

/**
 * For the part of the job that last had the chat in hand, once it was begun and until it has ended: also when the answer comes
 * after the death of whoever asked, or after the job was cancelled. Of two parts that have become one chat the first counts.
 */
function countForJob(sql: Sql, jobId: string, chatId: number, messages: number, added: number): void {
  sql.run(
    `UPDATE job_items SET pages = pages + 1, fetched = fetched + ?3, added = added + ?4, deduplicated = deduplicated + ?5
     WHERE job_id = ?1 AND n = (SELECT MIN(n) FROM job_items WHERE job_id = ?1 AND chat_id = ?2
       AND (state IN ('running', 'cancelled') OR (state = 'queued' AND reason IS NOT NULL)))`,
    jobId,
    chatId,
    messages,
    added,
    messages - added,
  );
}

function answerOf({ messages, end }: ObservationOf<'history-page'>): LastAnswer {
  if (end === 'start-reached') return 'start';
  return messages > 0 ? 'page' : 'empty';
}

/** The phone has no such chat any more: there is nothing to ask from. */
export function blockBackfill(sql: Sql, chatId: number, nowMs: number): void {
  sql.run(
    `UPDATE backfills SET state = 'blocked', reason = 'chat-deleted', holder = NULL, lease_until_ms = NULL,
       next_attempt_at_ms = NULL, updated_at_ms = ? WHERE chat_id = ? AND state NOT IN ${ENDED}`,
    nowMs,
    chatId,
  );
}
