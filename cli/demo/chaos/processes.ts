import { readdirSync, readFileSync } from 'node:fs';

/** What /proc says of processes; on systems without it little is known, and what is not known is left alone. */

export function argumentsOf(pid: number): readonly string[] | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return null;
  }
}

/** The processes below a browser that show its pages. */
export function renderersOf(browser: number): readonly number[] {
  const parents = new Map(allProcesses().map((pid) => [pid, parentOf(pid)]));
  const isBelow = (pid: number): boolean => {
    for (let at = parents.get(pid) ?? null; at !== null && at > 1; at = parents.get(at) ?? null)
      if (at === browser) return true;
    return false;
  };
  return [...parents.keys()].filter(
    // Chromium writes the command line of a forked process anew, with blanks between the arguments.
    (pid) => isBelow(pid) && (argumentsOf(pid) ?? []).some((one) => one.includes('--type=renderer')),
  );
}

/** Processes whose command line names this folder: engines' browsers, with all their helpers. */
export function processesOn(folder: string): readonly number[] {
  return allProcesses().filter((pid) => (argumentsOf(pid) ?? []).some((one) => one.includes(folder)));
}

/** Where nobody collects orphans a dead one stays as a zombie. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const state = stateOf(pid);
  return state !== 'Z' && state !== 'X';
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

function parentOf(pid: number): number | null {
  const parent = fieldsOf(pid)?.[1];
  return parent === undefined ? null : Number(parent);
}

function stateOf(pid: number): string | null {
  return fieldsOf(pid)?.[0] ?? null;
}

/** Counted behind the name, which may hold blanks and brackets itself. */
function fieldsOf(pid: number): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
