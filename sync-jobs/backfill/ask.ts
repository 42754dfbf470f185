import type { EngineName } from '#engines/contract/capability.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';
import type { BackfillStore, StoredPage } from '#history/contracts/backfills.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import { pause } from '#orchestrator/pause.ts';
import type { RouterPort } from '#orchestrator/services/ports.ts';
import { troubleOf } from '../kinds/trouble.ts';

/** What came of one request. A page is in the store, with its coverage, by the time it is told here. */
export type Answer =
  | { readonly is: 'page'; readonly engine: EngineName; readonly page: StoredPage }
  | { readonly is: 'silent' }
  /** Nobody can be asked for any chat: nothing is wrong with this one. */
  | {
      readonly is: 'rest';
      readonly reason: 'no-engine' | 'not-linked' | 'rate-limited';
      readonly afterMs: number;
    }
  /** This chat is being asked for already, by whoever was here before. */
  | { readonly is: 'in-flight'; readonly afterMs: number }
  /** An engine was asked and failed. */
  | { readonly is: 'refused'; readonly code: ErrorCode };

export interface AskDeps {
  readonly router: Pick<RouterPort, 'call'>;
  readonly backfills: Pick<BackfillStore, 'page'>;
  /** Told after every commit of what engines saw; returns how to stop. */
  readonly onIngested: (listener: () => void) => () => void;
}

export interface Request {
  readonly chat: string;
  readonly anchor: HistoryAnchor;
  readonly count: number;
  /** Asks this engine only; null = whichever the router chooses. */
  readonly engine: EngineName | null;
  /** Asked first where the router may choose, because it served this chat before. */
  readonly preferred: EngineName | null;
  readonly signal: AbortSignal;
  /** The phone has answered, and storing what it said takes a while. */
  readonly onWait?: () => Promise<void>;
}

/** The engine has handed the page over already; taking it in is a matter of milliseconds, after a restart of seconds. */
const STORED_WAIT_MS = 30_000;
const LOOK_EVERY_MS = 100;
const IN_FLIGHT_REST_MS = 5_000;
/** Until somebody has linked the account again. */
const NOT_LINKED_REST_MS = 15_000;

/**
 * Asks for one page and waits until it is stored. Throws when the signal aborts, and what is the fault of nobody's answer: of the
 * store, or of an account that no engine can be used with.
 */
export async function askPage(deps: AskDeps, request: Request): Promise<Answer> {
  const { chat, anchor, count, engine, preferred, signal } = request;
  const called = await deps.router
    .call(
      'history.page',
      { chat, anchor, count },
      {
        signal,
        ...(engine === null ? {} : { engine }),
        ...(preferred === null ? {} : { preferred }),
      },
    )
    .catch((thrown: unknown) => refusalOf(thrown, signal));
  if ('is' in called) return called;
  if (called.output.outcome === 'silent') return { is: 'silent' };
  const page = await stored(deps, called.engine, called.output.requestId, request);
  return page === null
    ? { is: 'refused', code: 'ENGINE_TIMEOUT' }
    : { is: 'page', engine: called.engine, page };
}

function refusalOf(thrown: unknown, signal: AbortSignal): Answer {
  if (!signal.aborted && thrown instanceof TandemError) {
    const { code, details, retryAfterSeconds } = thrown;
    if (code === 'RATE_LIMITED' && details?.reason === 'in-flight') {
      const told = retryAfterSeconds === null ? null : retryAfterSeconds * MILLISECONDS_PER_SECOND;
      return { is: 'in-flight', afterMs: told ?? IN_FLIGHT_REST_MS };
    }
    // Whoever lost the link gets it back by linking again, and what was begun goes on.
    if (code === 'DEVICE_REMOVED') return { is: 'rest', reason: 'not-linked', afterMs: NOT_LINKED_REST_MS };
  }
  const trouble = troubleOf(thrown, signal);
  return trouble.is === 'rest' ? trouble : { is: 'refused', code: trouble.code };
}

/** The answer is complete once the observation behind its messages is committed; null when that does not happen in time. */
async function stored(
  { backfills, onIngested }: AskDeps,
  engine: EngineName,
  requestId: string,
  { signal, onWait }: Request,
): Promise<StoredPage | null> {
  const endMs = performance.now() + STORED_WAIT_MS;
  let wake = () => {};
  let isTold = onWait === undefined;
  const stop = onIngested(() => wake());
  try {
    for (;;) {
      const committed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const page = await backfills.page(engine, requestId);
      if (page !== null || performance.now() > endMs) return page;
      const isCommitted = await Promise.race([
        committed.then(() => true),
        pause(LOOK_EVERY_MS, signal).then(() => false),
      ]);
      signal.throwIfAborted();
      if (isCommitted || isTold) continue;
      isTold = true;
      await onWait?.();
    }
  } finally {
    stop();
  }
}
