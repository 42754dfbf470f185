import type { EngineName } from '#engines/contract/capability.ts';
import type { BackfillStore, StoredPage } from '#history/contracts/backfills.ts';
import { type ErrorCode, TandemError, toTandemError } from '#kernel/errors.ts';
import { pause } from '#orchestrator/pause.ts';
import type { RouterPort } from '#orchestrator/services/ports.ts';
import type { Attempt } from './ladder.ts';

/** What came of one request. A page is in the store, with its coverage, by the time it is told here. */
export type Answer =
  | { readonly is: 'page'; readonly engine: EngineName; readonly page: StoredPage }
  | { readonly is: 'silent'; readonly engine: EngineName }
  /** No engine could be asked: nothing is wrong with the chat. */
  | { readonly is: 'no-engine'; readonly code: ErrorCode }
  | { readonly is: 'limited'; readonly retryAfterMs: number | null }
  /** An engine was asked and failed. */
  | { readonly is: 'refused'; readonly code: ErrorCode };

export interface AskDeps {
  readonly router: Pick<RouterPort, 'call'>;
  readonly backfills: Pick<BackfillStore, 'page'>;
  /** Told after every commit of what engines saw; returns how to stop. */
  readonly onIngested: (listener: () => void) => () => void;
}

export interface AskOptions {
  readonly count: number;
  /** Asked first, because it served this chat before. */
  readonly preferred: EngineName | null;
  readonly signal: AbortSignal;
  /** The phone has answered; what it said is being stored. */
  readonly onAnswer?: () => Promise<void>;
}

const NOBODY_TO_ASK: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NO_HEALTHY_ENGINE',
  'NOT_CONNECTED',
  'NOT_AUTHENTICATED',
  'ENGINE_STARTING',
  'ENGINE_UNREACHABLE',
  'CAPABILITY_UNAVAILABLE',
]);
/** The engine has handed the page over already; taking it in is a matter of milliseconds, after a restart of seconds. */
const STORED_WAIT_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** Asks for one page and waits until it is stored. Throws only when the signal aborts. */
export async function askPage(deps: AskDeps, attempt: Attempt, options: AskOptions): Promise<Answer> {
  const { signal } = options;
  const { chat, anchor, engine } = attempt;
  try {
    const outcome = await deps.router.call(
      'history.page',
      { chat, anchor, count: options.count },
      {
        signal,
        ...(engine === null ? {} : { engine }),
        ...(options.preferred === null ? {} : { preferred: options.preferred }),
      },
    );
    if (outcome.output.outcome === 'silent') return { is: 'silent', engine: outcome.engine };
    await options.onAnswer?.();
    const page = await stored(deps, outcome.engine, outcome.output.requestId, signal);
    return page === null
      ? { is: 'refused', code: 'ENGINE_TIMEOUT' }
      : { is: 'page', engine: outcome.engine, page };
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toTandemError(thrown);
    if (NOBODY_TO_ASK.has(error.code)) return { is: 'no-engine', code: error.code };
    if (error.code === 'RATE_LIMITED') {
      const { retryAfterSeconds } = error;
      return { is: 'limited', retryAfterMs: retryAfterSeconds === null ? null : retryAfterSeconds * 1_000 };
    }
    return { is: 'refused', code: error.code };
  }
}

/** The answer is complete once the observation behind its messages is committed; null when that does not happen in time. */
async function stored(
  { backfills, onIngested }: AskDeps,
  engine: EngineName,
  requestId: string,
  signal: AbortSignal,
): Promise<StoredPage | null> {
  const endMs = performance.now() + STORED_WAIT_MS;
  let wake = () => {};
  const stop = onIngested(() => wake());
  try {
    for (;;) {
      const committed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const page = await backfills.page(engine, requestId);
      if (page !== null || performance.now() > endMs) return page;
      await Promise.race([committed, pause(LOOK_EVERY_MS, signal)]);
      if (signal.aborted) throw new TandemError('SHUTTING_DOWN');
    }
  } finally {
    stop();
  }
}
