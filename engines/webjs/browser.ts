import { execFile } from 'node:child_process';
import { readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'puppeteer';
import { z } from 'zod';
import { removeBrowserSocket } from '#kernel/browser-socket.ts';
import type { Config } from '#kernel/config.ts';
import { PRIVATE_FILE } from '#kernel/data-dir.ts';
import { argumentsOf, descendantsOf, isRunning, startTicksOf } from '#kernel/processes.ts';

/** The folder that LocalAuth makes below its data path when it has no client id. */
export function profileDir(engineDir: string): string {
  return join(engineDir, 'session');
}

const NOT_FOR_THE_BROWSER = /^(TANDEM_|NODE_|npm_)/;
/** Longer than any call of ours, which have their own deadlines: it only clears up behind them. */
const PROTOCOL_TIMEOUT_MS = 90_000;
const LAUNCH_TIMEOUT_MS = 30_000;

/** What puppeteer gets. Arguments of the settings come last, because the browser takes the last of its kind. */
export function launchOptions(
  config: Pick<Config, 'webjsArgs' | 'webjsHeadless' | 'webjsSandbox'>,
  executable: string,
  userAgent: string | null,
  signal: AbortSignal,
) {
  const own = [
    '--no-default-browser-check',
    ...(config.webjsSandbox ? [] : ['--no-sandbox', '--disable-setuid-sandbox']),
    // As an argument it holds for workers too, and keeps the brands that go with it.
    ...(userAgent === null ? [] : [`--user-agent=${userAgent}`]),
  ];
  return {
    // The browser ends by itself with the other end of the pipe, however that ended.
    pipe: true,
    executablePath: executable,
    headless: { on: true, shell: 'shell', off: false }[config.webjsHeadless] as boolean | 'shell',
    args: [...own, ...config.webjsArgs],
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_FOR_THE_BROWSER.test(name))),
    defaultViewport: null,
    protocolTimeout: PROTOCOL_TIMEOUT_MS,
    timeout: LAUNCH_TIMEOUT_MS,
    // The engine closes it in its own order.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    signal,
  };
}

const VERSION_ANSWER_MS = 3_000;

const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'X11; Linux x86_64',
  darwin: 'Macintosh; Intel Mac OS X 10_15_7',
};

/**
 * The user agent that this browser has with a window. Null where it cannot be known before the start, as on Windows,
 * whose browsers open a window when asked for their version.
 */
export async function ownUserAgent(executable: string, platform = process.platform): Promise<string | null> {
  const system = PLATFORMS[platform];
  if (system === undefined) return null;
  const printed = await new Promise<string>((resolve) => {
    execFile(executable, ['--version'], { timeout: VERSION_ANSWER_MS }, (_error, stdout) => resolve(stdout));
  });
  const major = /\b(\d+)\.\d+\.\d+\.\d+\b/.exec(printed)?.[1];
  if (major === undefined) return null;
  return `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`;
}

const recordSchema = z.strictObject({
  pid: z.int().positive(),
  startTicks: z.string().nullable(),
  host: z.string(),
});
type BrowserRecord = z.infer<typeof recordSchema>;

function recordFile(engineDir: string): string {
  return join(engineDir, 'browser.json');
}

/** Notes which process it is, so that a later engine can end what this one leaves behind. */
export function noteBrowser(engineDir: string, pid: number): void {
  const record: BrowserRecord = { pid, startTicks: startTicksOf(pid), host: hostname() };
  const file = recordFile(engineDir);
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: PRIVATE_FILE });
  renameSync(`${file}.new`, file);
}

function readRecord(engineDir: string): BrowserRecord | null {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(recordFile(engineDir), 'utf8')));
  } catch {
    return null;
  }
}

/** How long killed processes may take to be gone. */
const KILLED_MS = 3_000;
const LOOK_MS = 20;

export interface Swept {
  /** Processes of an earlier engine that were still there. */
  readonly ended: number;
  /** Another browser has the profile, or may have it. */
  readonly locked: boolean;
}

/**
 * Before a start, under the lease of the folder: ends the browser that an earlier engine has left running, and takes
 * away the lock of one that is provably dead.
 */
export async function sweep(engineDir: string): Promise<Swept> {
  const record = readRecord(engineDir);
  const ended = record === null ? [] : await endRecorded(record, profileDir(engineDir));
  rmSync(recordFile(engineDir), { force: true });
  return { ended: ended.length, locked: !removeDeadLock(profileDir(engineDir), record) };
}

async function endRecorded(record: BrowserRecord, profile: string): Promise<readonly number[]> {
  const { pid, startTicks, host } = record;
  // The pid alone proves nothing: numbers are used again.
  if (host !== hostname() || startTicks === null || startTicksOf(pid) !== startTicks) return [];
  if (!usesProfile(pid, profile)) return [];
  const all = [pid, ...descendantsOf(pid)];
  for (const one of all) killQuietly(one);
  await untilGone(all);
  return all;
}

function usesProfile(pid: number, profile: string): boolean {
  return argumentsOf(pid).includes(`--user-data-dir=${profile}`);
}

const LOCK_FILES = ['SingletonLock', 'SingletonSocket', 'SingletonCookie'];

/** False when there is a lock that had to stay. */
function removeDeadLock(profile: string, record: BrowserRecord | null): boolean {
  const owner = linkTarget(join(profile, 'SingletonLock'));
  // Without /proc nothing can be proved; the browser itself looks after locks of its own machine.
  if (owner === null || startTicksOf(process.pid) === null) return true;
  const at = owner.lastIndexOf('-');
  const host = owner.slice(0, at);
  const pid = Number(owner.slice(at + 1));
  const dead =
    host === hostname()
      ? !isRunning(pid) || (argumentsOf(pid).length > 0 && !usesProfile(pid, profile))
      : // Of another machine or container: one that we started there ended with its engine, whose lease is ours now.
        record !== null && owner === `${record.host}-${record.pid}`;
  if (!dead) return false;
  removeBrowserSocket(profile);
  for (const name of LOCK_FILES) rmSync(join(profile, name), { force: true });
  return true;
}

/** Where a symbolic link points to, even to nowhere; null when it is none. */
export function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was faster.
  }
}

async function untilGone(pids: readonly number[]): Promise<boolean> {
  for (let waited = 0; waited < KILLED_MS; waited += LOOK_MS) {
    if (!pids.some(isRunning)) return true;
    await delay(LOOK_MS);
  }
  return false;
}

/**
 * Ends a browser and everything that it started. It gets `graceMs` to write its profile to disk, then it is killed.
 * Resolves when no process of it is left, nor the folder of its socket.
 */
export async function closeBrowser(browser: Browser, graceMs: number, profile: string): Promise<void> {
  const child = browser.process();
  const pid = child?.pid;
  const all = pid === undefined ? [] : [pid, ...descendantsOf(pid)];
  const ticks = new Map(all.map((one) => [one, startTicksOf(one)]));
  const closed = browser.close().catch(() => undefined);
  await Promise.race([closed, delay(graceMs, undefined, { ref: false })]);
  if (pid === undefined) return;
  if (child !== null && child !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
  }
  const left = [...ticks].filter(([one, started]) => isRunning(one) && startTicksOf(one) === started);
  for (const [one] of left) killQuietly(one);
  const gone = await untilGone(left.map(([one]) => one));
  if (gone && linkTarget(join(profile, 'SingletonLock')) === `${hostname()}-${pid}`)
    removeBrowserSocket(profile);
}
