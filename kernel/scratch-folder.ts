import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { PRIVATE_FILE } from './data-dir.ts';
import { isRunning, startTicksOf } from './processes.ts';

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
    if (ticks !== null && owner.startTicks !== null && owner.startTicks !== ticks) return true;
    return !isRunning(owner.pid);
  } catch {
    return false;
  }
}
