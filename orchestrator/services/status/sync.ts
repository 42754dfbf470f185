import type { EngineName } from '#engines/contract/capability.ts';
import type { SyncProgress } from '#engines/contract/state.ts';
import type { CoverageSummary } from '#history/contracts/coverage.ts';
import type { HistoryOverview } from '#history/contracts/history.ts';
import type { JobState } from '#history/contracts/jobs.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import { type ErrorBody, toErrorBody, toTandemError } from '#kernel/errors.ts';
import { BYTES_PER_MEGABYTE } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { isLinked } from '../linking/choose-engine.ts';
import { optionalName } from '../present/message.ts';
import { compact, type Reply } from '../reply.ts';
import { type Coverage, coverageOf } from '../shapes/coverage.ts';
import { NOTHING_STORED, NOTHING_TO_ASK } from './advice.ts';
import { isAvailable } from './engine-state.ts';

export interface SyncOverview {
  readonly scope: 'all';
  /** Active = an engine is connected and what it learns is stored. */
  readonly sync_status: 'Active' | 'Inactive' | 'Error';
  readonly engines: {
    readonly engine: EngineName;
    readonly running: boolean;
    readonly authenticated: boolean;
    readonly api_responsive: boolean;
    readonly connected: boolean;
    readonly phase: SyncProgress['phase'];
    readonly percent?: number;
    readonly chats_received: number;
    readonly messages_received: number;
    /** Batches that the engine holds and the store has not taken yet. */
    readonly waiting_batches: number;
  }[];
  readonly statistics: {
    readonly message_count: number;
    readonly chat_count: number;
    readonly contact_count: number;
    readonly media_count: number;
    readonly last_sync_time?: string;
    readonly oldest_message?: string;
    readonly newest_message?: string;
    readonly database_backend: string;
    readonly database_size_mb: number;
    readonly database_exists: boolean;
  };
  /** Of long work, whoever began it; absent while the store cannot be read. */
  readonly jobs?: {
    readonly waiting: number;
    readonly active: number;
    /** Resting until something is there, such as the phone. */
    readonly delayed: number;
    readonly paused: number;
    readonly failed: number;
  };
  /** Chats of which everything is held, a part, or nothing is known. */
  readonly coverage_summary?: CoverageSummary;
  readonly last_check: string;
  readonly error?: ErrorBody;
}

export interface ChatSync {
  readonly scope: 'chat';
  readonly chat: { readonly jid: string; readonly name?: string };
  readonly message_count: number;
  readonly oldest_message?: string;
  readonly newest_message?: string;
  readonly coverage: Coverage;
  readonly engines: { readonly engine: EngineName; readonly messages: number }[];
  readonly sync_running: boolean;
  readonly next_step?: string;
}

export interface SyncStatus {
  overview(): Promise<Reply<SyncOverview>>;
  ofChat(request: { readonly chat: string }): Promise<Reply<ChatSync>>;
}

export function createSyncStatus(context: ServiceContext): SyncStatus {
  const { fleet, history, times, clock, resolver, freshness } = context;
  const time = (seconds: number | null) => (seconds === null ? undefined : times.iso(seconds));

  const engines = (): SyncOverview['engines'] =>
    fleet.engines().map((view) => {
      const { engine, processUp, reachable, status } = view;
      return compact({
        engine,
        running: processUp,
        authenticated: isLinked(view),
        api_responsive: reachable,
        connected: isAvailable(view),
        phase: status?.sync.phase ?? ('waiting' as const),
        percent: status?.sync.percent ?? undefined,
        chats_received: status?.sync.chats ?? 0,
        messages_received: status?.sync.messages ?? 0,
        waiting_batches: status?.outbox.entries ?? 0,
      });
    });

  const statistics = (found: HistoryOverview | null): SyncOverview['statistics'] =>
    compact({
      message_count: found?.messages ?? 0,
      chat_count: found?.chats ?? 0,
      contact_count: found?.people ?? 0,
      media_count: found?.media ?? 0,
      last_sync_time: time(found?.lastIngestAt ?? null),
      oldest_message: time(found?.oldestMessageAt ?? null),
      newest_message: time(found?.newestMessageAt ?? null),
      database_backend: found?.backend ?? 'unknown',
      database_size_mb: Math.round(((found?.bytes ?? 0) / BYTES_PER_MEGABYTE) * 100) / 100,
      database_exists: found !== null,
    });

  const isAskable = async ({ id }: ChatRecord) =>
    (await history.coverage.gaps(id, 1)).some(({ anchors }) => anchors.length > 0);

  return {
    overview: async () => {
      const shown = engines();
      let found: HistoryOverview | null = null;
      let more: Pick<SyncOverview, 'jobs' | 'coverage_summary'> = {};
      let error: ErrorBody | undefined;
      try {
        found = await history.overview();
        more = {
          jobs: jobCounts(await history.jobs.counts()),
          coverage_summary: await history.coverage.summary(),
        };
      } catch (thrown) {
        error = toErrorBody(toTandemError(thrown));
      }
      const active = shown.some(({ connected }) => connected);
      return {
        data: compact({
          scope: 'all' as const,
          sync_status:
            error !== undefined ? ('Error' as const) : active ? ('Active' as const) : ('Inactive' as const),
          engines: shown,
          statistics: statistics(found),
          ...more,
          last_check: times.isoMs(clock.now()),
          error,
        }),
        summary: `${found?.messages ?? 0} messages in ${found?.chats ?? 0} chats.`,
      };
    },

    ofChat: async (request) => {
      const chat = await resolver.chat(request.chat);
      const found = await history.statistics(chat.id);
      const coverage = coverageOf(await history.coverage.ofChat(chat.id), chat);
      return {
        data: compact({
          scope: 'chat' as const,
          chat: compact({ jid: chat.jid, name: optionalName(chat.name) }),
          message_count: found.messages,
          oldest_message: time(found.oldestAt),
          newest_message: time(found.newestAt),
          coverage,
          engines: found.perEngine.map(({ engine, messages }) => ({ engine, messages })),
          sync_running: freshness.syncField().sync_running ?? false,
          next_step: coverage === 'complete' ? undefined : adviceFor(chat, await isAskable(chat)),
        }),
        meta: await freshness.meta(),
      };
    },
  };
}

function jobCounts(of: Readonly<Record<JobState, number>>): NonNullable<SyncOverview['jobs']> {
  return {
    waiting: of.queued + of.interrupted,
    active: of.running,
    delayed: of.waiting,
    paused: of.paused,
    failed: of.failed,
  };
}

function adviceFor({ historyEnd, messageCount }: ChatRecord, isAskable: boolean): string {
  if (messageCount === 0) return NOTHING_STORED;
  if (!isAskable) return NOTHING_TO_ASK;
  return historyEnd === 'more-on-phone'
    ? 'Older messages exist on the phone and are not in the store: fetch_history fetches them.'
    : 'Nothing is known about messages that are missing here; they may exist on the phone. fetch_history asks it.';
}
