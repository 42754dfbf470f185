import type { EngineName } from '#engines/contract/capability.ts';
import type { Backfill, BackfillState } from '#history/contracts/backfills.ts';
import type { History } from '#history/contracts/history.ts';
import { endedStates } from '#history/contracts/jobs.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import type { FleetPort } from '#orchestrator/services/ports.ts';
import { parsePast } from '#orchestrator/services/present/past.ts';
import type { Times } from '#orchestrator/services/present/times.ts';
import { resolveEach } from '#orchestrator/services/resolve/each.ts';
import type { Resolver } from '#orchestrator/services/resolve/resolver.ts';
import type { Jobs, Owner } from '../jobs.ts';
import type { HistoryArgs } from '../kinds/history.ts';
import { fetches, historyArgsOf, historyOfAlone, isOwn, unfinishedHistory } from './history-jobs.ts';
import type { CheckpointView } from './history-shape.ts';
import { checkpointOf } from './history-view.ts';
import type { JobView, Started } from './job-shape.ts';
import { viewOf } from './job-view.ts';

export interface FetchRequest {
  readonly chat: string;
  /** Goes on with what was paused, cancelled or left; NO_CHECKPOINT when there is no such thing. */
  readonly resume?: boolean | undefined;
  readonly max_messages?: number | undefined;
  /** Nothing older than this. */
  readonly since?: string | undefined;
  readonly engine?: EngineName | undefined;
}

/** Asks for older history and tells how far it has come. Every call answers at once; the work is a job. */
export interface HistoryService {
  /** Everything that the phone has, of every chat. Errors: CAPABILITY_UNAVAILABLE when none of these engines is configured. */
  retrieveAll(
    request: {
      readonly since?: string | undefined;
      /** Only through these; whichever can, when absent. */
      readonly engines?: readonly EngineName[] | undefined;
    },
    owner: string,
  ): Promise<Started>;
  /** Of one chat. Errors: CHAT_NOT_FOUND, RECIPIENT_AMBIGUOUS, NO_ANCHOR_MESSAGE, NO_CHECKPOINT, SYNC_IN_PROGRESS, CAPABILITY_UNAVAILABLE. */
  fetch(request: FetchRequest, owner: string): Promise<Started>;
  /** Of several chats, one after the other. Errors: CHAT_NOT_FOUND, RECIPIENT_AMBIGUOUS; NO_ANCHOR_MESSAGE for a community. */
  fetchBulk(
    request: {
      readonly chats: readonly string[];
      readonly max_messages: number;
      readonly since?: string | undefined;
    },
    owner: string,
  ): Promise<Started>;
  /** The job that fetches this chat alone, and how far it came. NO_ACTIVE_SYNC when none does. */
  cancel(
    request: { readonly chat: string },
    owner: Owner,
  ): Promise<JobView & { readonly checkpoint?: CheckpointView }>;
  /** The longest untouched first. */
  checkpoints(
    request: { readonly status?: readonly BackfillState[] | undefined; readonly limit: number },
    owner: Owner,
  ): Promise<readonly CheckpointView[]>;
}

export interface HistoryServiceDeps {
  readonly jobs: Jobs;
  readonly history: History;
  readonly resolver: Pick<Resolver, 'chat'>;
  readonly fleet: Pick<FleetPort, 'engines'>;
  readonly times: Times;
  readonly clock: Clock;
}

const EVERYTHING: HistoryArgs = { chats: null, maxMessages: null, until: null, engine: null };
/** What somebody asked for by name goes before what runs anyway. */
const PRIORITY_ASKED_FOR = 20;
const PRIORITY_BULK = 10;

/** What to ask for instead of a community. */
export const COMMUNITY_HINT =
  'get_community_groups lists its groups: fetch theirs with fetch_history, or several at once with fetch_history_bulk (tool set history). mark_community_as_read_with_history (tool set organising) fetches and marks all of them.';

