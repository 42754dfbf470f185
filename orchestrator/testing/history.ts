import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { History } from '#history/contracts/history.ts';
import { openHistory } from '#history/sqlite/history.ts';
import { type Clock, systemClock } from '#kernel/clock.ts';
import { createLogger } from '#kernel/logger.ts';

export const silentLogger = createLogger({ level: 'silent', program: 'test' });

/** A real, empty history in a directory of its own. */
export interface TestHistory {
  readonly dir: string;
  readonly history: History;
  /** Closes the file and opens it again, as a restart does. */
  reopen(): Promise<History>;
  close(): Promise<void>;
}

export async function openTestHistory(clock: Clock = systemClock): Promise<TestHistory> {
  const dir = await mkdtemp(join(tmpdir(), 'tandem-orchestrator-'));
  const open = () =>
    openHistory({ file: join(dir, 'history.db'), clock, logger: silentLogger, busyTimeoutMs: 200 });
  let history = await open();
  return {
    dir,
    get history() {
      return history;
    },
    reopen: async () => {
      await history.close().catch(() => undefined);
      history = await open();
      return history;
    },
    close: async () => {
      await history.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
