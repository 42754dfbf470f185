import type { Backfill } from '#history/contracts/backfills.ts';
import type { ChatCoverage, CoverageSource, GapReason } from '#history/contracts/coverage.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import { optionalName } from '#orchestrator/services/present/message.ts';
import type { Times } from '#orchestrator/services/present/times.ts';
import { compact } from '#orchestrator/services/reply.ts';
import type { CheckpointView } from './history-shape.ts';
import { hintOf } from './job-view.ts';

export interface CoverageView {
  /** Newest first; `from` absent = the proven beginning of the chat. */
  readonly held: readonly {
    readonly from?: string;
    readonly to: string;
    readonly sources: readonly CoverageSource[];
  }[];
  /** Newest first, without what was deleted on purpose; `from` absent = the beginning of the chat, wherever that is. */
  readonly missing: readonly { readonly from?: string; readonly to: string; readonly reason: GapReason }[];
  readonly start_proven: boolean;
  /** What was sent before was deleted on purpose, and is not fetched again. */
  readonly purged_before?: string;
}

export function checkpointOf(
  row: Backfill,
  chat: ChatRecord,
  isOwnJob: boolean,
  times: Times,
): CheckpointView {
  return compact({
    chat_jid: chat.jid,
    chat_name: optionalName(chat.name),
    status: row.state,
    reason: row.reason ?? undefined,
    hint: hintOf(row.reason),
    job_id: (isOwnJob ? row.jobId : null) ?? undefined,
    pages: row.pages,
    messages_fetched: row.fetched,
    messages_added: row.added,
    messages_deduplicated: row.deduplicated,
    oldest_reached: row.cursor === null ? undefined : times.iso(row.cursor.sentAt),
    last_answer: row.lastAnswer ?? undefined,
    last_engine: row.lastEngine ?? undefined,
    next_attempt_at: row.nextAttemptAtMs === null ? undefined : times.isoMs(row.nextAttemptAtMs),
    updated_at: times.isoMs(row.updatedAtMs),
  });
}

export function coverageViewOf(coverage: ChatCoverage, times: Times): CoverageView {
  const { held, missing, startProven, purgedBefore } = coverage;
  const from = (at: number) => (at === 0 ? undefined : times.iso(at));
  return compact({
    held: held.map((one) => compact({ from: from(one.from), to: times.iso(one.to), sources: one.sources })),
    missing: missing
      .filter(({ reason }) => reason !== 'purged')
      .map((one) => compact({ from: from(one.from), to: times.iso(one.to), reason: one.reason })),
    start_proven: startProven,
    purged_before: purgedBefore === null ? undefined : times.iso(purgedBefore),
  });
}
