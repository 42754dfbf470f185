import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Config } from '#kernel/config.ts';
import { makePrivateDir } from '#kernel/data-dir.ts';
import { LEAN_NODE_FLAGS } from '#kernel/node-flags.ts';
import { settings } from '#kernel/settings.ts';
import { openLogFile } from './log-file.ts';

export const LAUNCHER = fileURLToPath(new URL('../tandem.mjs', import.meta.url));

/**
 * Starts `tandem up` as a process of its own that outlives this one; what it prints goes to the log file of the data
 * directory. Whether it came up is seen from its service file. Losing a race against another starter is harmless:
 * the loser finds the data directory owned and ends.
 */
export function startInBackground(config: Pick<Config, 'dataDir'>, env: NodeJS.ProcessEnv): void {
  makePrivateDir(config.dataDir);
  const log = openLog(config.dataDir);
  try {
    const child = spawn(process.execPath, [...LEAN_NODE_FLAGS, LAUNCHER, 'up'], {
      detached: true,
      stdio: ['ignore', log ?? 'ignore', log ?? 'ignore'],
      env: { ...env, [settings.dataDir.env]: config.dataDir },
    });
    child.unref();
  } finally {
    if (log !== null) closeSync(log);
  }
}

/** Null = it cannot be written, which is no reason not to start. */
function openLog(dataDir: string): number | null {
  try {
    return openLogFile(dataDir);
  } catch {
    return null;
  }
}
