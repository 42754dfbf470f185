import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { dataDirError } from './data-dir-error.ts';
import { TandemError } from './errors.ts';

/** The folders and files of one account. */
export interface DataDir {
  readonly root: string;
  /** The canonical history. */
  readonly historyFile: string;
  /** Session, outbox and lease of one engine; kept apart so that a damaged history never costs the link. */
  engineDir(engine: string): string;
  /** What a running service tells other processes on this machine: pid, address, secret. */
  readonly serviceFile: string;
  readonly backupDir: string;
}

const PRIVATE_DIR = 0o700;
const OPEN_TO_OTHERS = 0o077;
const LOCK_NAME = 'owner.lock';
export const PRIVATE_FILE = 0o600;

/**
 * For processes that write into a data directory, before the first file: libraries, SQLite and browsers create files of their
 * own there, open to everybody unless the process says otherwise.
 */
export function keepFilesPrivate(): void {
  process.umask(OPEN_TO_OTHERS);
}

/** Where everything stands, whether or not it is there. */
export function dataDirAt(root: string): DataDir {
  return {
    root,
    historyFile: join(root, 'history.db'),
    engineDir: (engine) => join(root, 'engines', engine),
    serviceFile: join(root, 'service.json'),
    backupDir: join(root, 'backups'),
  };
}

/** Creates the layout with private permissions. Throws DATA_DIR_UNUSABLE, DB_DISK_FULL. */
export function openDataDir(root: string): DataDir {
  makePrivateDir(root);
  return dataDirAt(root);
}

/**
 * Creates a folder that only its owner can enter, or tightens an existing one that is empty or ours already. A folder
 * that others use is left as it is. Throws DATA_DIR_UNUSABLE, DB_DISK_FULL.
 */
export function makePrivateDir(path: string): void {
  try {
    makeFolders(path);
    if ((statSync(path).mode & OPEN_TO_OTHERS) !== 0) {
      if (!isEmptyOrOurs(path)) {
        throw new TandemError('DATA_DIR_UNUSABLE', {
          message: 'The data directory is a folder that other programs use too.',
          hint: 'Choose a folder of its own; Tandem makes it readable for its owner only.',
          details: { reason: 'shared-folder' },
        });
      }
      chmodSync(path, PRIVATE_DIR);
    }
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw dataDirError(cause);
  }
}

/** Step by step, because Node's own recursive call never returns where folders cannot be made (below /proc). */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolders(parent);
  mkdirSync(path, { mode: PRIVATE_DIR });
}

function isEmptyOrOurs(path: string): boolean {
  const entries = readdirSync(path);
  return entries.length === 0 || entries.includes(LOCK_NAME);
}

export interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

/**
 * Holds a folder for this process until `release()` or the end of the process, however it ends.
 *
 * The lock itself is an operating-system lock on `owner.lock` (taken through SQLite, which has it on
 * every platform), so a killed owner leaves nothing stale behind; `owner.json` beside it only says who
 * it is. Throws INSTANCE_ALREADY_RUNNING naming the owner's pid and start time, DATA_DIR_UNUSABLE, DB_DISK_FULL.
 */
export function acquireOwnership(folder: string): { release(): void } {
  makePrivateDir(folder);
  const lockFile = join(folder, LOCK_NAME);
  const ownerFile = join(folder, 'owner.json');
  let lock: Database.Database | null = null;
  try {
    lock = new Database(lockFile, { timeout: 0 });
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
    chmodSync(lockFile, PRIVATE_FILE);
    const owner: Owner = { pid: process.pid, startedAt: new Date().toISOString() };
    writeFileSync(ownerFile, JSON.stringify(owner), { mode: PRIVATE_FILE });
  } catch (cause) {
    lock?.close();
    const code = (cause as { code?: string }).code ?? '';
    if (!code.startsWith('SQLITE_BUSY')) throw dataDirError(cause);
    throw new TandemError('INSTANCE_ALREADY_RUNNING', { details: { owner: readOwner(ownerFile) } });
  }
  const held = lock;
  return {
    release: () => {
      if (!held.open) return;
      rmSync(ownerFile, { force: true });
      held.close();
    },
  };
}

function readOwner(file: string): Owner | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return null;
  }
}
