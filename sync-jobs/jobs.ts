import { createHash } from 'node:crypto';
import {
  endedStates,
  type JobKind,
  type JobQuery,
  type JobRecord,
  type JobStore,
  type Json,
} from '#history/contracts/jobs.ts';
import { TandemError } from '#kernel/errors.ts';
import type { IdSource } from '#kernel/ids.ts';
import type { Desk } from './desk.ts';
import type { Kind } from './kind.ts';

/** Who asks. Null = the operator of the service, who sees every job. */
export type Owner = string | null;

export interface StartRequest {
  readonly kind: JobKind;
  /** As the kind's own schema wants them. */
  readonly args: Json;
  readonly owner: string;
  /** Higher first. */
  readonly priority?: number;
  readonly parentId?: string;
}

/** Starts, finds and steers jobs. A job of another owner is not there: JOB_NOT_FOUND. */
export interface Jobs {
  /** Returns at once. The same request while it runs joins it (`joined`). Throws VALIDATION_ERROR. */
  start(request: StartRequest): Promise<{ readonly job: JobRecord; readonly joined: boolean }>;
  get(id: string, owner: Owner): Promise<JobRecord>;
  list(query: Omit<JobQuery, 'owner'>, owner: Owner): Promise<readonly JobRecord[]>;
  /** Until it has ended or rests (paused), the time is over or the signal aborts; never throws for these. */
  wait(id: string, owner: Owner, waitMs: number, options?: WaitOptions): Promise<JobRecord>;
  /** Throws JOB_ENDED for one that has ended. */
  cancel(id: string, owner: Owner): Promise<JobRecord>;
  pause(id: string, owner: Owner): Promise<JobRecord>;
  /** Of a paused, waiting, interrupted, failed or cancelled job, from where it is. Throws JOB_ENDED for a completed one. */
  resume(id: string, owner: Owner): Promise<JobRecord>;
  /** A waiting job need not wait any longer. */
  hurry(id: string): Promise<void>;
  /** The queue is away: what waits cannot begin until it is back. */
  isQueueAway(): boolean;
  /** Told of every change of a row that this process made. */
  onChange(listener: (job: JobRecord) => void): () => void;
}

export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Called with the row at every change. */
  readonly onStep?: (job: JobRecord) => void;
}

/** Another process may work on the job: what is not told is looked for. */
const LOOK_EVERY_MS = 500;
const ID_RANDOM_BYTES = 9;
/** What to do with a job that was cancelled or has failed. */
export const GO_ON_HINT =
  'resume_sync with its job_id goes on from where it was (tool set history), or begin the same again.';
/** No kind starts more. */
const CHILDREN_MAX = 100;

export interface JobsDeps {
  readonly store: JobStore;
  readonly kinds: readonly Kind[];
  readonly desk: Desk;
  readonly ids: IdSource;
}

export function createJobs({ store, kinds, desk, ids }: JobsDeps): Jobs {
  const find = async (id: string, owner: Owner): Promise<JobRecord> => {
    const job = await store.get(id);
    if (job === null || (owner !== null && job.owner !== owner)) throw new TandemError('JOB_NOT_FOUND');
    return job;
  };
  const descendants = async (id: string): Promise<readonly JobRecord[]> => {
    const children = await store.list({ parentId: id, limit: CHILDREN_MAX });
    const below = await Promise.all(children.map((child) => descendants(child.id)));
    return [...children, ...below.flat()];
  };
  const steer = async (id: string, owner: Owner, wish: 'run' | 'pause' | 'cancel'): Promise<JobRecord> => {
    const before = await find(id, owner);
    const refused = wish === 'run' ? before.state === 'completed' : endedStates.includes(before.state);
    if (refused) {
      throw new TandemError('JOB_ENDED', {
        details: { job_id: id, state: before.state },
        ...(before.state === 'completed' ? {} : { hint: GO_ON_HINT }),
      });
    }
    const family = wish === 'run' ? [before, ...(await descendants(id))] : [];
    const waited = new Set(family.filter(({ state }) => state === 'waiting').map((job) => job.id));
    const done = await store.setWish(id, wish);
    if (done === null) throw new TandemError('JOB_NOT_FOUND');
    for (const job of [done.job, ...(await descendants(id))]) {
      const kind = kinds.find((one) => one.kind === job.kind);
      if (wish === 'run') {
        if (endedStates.includes(job.state)) continue;
        if (waited.has(job.id)) await kind?.hurried?.(job);
        await desk.handOver(job);
        desk.tell(job);
        continue;
      }
      await desk.halted(job);
      // A job that somebody works on is wound up there.
      if (isAtRest(job)) await kind?.halted?.(job, wish);
      desk.tell(job);
    }
    return done.job;
  };

  return {
    start: async ({ kind, args, owner, priority, parentId }) => {
      const known = kinds.find((one) => one.kind === kind);
      if (known === undefined) throw new TandemError('INTERNAL_ERROR', { details: { kind } });
      const parsed = known.args.parse(args) as Json;
      const same = known.same?.(parsed) ?? parsed;
      const made = await store.create({
        id: `job_${ids.hex(ID_RANDOM_BYTES)}`,
        kind,
        owner,
        fingerprint: fingerprintOf(kind, parentId ?? null, same),
        args: parsed,
        ...(priority === undefined ? {} : { priority }),
        ...(parentId === undefined ? {} : { parentId }),
      });
      desk.tell(made.job);
      if (!made.joined) await desk.handOver(made.job);
      return made;
    },
    get: find,
    list: (query, owner) => store.list(owner === null ? query : { ...query, owner }),
    wait: async (id, owner, waitMs, { signal, onStep } = {}) => {
      const endMs = performance.now() + waitMs;
      let job = await find(id, owner);
      for (;;) {
        onStep?.(job);
        if (isAtRest(job) || performance.now() >= endMs || signal?.aborted) return job;
        await desk.change(id, Math.min(LOOK_EVERY_MS, endMs - performance.now()), signal);
        job = await find(id, owner);
      }
    },
    cancel: (id, owner) => steer(id, owner, 'cancel'),
    pause: (id, owner) => steer(id, owner, 'pause'),
    resume: (id, owner) => steer(id, owner, 'run'),
    hurry: async (id) => {
      const job = await store.get(id);
      if (job !== null && !isAtRest(job)) await desk.handOver(job);
    },
    isQueueAway: desk.isQueueAway,
    onChange: desk.onChange,
  };
}

/** Nothing will happen to it by itself. */
export function isAtRest({ state }: Pick<JobRecord, 'state'>): boolean {
  return state === 'paused' || endedStates.includes(state);
}

function fingerprintOf(kind: JobKind, parentId: string | null, args: Json): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, parentId, args]))
    .digest('hex');
}
