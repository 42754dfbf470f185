import type { JobChange, JobRecord, JobStore } from '#history/contracts/jobs.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { Halt, type Kind, type TurnContext, type TurnResult } from './kind.ts';
import type { TurnEnd, TurnHandler } from './queue/port.ts';

/** A turn is short, so that jobs of one lane take turns and a closing service does not wait. */
const TURN_MS = 20_000;
/** Longer than any single step may take, a page of history with a silent phone included. */
const LEASE_MS = 90_000;
const RENEW_MS = 20_000;
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
}

/** Runs turns: claim, work, write down how it went, let go. */
export function createRunner(deps: RunnerDeps): TurnHandler {
  const { store, holder, clock, logger } = deps;
  const kinds = new Map(deps.kinds.map((kind) => [kind.kind, kind]));
  /** Turns in a row that ended with a fault that may pass. */
  const faults = new Map<string, number>();

  return async (id, queueSignal) => {
    const job = await store.claim(id, holder, LEASE_MS);
    if (job === null) return { end: 'done' };
    const kind = kinds.get(job.kind);
    if (kind === undefined) throw new TandemError('INTERNAL_ERROR', { details: { kind: job.kind } });
    deps.onChange(job);
    const lease = keepLease(job);
    const signal = AbortSignal.any([queueSignal, lease.lost]);
    try {
      const args = kind.args.parse(job.args);
      const result = await kind.turn(contextOf(job, signal), args);
      faults.delete(id);
      return await conclude(job, result);
    } catch (thrown) {
      return await afterThrow(job, kind, thrown, signal);
    } finally {
      lease.stop();
      await store.release(id, job.fence).catch(() => undefined);
    }
  };

  function keepLease(job: JobRecord): { readonly lost: AbortSignal; stop(): void } {
    const lost = new AbortController();
    const timer = setInterval(() => {
      store.renew(job.id, job.fence, LEASE_MS).catch((error: unknown) => {
        if (toTandemError(error).code === 'JOB_FENCED') lost.abort();
      });
    }, RENEW_MS);
    timer.unref();
    return { lost: lost.signal, stop: () => clearInterval(timer) };
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
    return {
      job,
      holder,
      signal,
      endsAtMs: clock.now() + (deps.turnMs ?? TURN_MS),
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
    const saved = await write(job, { ...change, state, nextTurnAtMs: clock.now() + afterMs });
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
      const state = wish === 'pause' ? 'paused' : 'cancelled';
      await write(job, { state, nextTurnAtMs: null });
      logger.info('job halted', { job: job.id, kind: job.kind, state });
      return { end: 'done' };
    }
    const error = toTandemError(thrown);
    if (error.code === 'JOB_FENCED') return { end: 'done' };
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
