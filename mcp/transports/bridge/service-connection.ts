import { setTimeout as sleep } from 'node:timers/promises';
import { TandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { isRunning } from '#kernel/processes.ts';
import { readServiceFile, type ServiceInfo } from '#kernel/service-file.ts';

export interface ServiceConnection {
  /** Address and token of the running service; starts one when none runs. Throws NOT_RUNNING. */
  locate(): Promise<ServiceInfo>;
  /** The same without starting anything; null when none runs. */
  peek(): Promise<ServiceInfo | null>;
  /** To be called when the address did not answer: the next `locate` looks again. */
  forget(): void;
}

export interface ServiceConnectionOptions {
  /** `service.json` of the data directory. */
  readonly serviceFile: string;
  /** Starts the service in the background; it may lose a race against another starter. */
  readonly startService: () => Promise<void> | void;
  readonly logger: Logger;
  readonly startTimeoutMs?: number;
}

/** The service answers before any engine is up, so this is ample even on a busy machine. */
const START_TIMEOUT_MS = 20_000;
const POLL_INTERVAL_MS = 50;
const PROBE_TIMEOUT_MS = 2_000;

/** Finds the one service of a data directory. */
export function createServiceConnection(options: ServiceConnectionOptions): ServiceConnection {
  let known: Promise<ServiceInfo> | null = null;

  const search = async (): Promise<ServiceInfo> => {
    const running = await probe(options.serviceFile);
    if (running !== null) return running;
    options.logger.info('no service is running; starting one');
    await options.startService();
    const giveUpAt = Date.now() + (options.startTimeoutMs ?? START_TIMEOUT_MS);
    while (Date.now() < giveUpAt) {
      const started = await probe(options.serviceFile);
      if (started !== null) return started;
      await sleep(POLL_INTERVAL_MS);
    }
    throw new TandemError('NOT_RUNNING', {
      message: 'The service was started but did not answer in time.',
      hint: 'Run `tandem up` in a terminal to see what it says, or `tandem doctor`.',
    });
  };

  return {
    locate: () => {
      if (known === null) {
        const found = search();
        known = found;
        found.catch(() => {
          if (known === found) known = null;
        });
      }
      return known;
    },
    peek: () => probe(options.serviceFile),
    forget: () => {
      known = null;
    },
  };
}

/** The file may be left over from a service that was killed: only an answer counts. */
async function probe(serviceFile: string): Promise<ServiceInfo | null> {
  const info = readServiceFile(serviceFile);
  if (info === null || !isRunning(info.pid)) return null;
  try {
    const answer = await fetch(`${info.url}/health`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await answer.body?.cancel();
    return info;
  } catch {
    return null;
  }
}
