import type { History } from '#history/contracts/history.ts';
import type { ItemState, JobItem, JobKind, JobRecord, JobState } from '#history/contracts/jobs.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { Cursors } from '#orchestrator/services/cursor.ts';
import { countFitting } from '#orchestrator/services/paging.ts';
import { optionalName } from '#orchestrator/services/present/message.ts';
import type { Times } from '#orchestrator/services/present/times.ts';
import { compact } from '#orchestrator/services/reply.ts';
import type { Jobs, Owner } from '../jobs.ts';
import { partResultOf } from './job-facts.ts';
import type { JobItemView, JobView } from './job-shape.ts';
import { hintOf, viewOf } from './job-view.ts';

export interface JobWithParts extends JobView {
  /** Only when they were asked for. */
  readonly items?: readonly JobItemView[];
  /** How many parts are in which state, all of them; only together with `items`. */
  readonly totals?: Readonly<Record<ItemState, number>>;
}

/** One set of calls for jobs of every kind. A job of another owner answers JOB_NOT_FOUND. */
export interface JobService {
  get(
    request: {
      readonly job_id: string;
      /** Seconds to wait for its end. */
      readonly wait_s?: number | undefined;
      /** Lists its parts too, those in these states; all of them for an empty list. */
      readonly items?: readonly ItemState[] | undefined;
      readonly items_limit?: number | undefined;
    },
    owner: Owner,
    options?: { readonly signal?: AbortSignal; readonly onStep?: (job: JobView) => void },
  ): Promise<JobWithParts>;
  list(
    request: {
      readonly status?: readonly JobState[] | undefined;
      readonly kind?: JobKind | undefined;
      readonly limit: number;
    },
    owner: Owner,
  ): Promise<readonly JobView[]>;
  /** The same with a way on: as many as fit into an answer. INVALID_CURSOR. */
  page(
    request: Parameters<JobService['list']>[0] & { readonly cursor?: string | undefined },
    owner: Owner,
  ): Promise<{
    readonly jobs: readonly JobView[];
    readonly has_more: boolean;
    readonly next_cursor?: string;
  }>;
  /** JOB_ENDED for one that has ended. */
  cancel(job_id: string, owner: Owner): Promise<JobView>;
  pause(job_id: string, owner: Owner): Promise<JobView>;
  /** JOB_ENDED for a completed one. */
  resume(job_id: string, owner: Owner): Promise<JobView>;
  onChange: (listener: (jobId: string) => void) => () => void;
}

const ITEMS_DEFAULT = 100;

export interface JobServiceDeps {
  readonly jobs: Jobs;
  readonly history: Pick<History, 'jobs' | 'chats' | 'messages'>;
  readonly times: Times;
  readonly cursors: Cursors;
}

export function createJobService({ jobs, history, times, cursors }: JobServiceDeps): JobService {
  const viewNow = (job: JobRecord) => viewOf(job, times, jobs.isQueueAway());
  const itemView = async (item: JobItem, kind: JobKind): Promise<JobItemView> => {
    const chat = item.chatId === null ? null : await history.chats.get(item.chatId);
    const message = item.messageKey === null ? null : await history.messages.get(item.messageKey);
    return compact({
      chat_jid: chat?.jid,
      chat_name: optionalName(chat?.name ?? null),
      message_id: message?.id,
      status: item.state,
      reason: item.reason ?? undefined,
      hint: hintOf(item.reason),
      done: item.done,
      total: item.total ?? undefined,
      result: partResultOf(kind, item.result),
    });
  };

  return {
    get: async ({ job_id, wait_s, items, items_limit }, owner, { signal, onStep } = {}) => {
      const job = await jobs.wait(job_id, owner, (wait_s ?? 0) * MILLISECONDS_PER_SECOND, {
        ...(signal === undefined ? {} : { signal }),
        onStep: (step) => onStep?.(viewNow(step)),
      });
      const view = viewNow(job);
      if (items === undefined) return view;
      const found = await history.jobs.items(job_id, {
        ...(items.length === 0 ? {} : { states: items }),
        limit: items_limit ?? ITEMS_DEFAULT,
      });
      return {
        ...view,
        items: await Promise.all(found.map((item) => itemView(item, job.kind))),
        totals: await history.jobs.itemCounts(job_id),
      };
    },
    list: async (request, owner) => (await jobs.list(queryOf(request), owner)).map(viewNow),
    page: async ({ cursor, ...request }, owner) => {
      const { limit, ...selects } = queryOf(request);
      const place = cursor === undefined ? null : cursors.open('jobs', [selects, owner], cursor);
      const [createdAtMs, id] = place ?? [];
      const found = await jobs.list(
        {
          ...selects,
          limit: limit + 1,
          ...(place === null ? {} : { after: { createdAtMs: Number(createdAtMs), id: String(id) } }),
        },
        owner,
      );
      const views = found.slice(0, limit).map(viewNow);
      const fitting = views.slice(0, countFitting(views));
      const last = found[fitting.length - 1];
      if (last === undefined || found.length === fitting.length) return { jobs: fitting, has_more: false };
      const next = cursors.seal('jobs', [selects, owner], [last.createdAtMs, last.id]);
      return { jobs: fitting, has_more: true, next_cursor: next };
    },
    cancel: async (id, owner) => viewNow(await jobs.cancel(id, owner)),
    pause: async (id, owner) => viewNow(await jobs.pause(id, owner)),
    resume: async (id, owner) => viewNow(await jobs.resume(id, owner)),
    onChange: (listener) => jobs.onChange((job) => listener(job.id)),
  };
}

function queryOf({ status, kind, limit }: Parameters<JobService['list']>[0]) {
  return {
    limit,
    ...(status === undefined ? {} : { states: status }),
    ...(kind === undefined ? {} : { kinds: [kind] }),
  };
}
