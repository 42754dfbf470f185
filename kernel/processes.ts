import { readdirSync, readFileSync } from 'node:fs';

/** What /proc says of processes. Null or empty where there is no /proc, and for those that are gone. */

/** Clock ticks between the start of the machine and that of the process: numbers are used again, with its start one is named for ever. */
export function startTicksOf(pid: number): string | null {
  return fieldsOf(pid)[START_FIELD] ?? null;
}

/** False for a zombie: its parent still has to take it away, and it holds nothing any more. Known without /proc too, but for zombies. */
export function isRunning(pid: number): boolean {
  // Zero and less name groups of processes.
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return !isDead(fieldsOf(pid));
}

/** The program and what it was given. Chromium writes that of its forked processes anew: one text with blanks between. */
export function argumentsOf(pid: number): readonly string[] {
  return read(`/proc/${pid}/cmdline`).split('\0').slice(0, -1);
}

/** Children, their children and so on, without `pid` itself and without zombies. */
export function descendantsOf(pid: number): readonly number[] {
  const all = processIds().flatMap((one) => {
    const fields = fieldsOf(one);
    return isDead(fields) ? [] : [{ pid: one, parent: Number(fields[PARENT_FIELD]) }];
  });
  // Grows while it is walked through.
  const found = new Set([pid]);
  for (const parent of found) for (const one of all) if (one.parent === parent) found.add(one.pid);
  found.delete(pid);
  return [...found];
}

/** Processes with this text in their command line: where a folder is unique, those that work on it. */
export function processesNaming(text: string): readonly number[] {
  return processIds().filter((pid) => argumentsOf(pid).some((one) => one.includes(text)));
}

/** Resident memory in bytes. */
export function residentBytesOf(pid: number): number | null {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * BYTES_PER_KB;
}

export function processIds(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

const BYTES_PER_KB = 1_024;
// Counted behind the name, which may hold blanks and brackets itself.
const STATE_FIELD = 0;
const PARENT_FIELD = 1;
const START_FIELD = 19;

/** Empty when there is no such process. */
function fieldsOf(pid: number): readonly string[] {
  const text = read(`/proc/${pid}/stat`);
  return text === '' ? [] : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function isDead(fields: readonly string[]): boolean {
  const state = fields[STATE_FIELD];
  return state === 'Z' || state === 'X';
}

/** Processes come and go while one looks. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
