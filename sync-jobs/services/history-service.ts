import type { EngineName } from '#engines/contract/capability.ts';
import type { Backfill, BackfillState } from '#history/contracts/backfills.ts';
import type { ChatCoverage } from '#history/contracts/coverage.ts';
import type { History } from '#history/contracts/history.ts';
import { endedStates, type JobRecord } from '#history/contracts/jobs.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import { TandemError } from '#kernel/errors.ts';
import { optionalName } from '#orchestrator/services/present/message.ts';
import type { Times } from '#orchestrator/services/present/times.ts';
import { compact } from '#orchestrator/services/reply.ts';
import type { Resolver } from '#orchestrator/services/resolve/resolver.ts';
import type { Jobs, Owner } from '../jobs.ts';
import type { HistoryArgs } from '../kinds/history.ts';
import { hintOf, type JobView, viewOf } from './job-view.ts';

export interface FetchRequest {
  readonly chat: string;
  /** Goes on with what was paused, cancelled or left; NO_CHECKPOINT when there is no such thing. */
  readonly resume?: boolean | undefined;
  readonly max_messages?: number | undefined;
  readonly until?: string | undefined;
  readonly engine?: EngineName | undefined;
}

export interface Started extends JobView {
  /** The same request ran already: this is that job. */
  readonly reused: boolean;
}

/** How far the older history of one chat has come. */
export interface CheckpointView {
  readonly chat_jid: string;
  readonly chat_name?: string;
  readonly status: BackfillState;
  readonly reason?: string;
  readonly hint?: string;
  readonly job_id?: string;
  readonly pages: number;
  readonly messages_fetched: number;
  readonly messages_added: number;
  readonly messages_deduplicated: number;
  readonly oldest_reached?: string;
  readonly last_answer?: string;
  readonly last_engine?: EngineName;
  readonly next_attempt_at?: string;
  readonly updated_at: string;
}

export interface CoverageView {
  /** Newest first; `from` absent = the proven beginning of the chat. */
  readonly held: readonly {
    readonly from?: string;
    readonly to: string;
    readonly sources: readonly string[];
  }[];
  /** Newest first; `from` absent = the beginning of the chat, wherever that is. */
  readonly missing: readonly { readonly from?: string; readonly to: string; readonly reason: string }[];
  readonly start_proven: boolean;
}

/** Asks for older history and tells how far it has come. Every call answers at once; the work is a job. */
export interface HistoryService {
  /** Everything that the phone has, of every chat. */
  retrieveAll(
    request: { readonly since?: string | undefined; readonly engine?: EngineName | undefined },
    owner: string,
  ): Promise<Started>;
  /** Of one chat. Errors: CHAT_NOT_FOUND, RECIPIENT_AMBIGUOUS, NO_ANCHOR_MESSAGE, NO_CHECKPOINT, SYNC_IN_PROGRESS. */
  fetch(request: FetchRequest, owner: string): Promise<Started>;
  /** Of several chats, one after the other. */
  fetchBulk(
    request: {
      readonly chats: readonly string[];
      readonly max_messages: number;
      readonly until?: string | undefined;
    },
    owner: string,
  ): Promise<Started>;
  /** The job that fetches this chat alone. NO_ACTIVE_SYNC when none does. */
  cancel(request: { readonly chat: string }, owner: Owner): Promise<JobView>;
  checkpoints(request: {
    readonly status?: readonly BackfillState[] | undefined;
    readonly limit: number;
  }): Promise<readonly CheckpointView[]>;
  /** Null before anything was asked for. */
  checkpoint(chat: ChatRecord): Promise<CheckpointView | null>;
  coverage(chat: ChatRecord): Promise<CoverageView>;
  /** The newest unfinished job that fetches this chat, alone or among others. */
  activeJob(chat: ChatRecord): Promise<JobView | null>;
}

export interface HistoryServiceDeps {
  readonly jobs: Jobs;
  readonly history: History;
  readonly resolver: Pick<Resolver, 'chat'>;
  readonly times: Times;
}

const EVERYTHING: HistoryArgs = { chats: null, maxMessages: null, until: null, engine: null };
/** What somebody asked for by name goes before what runs anyway. */
const PRIORITY_ASKED_FOR = 20;
const PRIORITY_BULK = 10;
/** Looked through for the job of a chat; more never run at a time. */
const JOBS_LOOKED_AT = 200;