export function createHistoryService(deps: HistoryServiceDeps): HistoryService {
  const { jobs, history, resolver, fleet, times, clock } = deps;
  const start = async (args: HistoryArgs, owner: string, priority: number): Promise<Started> => {
    const { job, joined } = await jobs.start({ kind: 'history', args, owner, priority });
    return { ...viewOf(job, times, jobs.isQueueAway()), reused: joined };
  };
  const time = (text: string | undefined, field: string) =>
    text === undefined ? null : parsePast(times, clock, text, field);
  const checkpointView = async (row: Backfill, owner: Owner): Promise<CheckpointView | null> => {
    const chat = await history.chats.get(row.chatId);
    if (chat === null) return null;
    const job = row.jobId === null ? null : await history.jobs.get(row.jobId);
    return checkpointOf(row, chat, job !== null && isOwn(job, owner), times);
  };

  /** The router would say so too, but only in the job, when nobody looks any more. */
  const checkConfigured = (asked: readonly EngineName[]): void => {
    const configured = fleet.engines().map(({ engine }) => engine);
    if (asked.some((engine) => configured.includes(engine))) return;
    throw new TandemError('CAPABILITY_UNAVAILABLE', {
      message: 'This engine is not configured.',
      hint: `Name no engine, or one that is configured: ${configured.join(', ') || 'none is'}. The operator can add one with TANDEM_ENGINES.`,
      details: { asked: [...asked], configured },
    });
  };

  /** Goes on with an earlier job of this chat; null when a new one is to be made. Throws NO_CHECKPOINT. */
  const resumed = async (chat: ChatRecord, owner: string): Promise<Started | null> => {
    const left = (await historyOfAlone(history, chat)).find(
      (job) => job.owner === owner && job.state !== 'completed',
    );
    if (left === undefined) {
      if ((await history.backfills.get(chat.id)) === null) throw new TandemError('NO_CHECKPOINT');
      return null;
    }
    const runs = left.state === 'running' || left.state === 'queued' || left.state === 'waiting';
    const job = runs && left.wish === 'run' ? left : await jobs.resume(left.id, owner);
    return { ...viewOf(job, times), reused: true };
  };

  return {
    retrieveAll: async ({ since, engines }, owner) => {
      if (engines !== undefined) checkConfigured(engines);
      const only = engines?.length === 1 ? (engines[0] ?? null) : null;
      return start({ ...EVERYTHING, until: time(since, 'since'), engine: only }, owner, 0);
    },

    fetch: async ({ chat: reference, resume, max_messages, since, engine }, owner) => {
      const chat = await resolver.chat(reference);
      const again = resume === true ? await resumed(chat, owner) : null;
      if (again !== null) return again;
      refuseCommunity(chat);
      if (engine !== undefined) checkConfigured([engine]);
      if (chat.messageCount === 0) throw new TandemError('NO_ANCHOR_MESSAGE');
      const args: HistoryArgs = {
        chats: [chat.jid],
        maxMessages: max_messages ?? null,
        until: time(since, 'since'),
        engine: engine ?? null,
      };
      const earlier = await historyOfAlone(history, chat);
      const running = earlier.find(({ state, wish }) => !endedStates.includes(state) && wish !== 'cancel');
      if (running !== undefined && JSON.stringify(historyArgsOf(running)) !== JSON.stringify(args)) {
        throw new TandemError(
          'SYNC_IN_PROGRESS',
          isOwn(running, owner) ? { details: { job_id: running.id } } : {},
        );
      }
      return start(args, owner, PRIORITY_ASKED_FOR);
    },

    fetchBulk: async ({ chats, max_messages, since }, owner) => {
      const found = await resolveEach(resolver, chats, 'chats');
      found.forEach(refuseCommunity);
      const jids = found.map(({ jid }) => jid);
      const args = { ...EVERYTHING, chats: jids, maxMessages: max_messages, until: time(since, 'since') };
      return start(args, owner, PRIORITY_BULK);
    },

    cancel: async ({ chat: reference }, owner) => {
      const chat = await resolver.chat(reference);
      const running = (await historyOfAlone(history, chat)).find(
        (job) => !endedStates.includes(job.state) && isOwn(job, owner),
      );
      if (running === undefined) {
        const other = (await unfinishedHistory(history)).find(
          (job) => isOwn(job, owner) && fetches(job, chat),
        );
        throw new TandemError('NO_ACTIVE_SYNC', other === undefined ? {} : amongOthers(other.id));
      }
      const job = await jobs.cancel(running.id, owner);
      const row = await history.backfills.get(chat.id);
      const checkpoint = row === null ? null : await checkpointView(row, owner);
      return { ...viewOf(job, times), ...(checkpoint === null ? {} : { checkpoint }) };
    },

    checkpoints: async ({ status, limit }, owner) => {
      const rows = await history.backfills.list({
        limit,
        ...(status === undefined ? {} : { states: status }),
      });
      const views = await Promise.all(rows.map((row) => checkpointView(row, owner)));
      return views.filter((view) => view !== null);
    },
  };
}

/** It would wait for ever: everything that is said in a community is said in its groups. */
function refuseCommunity({ kind, jid }: ChatRecord): void {
  if (kind !== 'community') return;
  throw new TandemError('NO_ANCHOR_MESSAGE', {
    message: 'A community itself has no messages; its groups have.',
    hint: COMMUNITY_HINT,
    details: { community: jid },
  });
}

/** What to do about a chat that a job has among others. */
function amongOthers(id: string) {
  return {
    message: 'This chat is fetched by a job together with others, and cannot be cancelled alone.',
    hint: `cancel_sync with job_id ${id} stops that job, for all its chats; what was fetched stays.`,
    details: { other_job_id: id },
  };
}
