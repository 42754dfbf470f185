import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What /proc says of processes. Everything is null or empty where there is no /proc, and for those that are gone. */

/** Clock ticks between the start of the machine and that of the process: with the pid it names one process for ever. */
export function startTicksOf(pid: number): string | null {
  return fieldsOf(pid)?.[START_FIELD] ?? null;
}

/** True for a zombie too: its parent still has to take it away, and it holds nothing any more. */
export function isGone(pid: number): boolean {
  const state = fieldsOf(pid)?.[STATE_FIELD];
  return state === undefined || state === 'Z' || state === 'X';
}

export function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

/** Children, their children and so on, without `pid` itself. */
export function descendantsOf(pid: number): readonly number[] {
  const parents = allProcesses().map((one) => [one, Number(fieldsOf(one)?.[PARENT_FIELD])] as const);
  const found = new Set([pid]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [child, parent] of parents) {
      if (found.has(child) || !found.has(parent)) continue;
      found.add(child);
      grown = true;
    }
  }
  found.delete(pid);
  return [...found];
}

/** Processes with exactly this argument in their command line. */
export function processesWith(argument: string): readonly number[] {
  return allProcesses().filter((pid) => argumentsOf(pid).includes(argument));
}

/** Where a symbolic link points to, even to nowhere; null when it is none. */
export function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was faster.
  }
}

// Counted behind the name, which may hold blanks and brackets itself.
const STATE_FIELD = 0;
const PARENT_FIELD = 1;
const START_FIELD = 19;

function fieldsOf(pid: number): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function allProcesses(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
