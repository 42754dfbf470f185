import type { EngineName } from '#engines/contract/capability.ts';
import type { BackfillState } from '#history/contracts/backfills.ts';
import type { ChatCoverage } from '#history/contracts/coverage.ts';
import type { History } from '#history/contracts/history.ts';
import type { JobRecord } from '#history/contracts/jobs.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import type { Clock } from '#kernel/clock.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import { isLinked } from '#orchestrator/services/linking/choose-engine.ts';
import type { EngineView, FleetPort } from '#orchestrator/services/ports.ts';
import type { Times } from '#orchestrator/services/present/times.ts';
import { compact } from '#orchestrator/services/reply.ts';
import type { Resolver } from '#orchestrator/services/resolve/resolver.ts';
import { NOTHING_STORED, NOTHING_TO_ASK, PURGED } from '#orchestrator/services/status/advice.ts';
import { isAvailable } from '#orchestrator/services/status/engine-state.ts';
import type { HistoryFacts } from '../backfill/progress.ts';
import type { Owner } from '../jobs.ts';
import { fetches, isOwn, unfinishedHistory } from './history-jobs.ts';
import type { CheckpointView, HistoryRun } from './history-shape.ts';
import { type CoverageView, checkpointOf, coverageViewOf } from './history-view.ts';
import { viewOf } from './job-view.ts';
import { adviceOfRun } from './run-advice.ts';

export interface ChatReport {
  /** Absent before anything was asked for. */
  readonly checkpoint?: CheckpointView;
  readonly is_active: boolean;
  readonly status: BackfillState | 'not_started';
  /** 100 = everything that can be asked for is there; -1 = not known: how long a chat is nobody knows before its beginning is there. */
  readonly progress: number;
  readonly messages_synced: number;
  readonly oldest_message_date?: string;
  readonly messages_per_second?: number;
  readonly estimated_completion_time?: string;
  readonly error_details?: string;
  readonly held: CoverageView['held'];
  readonly missing: CoverageView['missing'];
  readonly start_proven: boolean;
  readonly purged_before?: string;
  readonly hint?: string;
  readonly history_job?: HistoryRun;
  /** A job is fetching it at this moment. */
  readonly sync_running?: boolean;
  /** Of a job that is to fetch it, also one that is paused. */
  readonly next_step?: string;
}

export interface EngineReport {
  readonly engine: EngineName;
  readonly connected: boolean;
  readonly linked: boolean;
  /** The phone is pushing history to it now. */
  readonly is_syncing: boolean;
  readonly messages_synced: number;
  readonly chats_synced: number;
  readonly progress_percent?: number;
  /** The first push is over. */
  readonly is_latest: boolean;
  readonly last_sync_time?: string;
  /** Nothing has come for a long time although the push is not over. */
  readonly stalled_since?: string;
}

/** What is under way, and how far each chat is. Reads counters and rows of chats, never messages. */
export interface SyncReport {
  /** Of jobs that fetch history and have not ended, newest first. */
  runs(owner: Owner): Promise<readonly HistoryRun[]>;
  /** Errors: CHAT_NOT_FOUND, RECIPIENT_AMBIGUOUS. */
  ofChat(request: { readonly chat: string }, owner: Owner): Promise<ChatReport>;
  engines(): Promise<readonly EngineReport[]>;
  checkpointCounts(): Promise<Readonly<Record<BackfillState, number>>>;
}

export interface SyncReportDeps {
  readonly history: History;
  readonly fleet: FleetPort;
  readonly resolver: Pick<Resolver, 'chat'>;
  readonly times: Times;
  readonly clock: Clock;
}

const STALLED_AFTER_MS = 10 * 60_000;
/** More holes than that tell nobody more. */
const INTERVALS_SHOWN = 20;
const ENDED: ReadonlySet<BackfillState> = new Set<BackfillState>(['complete', 'exhausted']);

