import { access, constants, stat, statfs, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nowSeconds } from '#kernel/clock.ts';
import { isLoopback } from '#kernel/config.ts';
import { PRIVATE_FILE } from '#kernel/data-dir.ts';
import { dataDirError } from '#kernel/data-dir-error.ts';
import { residentBytesOf } from '#kernel/processes.ts';
import type { ServiceContext } from '../context.ts';
import { type Check, failed, passed } from './check.ts';

const NODE_MIN: readonly [number, number] = [22, 18];

export function checkRuntime(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  const finding = `Node.js ${process.versions.node} on ${process.platform} ${process.arch}.`;
  if (enough) return passed('runtime', finding);
  return failed('runtime', 'error', finding, `Use Node.js ${NODE_MIN.join('.')} or newer.`, 'NODE_TOO_OLD');
}

const OTHERS_BITS = 0o077;

/** Writable, and for its owner only: it holds the session keys. */
export async function checkDataDir({ dataDir }: ServiceContext): Promise<Check> {
  const trial = join(dataDir.root, `.write-check-${process.pid}`);
  try {
    await access(dataDir.root, constants.R_OK | constants.W_OK | constants.X_OK);
    await writeFile(trial, '', { mode: PRIVATE_FILE });
    await unlink(trial);
  } catch (cause) {
    const { code, details, hint } = dataDirError(cause);
    return failed(
      'data_dir',
      'error',
      `The data directory cannot be written (${String(details?.reason)}).`,
      hint,
      code,
    );
  }
  const { mode } = await stat(dataDir.root);
  if (process.platform !== 'win32' && (mode & OTHERS_BITS) !== 0) {
    return failed(
      'data_dir',
      'warning',
      'Other users of this machine can look into the data directory.',
      'Restart Tandem, which tightens it, or set its mode to 0700.',
    );
  }
  return passed('data_dir', 'Writable, private to its owner.');
}

/** Below this the history of an active account runs out of room within days. */
const DISK_WARNING_BYTES = 1_000_000_000;
const DISK_ERROR_BYTES = 100_000_000;

export async function checkDisk({ dataDir }: ServiceContext): Promise<Check> {
  const { bavail, bsize } = await statfs(dataDir.root);
  const free = bavail * bsize;
  const finding = `${Math.round(free / 1_000_000)} MB free.`;
  const remedy = 'Free some space on the disk of the data directory.';
  if (free < DISK_ERROR_BYTES) return failed('disk', 'error', finding, remedy, 'DB_DISK_FULL');
  return free < DISK_WARNING_BYTES ? failed('disk', 'warning', finding, remedy) : passed('disk', finding);
}

/** When these lines were written; a clock before that is wrong for certain. */
const EARLIEST_SECONDS = Date.UTC(2026, 0, 1) / 1_000;
const SKEW_MAX_SECONDS = 300;

/** WhatsApp's own times are in the store: a newest message from the future shows a clock that lags. */
export async function checkClock({ clock, history }: ServiceContext): Promise<Check> {
  const now = nowSeconds(clock);
  const remedy = 'Turn on time synchronisation; TLS and linking fail with a wrong clock.';
  if (now < EARLIEST_SECONDS) return failed('clock', 'error', 'The clock stands years back.', remedy);
  const { newestMessageAt } = await history.overview();
  if (newestMessageAt !== null && newestMessageAt - now > SKEW_MAX_SECONDS) {
    const finding = `The newest message is ${newestMessageAt - now} s ahead of this clock.`;
    return failed('clock', 'warning', finding, remedy);
  }
  return passed('clock', 'Plausible.');
}

export function checkListener({ config }: ServiceContext): Check {
  if (isLoopback(config.host)) return passed('listener', 'Only this machine can connect.');
  const guarded = config.token !== null;
  const finding = 'Other machines can connect.';
  if (!guarded) return failed('listener', 'error', finding, 'Set TANDEM_TOKEN.', 'INSECURE_LISTENER');
  return passed('listener', `${finding} An access token is required.`);
}

const MEMORY_WARNING_BYTES = 1_500_000_000;

/** This process, and where the platform shows it, each engine. */
export function checkMemory({ fleet }: ServiceContext): Check {
  const sizes: [string, number][] = [['service', process.memoryUsage.rss()]];
  for (const { engine, status } of fleet.engines()) {
    const bytes = status === null || status.pid === null ? null : residentBytesOf(status.pid);
    if (bytes !== null) sizes.push([engine, bytes]);
  }
  const finding = sizes.map(([name, bytes]) => `${name} ${Math.round(bytes / 1_000_000)} MB`).join(', ');
  const large = sizes.some(([, bytes]) => bytes > MEMORY_WARNING_BYTES);
  return large
    ? failed('memory', 'warning', finding, 'Restart the service; report it when it grows again.')
    : passed('memory', finding);
}
