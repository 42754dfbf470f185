import type { EngineName } from '#engines/contract/capability.ts';
import { type ErrorCode, type TandemError, toTandemError } from '#kernel/errors.ts';
import type { CallAttempt, CallOutcome } from '../services/ports.ts';

export interface Contest<O> {
  /** Not empty; first choice first. */
  readonly candidates: readonly EngineName[];
  /** `isLast` = nobody else could be asked in its place. */
  readonly ask: (engine: EngineName, signal: AbortSignal | undefined, isLast: boolean) => Promise<O>;
  /** After how long without an answer the next one is asked too; null = never. */
  readonly hedgeAfterMs: (engine: EngineName) => number | null;
  /** Whether the next one may be asked after this error. */
  readonly mayGoOn: (error: TandemError) => boolean;
  /** Somebody else answered, or had to be asked, in its place; `error` null = it had not answered by then. */
  readonly passedOver: (engine: EngineName, waitedMs: number, error: TandemError | null) => void;
  readonly signal: AbortSignal | undefined;
}

/** Everybody failed: what the caller is told, and who was asked. */
export interface Failure {
  readonly error: TandemError;
  readonly attempts: readonly CallAttempt[];
}

type End<O> =
  | { readonly runner: Runner<O>; readonly output: O }
  | { readonly runner: Runner<O>; readonly error: TandemError };

interface Runner<O> {
  readonly engine: EngineName;
  readonly abort: AbortController;
  readonly startedAt: number;
  readonly end: Promise<End<O>>;
  /** How it ended; null = with an answer. */
  code: ErrorCode | null;
  tookMs: number | null;
}

/**
 * Asks one engine after the other, or a second one beside the first when that takes too long, and takes the first answer;
 * whoever is still at it then is told to stop.
 */
export async function contest<O>(rules: Contest<O>): Promise<CallOutcome<O> | Failure> {
  const { candidates } = rules;
  const all: Runner<O>[] = [];
  const running = new Set<Runner<O>>();
  let telling: TandemError | null = null;

  const start = () => {
    const engine = candidates[all.length];
    if (engine === undefined) return null;
    const runner = run(rules, engine, all.length === candidates.length - 1);
    all.push(runner);
    running.add(runner);
    return runner;
  };
  const stop = (runner: Runner<O>, code: ErrorCode | null) => {
    running.delete(runner);
    runner.code = code;
    runner.tookMs = performance.now() - runner.startedAt;
    return runner.tookMs;
  };
  const stopOthers = (last: Runner<O>) => {
    for (const runner of running) {
      runner.abort.abort();
      const waited = stop(runner, 'ENGINE_TIMEOUT');
      // Whoever was asked later had less time.
      if (all.indexOf(runner) < all.indexOf(last)) rules.passedOver(runner.engine, waited, null);
    }
  };

  let newest = start();
  for (;;) {
    const patience =
      newest !== null && all.length < candidates.length ? rules.hedgeAfterMs(newest.engine) : null;
    const end = await firstOf(running, patience);
    if (end === null) {
      newest = start();
      continue;
    }
    const { runner } = end;
    if ('output' in end) {
      stop(runner, null);
      stopOthers(runner);
      return { output: end.output, engine: runner.engine, attempts: attemptsOf(all) };
    }
    const { error } = end;
    const waited = stop(runner, error.code);
    telling = moreTelling(telling, error);
    if (rules.signal?.aborted || !rules.mayGoOn(error)) {
      stopOthers(runner);
      return { error, attempts: attemptsOf(all) };
    }
    if (all.length < candidates.length) {
      rules.passedOver(runner.engine, waited, error);
      newest = start();
    } else if (running.size === 0) return { error: telling, attempts: attemptsOf(all) };
  }
}

function run<O>(rules: Contest<O>, engine: EngineName, isLast: boolean): Runner<O> {
  const abort = new AbortController();
  const signal = rules.signal === undefined ? abort.signal : AbortSignal.any([rules.signal, abort.signal]);
  const runner: Runner<O> = {
    engine,
    abort,
    startedAt: performance.now(),
    code: null,
    tookMs: null,
    end: rules.ask(engine, signal, isLast).then(
      (output) => ({ runner, output }),
      (thrown: unknown) => ({ runner, error: toTandemError(thrown) }),
    ),
  };
  return runner;
}

/** The next one to end; null = the time is over before that. */
async function firstOf<O>(
  running: ReadonlySet<Runner<O>>,
  patienceMs: number | null,
): Promise<End<O> | null> {
  const ends = [...running].map((runner) => runner.end);
  if (patienceMs === null) return await Promise.race(ends);
  const over = Promise.withResolvers<null>();
  const timer = setTimeout(() => over.resolve(null), patienceMs);
  try {
    return await Promise.race([...ends, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** That one engine cannot do it at all says less than how another one failed at it. */
function moreTelling(before: TandemError | null, now: TandemError): TandemError {
  return before !== null && now.code === 'CAPABILITY_UNAVAILABLE' ? before : now;
}

function attemptsOf<O>(all: readonly Runner<O>[]): CallAttempt[] {
  return all.map(({ engine, code, tookMs }) => ({ engine, code, durationMs: Math.round(tookMs ?? 0) }));
}
