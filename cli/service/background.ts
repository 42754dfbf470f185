import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Config } from '#kernel/config.ts';
import { makePrivateDir, PRIVATE_FILE } from '#kernel/data-dir.ts';
import { LEAN_NODE_FLAGS } from '#kernel/node-flags.ts';
import { settings } from '#kernel/settings.ts';
import { logFileOf } from './log-file.ts';

export const LAUNCHER = fileURLToPath(new URL('../tandem.mjs', import.meta.url));

/**
 * Starts `tandem up` as a process of its own that outlives this one; what it prints goes to the log file of the data
 * directory. Whether it came up is seen from its service file. Losing a race against another starter is harmless:
 * the loser finds the data directory owned and ends.
 */
export function startInBackground(config: Pick<Config, 'dataDir'>, env: NodeJS.ProcessEnv): void {
  makePrivateDir(config.dataDir);
  const log = openSync(logFileOf(config.dataDir), 'a', PRIVATE_FILE);
  try {
    const child = spawn(process.execPath, [...LEAN_NODE_FLAGS, LAUNCHER, 'up'], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...env, [settings.dataDir.env]: config.dataDir },
    });
    child.unref();
  } finally {
    closeSync(log);
  }
}
