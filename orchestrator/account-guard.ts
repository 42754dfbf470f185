import type { EngineAccount, EngineLevel, EngineStatus } from '#engines/contract/state.ts';
import type { AccountStore } from '#history/contracts/history.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { redactText } from '#kernel/redact.ts';
import type { Gate } from './ingest/consumer.ts';
import { createMutex } from './mutex.ts';
import { pause } from './pause.ts';

/**
 * One data directory, one account. The first account that an engine is linked to is written down; an engine on
 * another one is kept away from the history and from calls, and is unlinked.
 */
export interface AccountGuard {
  /** Call with every status. */
  judge(status: EngineStatus): void;
  /** ACCOUNT_MISMATCH while the engine is on another account; else null. */
  mismatch(): TandemError | null;
  /** The same, also after the engine was unlinked for it, until it is on our account. */
  lastMismatch(): TandemError | null;
  stop(): void;
}

export interface AccountGuardDeps {
  readonly engine: string;
  readonly account: AccountStore;
  readonly logger: Logger;
  readonly setGate: (gate: Gate) => void;
  /** Takes the device off the other account. Throws when it cannot now. */
  readonly unlink: (signal: AbortSignal) => Promise<void>;
}

const RETRY_MS = 1_000;
const UNLINK_RETRY_MS = 2_000;
const UNLINK_RETRY_MAX_MS = 60_000;

/** Levels at which nobody is being linked: without an account, what the outbox still holds is of the last one. */
const NOT_LINKING: ReadonlySet<EngineLevel> = new Set<EngineLevel>([
  'unlinked',
  'logged-out',
  'conflict',
  'failed',
]);

export function createAccountGuard(deps: AccountGuardDeps): AccountGuard {
  const { engine, account, logger, setGate } = deps;
  const queue = createMutex();
  const stopped = new AbortController();
  let mismatch: TandemError | null = null;
  let last: TandemError | null = null;
  let unlinking = new AbortController();
  /** The last account that this engine was linked to was not ours. */
  let foreign = false;
  let judged: string | boolean | null = null;

  async function judge({ account: linked, level }: EngineStatus): Promise<void> {
    const known = linked !== null && (linked.pn !== null || linked.lid !== null);
    const seen = known ? `${linked.pn} ${linked.lid}` : NOT_LINKING.has(level);
    if (seen === judged) return;
    if (known) await claim(linked);
    else {
      isNoLongerElsewhere();
      // While somebody is being linked it is not known who: what arrives has to wait.
      if (!NOT_LINKING.has(level)) setGate('closed');
      else if (foreign) setGate('discarding');
      else setGate((await account.get()) === null ? 'closed' : 'open');
    }
    judged = seen;
  }

  async function claim(linked: NonNullable<EngineStatus['account']>): Promise<void> {
    try {
      await account.claim(linked);
    } catch (thrown) {
      const error = toTandemError(thrown);
      if (error.code !== 'ACCOUNT_MISMATCH') throw error;
      isNoLongerElsewhere();
      const expected = await account.get();
      mismatch = new TandemError('ACCOUNT_MISMATCH', {
        engine,
        details: { expected: masked(expected), found: masked(linked) },
      });
      last = mismatch;
      foreign = true;
      logger.error('engine is linked to another account, is kept apart and will be unlinked', { engine });
      setGate('discarding');
      void unlink(unlinking.signal);
      return;
    }
    isNoLongerElsewhere();
    last = null;
    foreign = false;
    setGate('open');
  }

  function isNoLongerElsewhere(): void {
    mismatch = null;
    unlinking.abort();
    unlinking = new AbortController();
  }

  /** Until the engine says that it is not linked to that account any more. */
  async function unlink(noLonger: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([noLonger, stopped.signal]);
    for (let pauseMs = UNLINK_RETRY_MS; !signal.aborted; pauseMs *= 2) {
      try {
        await deps.unlink(signal);
        logger.warn('engine was unlinked from another account', { engine });
      } catch (error) {
        if (!signal.aborted)
          logger.warn('engine cannot be unlinked from another account now', { engine, error });
      }
      await pause(Math.min(pauseMs, UNLINK_RETRY_MAX_MS), signal);
    }
  }

  return {
    judge: (status) => {
      void queue.run(async () => {
        while (!stopped.signal.aborted) {
          try {
            return await judge(status);
          } catch (error) {
            logger.warn('account cannot be checked', { engine, error });
            await pause(RETRY_MS, stopped.signal);
          }
        }
      });
    },
    mismatch: () => mismatch,
    lastMismatch: () => last,
    stop: () => stopped.abort(),
  };
}

/** The last digits, so that the operator knows which phone it was. */
function masked(account: EngineAccount | null): string | null {
  const jid = account?.pn ?? account?.lid ?? null;
  return jid === null ? null : redactText(jid);
}
