import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makePrivateDir } from '#kernel/data-dir.ts';

/** A file that is complete and waits for its place; while it is made it has another name. */
const COMPLETE = '.repaired';
const UNDER_WORK = '.salvage';
const PARTS = ['', '-wal', '-shm', '-journal'] as const;

/** An empty place for the file to be made. What a killed run left there is removed. */
export function placeForSalvage(file: string): string {
  discardSalvage(file);
  return file + UNDER_WORK;
}

export function discardSalvage(file: string): void {
  for (const part of PARTS) rmSync(file + UNDER_WORK + part, { force: true });
}

/** Puts the new file in the place of the damaged one, which goes to `backups/`. Returns where it is. */
export function installSalvage(file: string): string {
  sync(file + UNDER_WORK);
  renameSync(file + UNDER_WORK, file + COMPLETE);
  sync(dirname(file));
  return finishInstall(file) ?? '';
}

/**
 * Every step can be repeated, so a kill is mended by the next one who opens the history. The damaged file is linked into its
 * backup first; its log must be gone before the new file stands beside it, because it would be read as the log of that one.
 * Null = there was nothing to finish.
 */
export function finishInstall(file: string): string | null {
  if (!existsSync(file + COMPLETE)) return null;
  const folder = join(dirname(file), 'backups');
  makePrivateDir(folder);
  const stamp = statSync(file + COMPLETE)
    .mtime.toISOString()
    .slice(0, 19)
    .replace(/[-:]/g, '');
  const backup = join(folder, `${basename(file, '.db')}-damaged-${stamp}.db`);
  for (const part of ['', '-wal'] as const) keep(file + part, backup + part);
  sync(folder);
  for (const part of ['-wal', '-shm', '-journal'] as const) rmSync(file + part, { force: true });
  renameSync(file + COMPLETE, file);
  sync(dirname(file));
  return backup;
}

function keep(from: string, to: string): void {
  if (!existsSync(from) || existsSync(to)) return;
  try {
    linkSync(from, to);
  } catch {
    // File systems without links. A copy that is cut short must not be taken for the whole.
    copyFileSync(from, `${to}.part`);
    renameSync(`${to}.part`, to);
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } catch {
    // Some systems cannot sync a folder.
  } finally {
    closeSync(descriptor);
  }
}
