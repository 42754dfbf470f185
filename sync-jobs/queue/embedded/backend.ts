import type { Logger } from '#kernel/logger.ts';
import type { Backend } from '../backend.ts';
import { createDumpStore } from './dump.ts';
import { collectGarbage } from './release-memory.ts';

/** A first start builds the store, seconds long; tool calls have 25 s. */
const ANSWER_WITHIN_MS = 20_000;

export interface EmbeddedOptions {
  /** For the migrated, empty store; made when missing. */
  readonly cacheDir: string;
  readonly logger: Logger;
}

/** PostgreSQL inside this process, in memory, for this process alone. Always comes up empty. */
export function createEmbeddedBackend(options: EmbeddedOptions): Backend {
  const dumps = createDumpStore(options);
  return {
    kind: 'embedded',
    sleeps: true,
    answerWithinMs: ANSWER_WITHIN_MS,
    releaseMemory: collectGarbage,
    async open(events, signal) {
      // Loaded with the first job: a service that only answers questions pays nothing for the queue.
      const { openSession, startStore } = await import('./store.ts');
      const start = async () => startStore(await dumps.load(signal));
      const db = await start().catch((error: unknown) => {
        if (signal.aborted) throw error;
        options.logger.warn('The prepared store of the embedded queue did not start; it is prepared anew');
        dumps.discard();
        return start();
      });
      return openSession(db, () => events.broken('EMBEDDED_STORE_BROKEN'));
    },
  };
}
