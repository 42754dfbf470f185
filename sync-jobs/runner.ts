import type { JobChange, JobRecord, JobStore } from '#history/contracts/jobs.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { Halt, type Kind, type TurnContext, type TurnResult } from './kind.ts';
import type { TurnEnd, TurnHandler } from './queue/port.ts';

/** A turn is short: what somebody asks for now stands behind the turn under way, however long that job is. */
const TURN_MS = 5_000;
/** Longer than any single step may take, a page of history with a silent phone included. */
const LEASE_MS = 90_000;
/** So often a turn makes sure that it still has the job, and that its owner, elsewhere, still wants it to run. */
const WATCH_EVERY_MS = 3_000;
/** Until a job that another process has in hand is looked at again. */
const ELSEWHERE_MS = 2_000;
/** Until a fault that may pass is tried again: first, and at most. */
const RETRY_FIRST_MS = 5_000;
const RETRY_MAX_MS = 300_000;

export interface RunnerDeps {
  readonly store: JobStore;
  readonly kinds: readonly Kind[];
  readonly holder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** After every write to a job row by a turn. */
  readonly onChange: (job: JobRecord) => void;
  readonly turnMs?: number;
  /** Somebody waits for whom this job should make room. */
  readonly isOvertaken?: (job: JobRecord) => boolean;
}