export function createHistoryService({ jobs, history, resolver, times }: HistoryServiceDeps): HistoryService {
  const start = async (args: HistoryArgs, owner: string, priority: number): Promise<Started> => {
    const { job, joined } = await jobs.start({ kind: 'history', args, owner, priority });
    return { ...viewOf(job, times), reused: joined };
  };
  const unfinished = async (): Promise<readonly JobRecord[]> => {
    const found = await history.jobs.list({ kinds: ['history'], limit: JOBS_LOOKED_AT });
    return found.filter(({ state }) => !endedStates.includes(state));
  };
  const chatsOf = ({ args }: JobRecord) => (args as HistoryArgs).chats;
  const aloneOn = async (chat: ChatRecord) => {
    const names = new Set([chat.jid, ...chat.aliases]);
    const all = await history.jobs.list({ kinds: ['history'], limit: JOBS_LOOKED_AT });
    return all.filter((job) => {
      const chats = chatsOf(job);
      return chats?.length === 1 && names.has(chats[0] ?? '');
    });
  };
  const time = (text: string | undefined, field: string) =>
    text === undefined ? null : times.parse(text, field);
  const seconds = (at: number) => (at === 0 ? undefined : times.iso(at));

  const checkpointView = async (row: Backfill): Promise<CheckpointView | null> => {
    const chat = await history.chats.get(row.chatId);
    if (chat === null) return null;
    return compact({
      chat_jid: chat.jid,
      chat_name: optionalName(chat.name),
      status: row.state,
      reason: row.reason ?? undefined,
      hint: hintOf(row.reason),
      job_id: row.jobId ?? undefined,
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
  };

  return {
    retrieveAll: ({ since, engine }, owner) =>
      start({ ...EVERYTHING, until: time(since, 'since'), engine: engine ?? null }, owner, 0),

    fetch: async ({ chat: reference, resume, max_messages, until, engine }, owner) => {
      const chat = await resolver.chat(reference);
      const earlier = await aloneOn(chat);
      if (resume === true) {
        const left = earlier.find(({ state, owner: of }) => of === owner && state !== 'completed');
        if (left !== undefined && left.state !== 'running' && left.state !== 'queued') {
          return { ...viewOf(await jobs.resume(left.id, owner), times), reused: true };
        }
        if (left === undefined && (await history.backfills.get(chat.id)) === null)
          throw new TandemError('NO_CHECKPOINT');
      }
      if (chat.messageCount === 0) throw new TandemError('NO_ANCHOR_MESSAGE');
      const args: HistoryArgs = {
        chats: [chat.jid],
        maxMessages: max_messages ?? null,
        until: time(until, 'until'),
        engine: engine ?? null,
      };
      const running = earlier.find(({ state }) => !endedStates.includes(state));
      if (running !== undefined && JSON.stringify(running.args) !== JSON.stringify(args)) {
        throw new TandemError('SYNC_IN_PROGRESS', { details: { job_id: running.id } });
      }
      return start(args, owner, PRIORITY_ASKED_FOR);
    },

    fetchBulk: async ({ chats, max_messages, until }, owner) => {
      const found: ChatRecord[] = [];
      for (const reference of chats) found.push(await resolver.chat(reference));
      const jids = [...new Set(found.map(({ jid }) => jid))];
      return start(
        { chats: jids, maxMessages: max_messages, until: time(until, 'until'), engine: null },
        owner,
        PRIORITY_BULK,
      );
    },

    cancel: async ({ chat: reference }, owner) => {
      const chat = await resolver.chat(reference);
      const running = (await aloneOn(chat)).find(
        (job) => !endedStates.includes(job.state) && (owner === null || job.owner === owner),
      );
      if (running !== undefined) return viewOf(await jobs.cancel(running.id, owner), times);
      const other = (await unfinished())[0];
      throw new TandemError(
        'NO_ACTIVE_SYNC',
        other === undefined ? {} : { details: { other_job_id: other.id } },
      );
    },

    checkpoints: async ({ status, limit }) => {
      const rows = await history.backfills.list({
        limit,
        ...(status === undefined ? {} : { states: status }),
      });
      const views = await Promise.all(rows.map(checkpointView));
      return views.filter((view) => view !== null);
    },

    checkpoint: async (chat) => {
      const row = await history.backfills.get(chat.id);
      return row === null ? null : checkpointView(row);
    },

    coverage: async (chat) => coverageView(await history.coverage.ofChat(chat.id), seconds, times),

    activeJob: async (chat) => {
      const names = new Set([chat.jid, ...chat.aliases]);
      const job = (await unfinished()).find((one) => chatsOf(one)?.some((jid) => names.has(jid)) ?? true);
      return job === undefined ? null : viewOf(job, times);
    },
  };
}

function coverageView(
  { held, missing, startProven }: ChatCoverage,
  seconds: (at: number) => string | undefined,
  times: Times,
): CoverageView {
  return {
    held: held.map(({ from, to, sources }) => compact({ from: seconds(from), to: times.iso(to), sources })),
    missing: missing.map(({ from, to, reason }) =>
      compact({ from: seconds(from), to: times.iso(to), reason }),
    ),
    start_proven: startProven,
  };
}