export function createSyncReport({ history, fleet, resolver, times, clock }: SyncReportDeps): SyncReport {
  const runOf = (job: JobRecord, owner: Owner): HistoryRun => {
    const view = viewOf(job, times);
    const facts = job.facts as HistoryFacts | null;
    const left = job.state === 'running' ? (facts?.seconds_left ?? null) : null;
    const endsAtMs = left === null ? null : job.updatedAtMs + left * MILLISECONDS_PER_SECOND;
    return compact({
      job_id: isOwn(job, owner) ? job.id : undefined,
      status: job.state,
      reason: view.reason,
      hint: view.hint,
      chats: facts?.chats,
      chats_ended: facts?.chats_ended,
      progress_percent: view.progress_percent,
      messages_fetched: facts?.messages_fetched ?? 0,
      messages_added: facts?.messages_added ?? 0,
      messages_per_second: facts?.messages_per_second ?? undefined,
      // A long wait for one page proves the estimate wrong.
      expected_end: endsAtMs === null || endsAtMs <= clock.now() ? undefined : times.isoMs(endsAtMs),
      next_attempt_at: view.next_attempt_at,
    });
  };

  const checkpoint = async (chat: ChatRecord, owner: Owner) => {
    const row = await history.backfills.get(chat.id);
    if (row === null) return null;
    const job = row.jobId === null ? null : await history.jobs.get(row.jobId);
    return { row, view: checkpointOf(row, chat, job !== null && isOwn(job, owner), times) };
  };

  const engineOf = async (view: EngineView): Promise<EngineReport> => {
    const sync = view.status?.sync;
    const isSyncing = view.status?.level === 'syncing';
    const last = await history.ingest.lastAt(view.engine);
    const lastMs = last === null ? null : last * MILLISECONDS_PER_SECOND;
    const since = lastMs ?? view.status?.connectedSinceMs ?? null;
    const stalled = isSyncing && since !== null && clock.now() - since > STALLED_AFTER_MS;
    return compact({
      engine: view.engine,
      connected: isAvailable(view),
      linked: isLinked(view),
      is_syncing: isSyncing,
      messages_synced: sync?.messages ?? 0,
      chats_synced: sync?.chats ?? 0,
      progress_percent: sync?.percent ?? undefined,
      is_latest: sync?.phase === 'done',
      last_sync_time: last === null ? undefined : times.iso(last),
      stalled_since: stalled && since !== null ? times.isoMs(since) : undefined,
    });
  };

  return {
    runs: async (owner) => (await unfinishedHistory(history)).map((job) => runOf(job, owner)),

    ofChat: async (request, owner) => {
      const chat = await resolver.chat(request.chat);
      const found = await checkpoint(chat, owner);
      const jobs = (await unfinishedHistory(history)).filter((one) => fetches(one, chat));
      const job = jobs.find(({ state }) => state === 'running') ?? jobs.find(goesOn) ?? jobs[0];
      const run = job === undefined ? undefined : runOf(job, owner);
      const covered = await history.coverage.ofChat(chat.id);
      const coverage = coverageViewOf(covered, times);
      const oldest = await history.messages.list({ chatId: chat.id, order: 'oldest', limit: 1 });
      const [first] = oldest.items;
      const status = found?.row.state ?? 'not_started';
      const open = covered.complete || ENDED.has(found?.row.state ?? 'queued') ? undefined : run;
      const advice = open === undefined ? undefined : adviceOfRun(open);
      const gaps = await history.coverage.gaps(chat.id, 1);
      const isAskable = gaps.some(({ anchors }) => anchors.length > 0);
      // As far as it goes now: the row says how it ended then, and a hole may have come since.
      const ended = status === 'exhausted' || (chat.messageCount > 0 && !isAskable);
      return compact({
        checkpoint: found?.view,
        is_active: advice?.isActive ?? false,
        status,
        progress: covered.complete || ended ? 100 : -1,
        messages_synced: found?.row.fetched ?? 0,
        oldest_message_date: first === undefined ? undefined : times.iso(first.sentAt),
        messages_per_second: open?.messages_per_second,
        estimated_completion_time: open?.expected_end,
        error_details: status === 'stalled' || status === 'failed' ? found?.view.hint : undefined,
        held: coverage.held.slice(0, INTERVALS_SHOWN),
        missing: coverage.missing.slice(0, INTERVALS_SHOWN),
        start_proven: coverage.start_proven,
        purged_before: coverage.purged_before,
        hint: covered.complete
          ? heldWords(covered)
          : (advice?.hint ?? adviceOf(chat, found?.view, isAskable)),
        history_job: open,
        sync_running: open?.status === 'running' || undefined,
        next_step: advice?.nextStep,
      });
    },

    engines: () => Promise.all(fleet.engines().map(engineOf)),
    checkpointCounts: () => history.backfills.counts(),
  };
}

const HELD = 'Everything is held, from the beginning of the chat.';
const HELD_SINCE_PURGE = `Everything that is to be kept is held. ${PURGED}`;

function heldWords({ startProven }: ChatCoverage): string {
  return startProven ? HELD : HELD_SINCE_PURGE;
}

function goesOn({ state }: JobRecord): boolean {
  return state !== 'paused';
}

function adviceOf(chat: ChatRecord, checkpoint: CheckpointView | undefined, isAskable: boolean): string {
  if (chat.messageCount === 0) return NOTHING_STORED;
  if (!isAskable) return NOTHING_TO_ASK;
  if (checkpoint?.hint !== undefined && checkpoint.status !== 'complete') return checkpoint.hint;
  return 'What is missing may be on the phone: fetch_history asks for it.';
}
