import { setTimeout as sleep } from 'node:timers/promises';
import { type EngineReason, isConnected, type LinkOffer } from '#engines/contract/state.ts';
import type { Clock } from '#kernel/clock.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { EngineView } from '../ports.ts';

/** Leaves room under the deadline of a tool call for the answer itself. */
export const LINK_WAIT_PER_CALL_MS = 18_000;
const LOOK_EVERY_MS = 150;

/** Looks until it is true or the time is up. Throws when aborted. */
export async function waitUntil(done: () => boolean, waitMs: number, signal?: AbortSignal): Promise<void> {
  const until = performance.now() + waitMs;
  while (!done() && performance.now() < until) {
    await sleep(LOOK_EVERY_MS, undefined, signal === undefined ? {} : { signal });
  }
}

export interface LinkProgress {
  readonly done: number;
  readonly total: number;
  readonly message: string;
}

export interface LinkWait {
  readonly view: () => EngineView | undefined;
  readonly offer: LinkOffer;
  readonly timeoutMs: number;
  readonly reportEveryMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (step: LinkProgress) => void;
}

/** States after which waiting makes no sense, and the error that says so. */
const FAILURES: Readonly<Partial<Record<EngineReason, ErrorCode>>> = {
  'account-mismatch': 'ACCOUNT_MISMATCH',
  forbidden: 'ACCOUNT_BANNED',
  'multidevice-mismatch': 'MULTIDEVICE_MISMATCH',
  'client-outdated': 'CLIENT_OUTDATED',
};

/**
 * Waits for the phone, at most as long as one call may take; `pending` = not yet, ask again.
 * Errors: AUTH_QR_EXPIRED, AUTH_CODE_EXPIRED, AUTH_LINK_TIMEOUT, ACCOUNT_MISMATCH and the like.
 */
export async function waitForLink(wait: LinkWait): Promise<'linked' | 'pending'> {
  const { view, offer, timeoutMs, reportEveryMs, signal, onProgress } = wait;
  const limitMs = Math.min(timeoutMs, LINK_WAIT_PER_CALL_MS);
  const started = performance.now();
  let reportedAt = started;
  const settled = () => {
    const status = view()?.status;
    if (status === null || status === undefined) return false;
    return isConnected(status.level) || failureOf(status.reason, offer) !== null;
  };
  await waitUntil(
    () => {
      const now = performance.now();
      if (onProgress !== undefined && now - reportedAt >= reportEveryMs) {
        reportedAt = now;
        onProgress({
          done: Math.floor((now - started) / MILLISECONDS_PER_SECOND),
          total: Math.ceil(limitMs / MILLISECONDS_PER_SECOND),
          message: 'Waiting for the phone.',
        });
      }
      return settled();
    },
    limitMs,
    signal,
  );
  const status = view()?.status;
  if (status && isConnected(status.level)) return 'linked';
  const failure = status ? failureOf(status.reason, offer) : null;
  const facts = { ...(status ? { engine: status.engine } : {}) };
  if (failure !== null) throw new TandemError(failure, facts);
  // Linked a moment ago, and the fresh connection is being made.
  if (status?.level === 'connecting' && status.account !== null) return 'pending';
  if (timeoutMs <= LINK_WAIT_PER_CALL_MS) throw new TandemError('AUTH_LINK_TIMEOUT', facts);
  return 'pending';
}

function failureOf(reason: EngineReason, offer: LinkOffer): ErrorCode | null {
  if (reason === 'link-expired') return offer.method === 'code' ? 'AUTH_CODE_EXPIRED' : 'AUTH_QR_EXPIRED';
  return FAILURES[reason] ?? null;
}
