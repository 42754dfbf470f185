import { readdirSync, readFileSync } from 'node:fs';

interface Seen {
  readonly pid: number;
  readonly parent: number;
}

/** Every process below this one, whatever it is called. Linux only; elsewhere nothing is found. */
export function descendants(root: number): readonly number[] {
  const all = everyProcess();
  const found: number[] = [];
  for (let at = -1; at < found.length; at += 1) {
    const parent = at < 0 ? root : found[at];
    found.push(...all.flatMap((one) => (one.parent === parent ? [one.pid] : [])));
  }
  return found;
}

/** Processes whose command line holds this text: where a folder is unique, those that work on it. */
export function processesWith(text: string): readonly number[] {
  return everyProcess().flatMap(({ pid }) => (read(`/proc/${pid}/cmdline`).includes(text) ? [pid] : []));
}

/** Resident memory in bytes; 0 when there is no such process. */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`)) ?? [];
  return Number(kilobytes ?? 0) * 1_024;
}

/** Memory in bytes with shared pages counted by share, which is what a whole tree of processes costs. */
export function proportionalBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`)) ?? [];
    return sum + Number(kilobytes ?? 0) * 1_024;
  }, 0);
}

function everyProcess(): readonly Seen[] {
  let names: readonly string[] = [];
  try {
    names = readdirSync('/proc');
  } catch {
    // Not Linux.
  }
  return names.flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    // A name may hold spaces and brackets: what counts stands behind the last one.
    const stat = read(`/proc/${name}/stat`);
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return parent === undefined || state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent) }];
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
