import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { PRIVATE_FILE } from './data-dir.ts';

/** A folder among the temporary files that lives as long as this process wants it. */
export interface ScratchFolder {
  readonly dir: string;
  remove(): Promise<void>;
}

export interface LeftBehind {
  /** Something of a dead owner may still be at work in it: the folder stays for the next one. */
  readonly isUsed?: (dir: string) => boolean;
  /** Last look before the folder goes. */
  readonly onRemove?: (dir: string) => void;
}

const OWNER_FILE = 'scratch-owner.json';
const ownerSchema = z.object({
  pid: z.int().positive(),
  startTicks: z.string().nullable(),
  host: z.string(),
});

/**
 * Makes a folder `<prefix>XXXXXX`, and takes away those that killed processes of this machine left behind under the same
 * prefix. One without the note of an owner, or whose owner may live, is never touched.
 */
export async function openScratchFolder(prefix: string, left: LeftBehind = {}): Promise<ScratchFolder> {
  await removeLeftBehind(prefix, left);
  const dir = await mkdtemp(join(tmpdir(), prefix));
  const owner = { pid: process.pid, startTicks: startTicksOf(process.pid), host: hostname() };
  writeFileSync(join(dir, OWNER_FILE), JSON.stringify(owner), { mode: PRIVATE_FILE });
  return { dir, remove: () => rm(dir, { recursive: true, force: true, maxRetries: 3 }) };
}

async function removeLeftBehind(prefix: string, { isUsed, onRemove }: LeftBehind): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const dir = join(tmpdir(), name);
    if (!isOwnerGone(dir) || isUsed?.(dir) === true) continue;
    onRemove?.(dir);
    // That of another user stays; it is theirs to remove.
    await rm(dir, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isOwnerGone(dir: string): boolean {
  try {
    const owner = ownerSchema.parse(JSON.parse(readFileSync(join(dir, OWNER_FILE), 'utf8')));
    if (owner.host !== hostname()) return false;
    const ticks = startTicksOf(owner.pid);
    if (ticks !== null) return owner.startTicks !== null && owner.startTicks !== ticks;
    return !exists(owner.pid);
  } catch {
    return false;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Counted behind the name, which may hold blanks and brackets itself. */
const STATE_FIELD = 0;
const START_FIELD = 19;

/** Numbers of processes are used again; with its start one is named for ever. A zombie holds nothing any more. Null where there is no /proc. */
function startTicksOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[STATE_FIELD] === 'Z' ? 'zombie' : (fields[START_FIELD] ?? null);
  } catch {
    return null;
  }
}
