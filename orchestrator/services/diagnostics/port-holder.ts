import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { argumentsOf, processIds } from '#kernel/processes.ts';

export interface PortHolder {
  readonly pid: number;
  readonly program: string;
}

const LISTEN = '0A';
/** What `tandem` runs, whichever way it was started. */
const LAUNCHER = 'tandem.mjs';

/**
 * Which process listens on a TCP port, as far as this user may see it. Reads /proc, so it answers on Linux only;
 * null elsewhere, and for processes of other users.
 */
export function findPortHolder(port: number): PortHolder | null {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return null;
  for (const pid of processIds()) {
    if (socketInodes(pid).some((inode) => inodes.has(inode))) return { pid, program: programOf(pid) };
  }
  return null;
}

/** Ports on which a process listens, ascending; empty where /proc does not tell. */
export function portsOfProcess(pid: number): readonly number[] {
  const own = new Set(socketInodes(pid));
  const ports = listeners().flatMap(({ port, inode }) => (own.has(inode) ? [port] : []));
  return [...new Set(ports)].sort((a, b) => a - b);
}

function listeningInodes(port: number): ReadonlySet<string> {
  return new Set(listeners().flatMap((one) => (one.port === port ? [one.inode] : [])));
}

function listeners(): readonly { readonly port: number; readonly inode: string }[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    readLines(table)
      .slice(1)
      .flatMap((line) => {
        const fields = line.trim().split(/\s+/);
        const [, local = '', , state = ''] = fields;
        if (state !== LISTEN) return [];
        return [{ port: Number.parseInt(local.split(':').at(-1) ?? '', 16), inode: fields[9] ?? '' }];
      }),
  );
}

function socketInodes(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return attempt(() => readdirSync(folder), []).flatMap((fd) => {
    const target = attempt(() => readlinkSync(`${folder}/${fd}`), '');
    return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
  });
}

/** The program, and the script where it is an interpreter; further arguments may hold secrets. */
function programOf(pid: number): string {
  const [program = '', ...rest] = argumentsOf(pid);
  const script = basename(rest.find((part) => !part.startsWith('-')) ?? '');
  if (script === LAUNCHER) return 'another Tandem';
  const name = basename(program);
  return /\.[cm]?[jt]s$/.test(script) ? `${name} ${script}` : name || 'a program';
}

function readLines(file: string): string[] {
  return attempt(() => readFileSync(file, 'utf8').split('\n'), []);
}

/** Processes come and go while one looks; what cannot be read is not there. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
