import type { AuthenticationCreds } from '@whiskeysockets/baileys';
import type { Logger } from '#kernel/logger.ts';
import type { AuthStore } from './auth-store.ts';

/** Tries a disk that refused until it takes writes again. */
export interface DiskRecovery {
  begin(): void;
  stop(): void;
}

export interface DiskRecoveryDeps {
  readonly store: AuthStore;
  /** True when everything held back is on disk again. */
  readonly canWrite: () => boolean;
  readonly logger: Logger;
  /** With the credentials as the disk has them. */
  readonly onBack: (creds: AuthenticationCreds | null) => void;
}

const TRY_EVERY_MS = 2_000;

export function createDiskRecovery({ store, canWrite, logger, onBack }: DiskRecoveryDeps): DiskRecovery {
  let timer: NodeJS.Timeout | null = null;
  /** Answers to older tries count no more. */
  let round = 0;

  function later(mine: number): void {
    timer = setTimeout(() => void attempt(mine), TRY_EVERY_MS);
  }

  async function attempt(mine: number): Promise<void> {
    try {
      const can = await store
        .probe()
        .then(() => canWrite())
        .catch(() => false);
      const creds = can ? await store.loadCreds() : null;
      if (mine !== round) return;
      if (can) onBack(creds);
      else later(mine);
    } catch (error) {
      logger.warn('recovery failed', { error });
      if (mine === round) later(mine);
    }
  }

  const stop = () => {
    round += 1;
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  return {
    begin: () => {
      stop();
      later(round);
    },
    stop,
  };
}
