import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { puppeteerCacheDir } from '#kernel/browser-path.ts';
import { type Ran, run } from './run.ts';

/** Smaller than the whole browser, and needs no display and fewer libraries. */
const PRODUCT = 'chrome-headless-shell';

/** Some 100 MB on a slow line. */
const LIMIT_MS = 300_000;
/** Without a single new byte for so long the network is not there. */
const STUCK_MS = 20_000;
const MEASURE_EVERY_MS = 500;

export interface Download {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Bytes on disk so far. */
  readonly progress: (bytes: number) => void;
}

/**
 * Puppeteer's own download of the browser it is made for, into its usual cache. It goes to a folder beside it first: what
 * is cut short must never look like an installation.
 */
export async function downloadBrowser({ env, signal, progress }: Download): Promise<Ran> {
  const cache = puppeteerCacheDir(env);
  let staging: string;
  try {
    await mkdir(cache, { recursive: true });
    staging = await mkdtemp(join(cache, '.tandem-'));
  } catch (thrown) {
    return { reason: `the folder for it cannot be made (${(thrown as NodeJS.ErrnoException).code})` };
  }
  let bytes = 0;
  let grewAt = performance.now();
  const measure = setInterval(() => {
    sizeOf(staging).then(
      (size) => {
        if (size <= bytes) return;
        bytes = size;
        grewAt = performance.now();
        progress(bytes);
      },
      () => undefined,
    );
  }, MEASURE_EVERY_MS);
  try {
    const ran = await run({
      command: process.execPath,
      args: [puppeteerCli(), 'browsers', 'install', PRODUCT],
      env: { ...env, PUPPETEER_CACHE_DIR: staging, npm_config_update_notifier: 'false' },
      limitMs: LIMIT_MS,
      signal,
      stuck: () => performance.now() - grewAt > STUCK_MS,
    });
    if (ran.reason === null) await moveInto(join(staging, PRODUCT), join(cache, PRODUCT));
    return ran;
  } catch (thrown) {
    return { reason: (thrown as NodeJS.ErrnoException).code ?? 'it could not be put in place' };
  } finally {
    clearInterval(measure);
    await rm(staging, { recursive: true, force: true });
  }
}

/** Loaded by nobody here: puppeteer belongs into the process of the engine. */
function puppeteerCli(): string {
  const manifest = createRequire(import.meta.url).resolve('puppeteer/package.json');
  return join(dirname(manifest), 'lib', 'cjs', 'puppeteer', 'node', 'cli.js');
}

async function moveInto(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const place = join(to, entry.name);
    if (existsSync(place)) await rm(place, { recursive: true, force: true });
    await rename(join(from, entry.name), place);
  }
}

async function sizeOf(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    // Files come and go while it is unpacked.
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => null);
    sum += found?.size ?? 0;
  }
  return sum;
}
