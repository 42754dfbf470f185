import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeBrowserSocket } from '#kernel/browser-socket.ts';
import type { Config } from '#kernel/config.ts';

/** A browser on a slow disk takes some seconds; one that cannot start says so at once. */
const TRIAL_MS = 20_000;

export type Trial = { readonly starts: true } | { readonly starts: false; readonly why: TrialFailure };
export type TrialFailure = 'sandbox' | 'library' | 'timeout' | 'other';

/** Starts the browser once, without a window, on an empty page and a folder of its own, and ends it. */
export async function tryBrowser(
  executable: string,
  { webjsSandbox }: Pick<Config, 'webjsSandbox'>,
): Promise<Trial> {
  const profile = await mkdtemp(join(tmpdir(), 'tandem-browser-'));
  try {
    return await start(executable, [
      '--headless',
      '--disable-gpu',
      '--no-first-run',
      ...(webjsSandbox ? [] : ['--no-sandbox']),
      `--user-data-dir=${profile}`,
      '--dump-dom',
      'about:blank',
    ]);
  } finally {
    removeBrowserSocket(profile);
    // Its last processes may still write while they end.
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function start(executable: string, args: readonly string[]): Promise<Trial> {
  return new Promise((resolve) => {
    const child = spawn(executable, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    let printed = '';
    const keep = (chunk: Buffer) => {
      printed = (printed + chunk.toString('utf8')).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      endGroup(child.pid);
    }, TRIAL_MS);
    child.once('error', () => {
      clearTimeout(timer);
      resolve({ starts: false, why: 'other' });
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      if (code === 0 && printed.includes('<html')) resolve({ starts: true });
      else resolve({ starts: false, why: late ? 'timeout' : causeOf(printed) });
    });
  });
}

function causeOf(printed: string): TrialFailure {
  if (/no-sandbox|sandbox helper|No usable sandbox/i.test(printed)) return 'sandbox';
  if (/error while loading shared libraries/i.test(printed)) return 'library';
  return 'other';
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
