import type { EngineLevel, EngineStatus } from '#engines/contract/state.ts';
import type { AccountStore } from '#history/contracts/history.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Gate } from './ingest/consumer.ts';
import { createMutex } from './mutex.ts';
import { pause } from './pause.ts';

/**
 * One data directory, one account. The first account that an engine is linked to is written down; an engine on
 * another one is kept away from the history and from calls until it is unlinked.
 */
export interface AccountGuard {
  /** Call with every status. */
  judge(status: EngineStatus): void;
  /** ACCOUNT_MISMATCH while the engine is on another account; else null. */
  mismatch(): TandemError | null;
  stop(): void;
}

export interface AccountGuardDeps {
  readonly engine: string;
  readonly account: AccountStore;
  readonly logger: Logger;
  readonly setGate: (gate: Gate) => void;
}

const RETRY_MS = 1_000;

/** Levels at which nobody is being linked: without an account, what the outbox still holds is of the last one. */
const NOT_LINKING: ReadonlySet<EngineLevel> = new Set<EngineLevel>([
  'unlinked',
  'logged-out',
  'conflict',
  'failed',
]);

export function createAccountGuard({ engine, account, logger, setGate }: AccountGuardDeps): AccountGuard {
  const queue = createMutex();
  const stopped = new AbortController();
  let mismatch: TandemError | null = null;
  /** The last account that this engine was linked to was not ours. */
  let foreign = false;
  let judged: string | boolean | null = null;

  async function judge({ account: linked, level }: EngineStatus): Promise<void> {
    const known = linked !== null && (linked.pn !== null || linked.lid !== null);
    const seen = known ? `${linked.pn} ${linked.lid}` : NOT_LINKING.has(level);
    if (seen === judged) return;
    if (known) await claim(linked);
    else {
      mismatch = null;
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
      mismatch = new TandemError('ACCOUNT_MISMATCH', { engine });
      foreign = true;
      logger.error('engine is linked to another account and is kept apart', { engine });
      setGate('discarding');
      return;
    }
    mismatch = null;
    foreign = false;
    setGate('open');
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
    stop: () => stopped.abort(),
  };
}