/** Runs turns: claim, work, write down how it went, let go. */
export function createRunner(deps: RunnerDeps): TurnHandler {
  const { store, holder, clock, logger } = deps;
  const kinds = new Map(deps.kinds.map((kind) => [kind.kind, kind]));
  /** Turns in a row that ended with a fault that may pass. */
  const faults = new Map<string, number>();

  return async (id, queueSignal, turn) => {
    const row = await store.get(id);
    // Of two entries for one job the newer lives on: both would find work for ever.
    if (row === null || turn < row.turn) return { end: 'done' };
    const job = await store.claim(id, holder, LEASE_MS);
    if (job === null) return unclaimed(id);
    const kind = kinds.get(job.kind);
    if (kind === undefined) throw new TandemError('INTERNAL_ERROR', { details: { kind: job.kind } });
    deps.onChange(job);
    const watch = watchOver(job);
    const signal = AbortSignal.any([queueSignal, watch.signal]);
    try {
      const end = await run(job, kind, signal);
      if (end.end === 'done') return end;
      const now = await store.get(id);
      return now !== null && turn < now.turn ? { end: 'done' } : end;
    } catch (thrown) {
      // Somebody else has it, or it has ended: whatever this turn still had to say is not asked for.
      if (toTandemError(thrown).code === 'JOB_FENCED') return { end: 'done' };
      throw thrown;
    } finally {
      watch.stop();
      await store.release(id, job.fence).catch(() => undefined);
    }
  };

  async function run(job: JobRecord, kind: Kind, signal: AbortSignal): Promise<TurnEnd> {
    try {
      const args = kind.args.parse(job.args);
      const result = await kind.turn(contextOf(job, signal), args);
      faults.delete(job.id);
      return await conclude(job, result);
    } catch (thrown) {
      return await afterThrow(job, kind, thrown, signal);
    }
  }

  /** One that is worked on elsewhere keeps its entry: it may be the only one that is left when that worker dies. */
  async function unclaimed(id: string): Promise<TurnEnd> {
    const row = await store.get(id);
    const isElsewhere = row !== null && row.state === 'running' && row.wish === 'run';
    return isElsewhere ? { end: 'again', afterMs: ELSEWHERE_MS } : { end: 'done' };
  }

  /** Ends the turn when it loses the job, or when another process was told what the owner wants. */
  function watchOver(job: JobRecord): { readonly signal: AbortSignal; stop(): void } {
    const ended = new AbortController();
    const look = async () => {
      await store.renew(job.id, job.fence, LEASE_MS);
      if ((await wishOf(job)) !== 'run') ended.abort();
    };
    const timer = setInterval(() => {
      look().catch((error: unknown) => {
        if (toTandemError(error).code === 'JOB_FENCED') ended.abort();
      });
    }, WATCH_EVERY_MS);
    timer.unref();
    return { signal: ended.signal, stop: () => clearInterval(timer) };
  }

  async function write(job: JobRecord, change: JobChange): Promise<JobRecord> {
    const saved = await store.save(job.id, job.fence, change);
    deps.onChange(saved);
    return saved;
  }

  function contextOf(job: JobRecord, signal: AbortSignal): TurnContext {
    const heed = ({ wish }: JobRecord) => {
      if (wish !== 'run') throw new Halt(wish);
      signal.throwIfAborted();
    };
    const turnMs = deps.turnMs ?? TURN_MS;
    const steady = () => clock.steady?.() ?? clock.now();
    const endsAtMs = steady() + turnMs;
    return {
      job,
      holder,
      signal,
      isOver: () => steady() >= endsAtMs || deps.isOvertaken?.(job) === true,
      save: async (change) => {
        const saved = await write(job, change);
        heed(saved);
        return saved;
      },
      look: async () => {
        const now = await store.get(job.id);
        if (now === null || now.fence !== job.fence) throw new TandemError('JOB_FENCED');
        heed(now);
      },
      items: {
        add: (items) => store.addItems(job.id, job.fence, items),
        list: (query) => store.items(job.id, query),
        counts: () => store.itemCounts(job.id),
        save: (n, change) => store.saveItem(job.id, job.fence, n, change),
        take: (n, against) => store.takeItem(job.id, job.fence, n, against),
      },
    };
  }

  async function conclude(job: JobRecord, result: TurnResult): Promise<TurnEnd> {
    if (result.state === 'completed') {
      const { reason = null } = result;
      await write(job, {
        state: 'completed',
        result: result.result,
        reason,
        error: null,
        nextTurnAtMs: null,
      });
      logger.info('job completed', { job: job.id, kind: job.kind });
      return { end: 'done' };
    }
    return again(job, result.afterMs, { reason: result.reason ?? null, error: null });
  }

  async function again(job: JobRecord, afterMs: number, change: JobChange): Promise<TurnEnd> {
    const state = afterMs > 0 ? 'waiting' : 'queued';
    const saved = await write(job, { ...change, state, nextTurnAtMs: clock.now() + Math.ceil(afterMs) });
    // What the owner wanted between the last step and this write, the store has done to the row.
    if (saved.wish !== 'run') {
      await kinds.get(job.kind)?.halted?.(job, saved.wish);
      return { end: 'done' };
    }
    return { end: 'again', afterMs };
  }

  /** A turn that is cut short may be so because its owner wants it. */
  async function wishOf(job: JobRecord) {
    return (await store.get(job.id))?.wish ?? 'run';
  }

  async function afterThrow(
    job: JobRecord,
    kind: Kind,
    thrown: unknown,
    signal: AbortSignal,
  ): Promise<TurnEnd> {
    const wish = thrown instanceof Halt ? thrown.wish : signal.aborted ? await wishOf(job) : 'run';
    if (wish !== 'run') {
      await kind.halted?.(job, wish);
      const { state } = await write(job, {
        state: wish === 'pause' ? 'paused' : 'cancelled',
        nextTurnAtMs: null,
      });
      // Its owner has changed his mind meanwhile.
      if (state === 'queued') return { end: 'again', afterMs: 0 };
      logger.info('job halted', { job: job.id, kind: job.kind, state });
      return { end: 'done' };
    }
    const error = toTandemError(thrown);
    if (error.code === 'JOB_FENCED') throw error;
    // The service closes: the row stays as a dead process would leave it, and the next start takes it up.
    if (signal.aborted) {
      await write(job, { state: 'interrupted', reason: null });
      return { end: 'again', afterMs: 0 };
    }
    const { code, message, hint } = error;
    if (error.retriable) {
      const count = faults.get(job.id) ?? 0;
      faults.set(job.id, count + 1);
      const afterMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(count, 10));
      logger.warn('job waits after a fault', { job: job.id, kind: job.kind, code, afterMs });
      return again(job, afterMs, { reason: code, error: { code, message, hint } });
    }
    faults.delete(job.id);
    if (code === 'INTERNAL_ERROR') logger.error('job failed', { job: job.id, kind: job.kind, error });
    else logger.warn('job failed', { job: job.id, kind: job.kind, code });
    await write(job, { state: 'failed', error: { code, message, hint }, nextTurnAtMs: null });
    return { end: 'done' };
  }
}
