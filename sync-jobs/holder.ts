import type { IdSource } from '#kernel/ids.ts';
import { isRunning, startTicksOf } from '#kernel/processes.ts';

const RANDOM_BYTES = 4;

/** Names one life of one process: numbers of processes are used again, with the start it is unique on this machine. */
export function createHolder(ids: IdSource): string {
  return `${process.pid}:${startTicksOf(process.pid) ?? ''}:${ids.hex(RANDOM_BYTES)}`;
}

/**
 * Whether the life that a lease names is certainly over. One of this process with other random digits is: there is one worker a
 * process. Where there is no /proc an unknown start counts as alive, and the lease runs out by itself.
 */
export function isHolderGone(holder: string, own: string): boolean {
  if (holder === own) return false;
  const [pid = '', ticks = ''] = holder.split(':');
  if (pid === String(process.pid) && ticks === (startTicksOf(process.pid) ?? '')) return true;
  if (!isRunning(Number(pid))) return true;
  const now = startTicksOf(Number(pid));
  return ticks !== '' && now !== null && now !== ticks;
}
