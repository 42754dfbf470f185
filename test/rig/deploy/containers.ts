import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { ComposeService } from './compose-file.ts';
import type { Image } from './dockerfile.ts';

/** A service of the compose file as a process: its image's command and environment, its own /data and /tmp, on loopback. */
export interface Container {
  readonly port: number;
  start(): void;
  /** Null while it does not run. */
  pid(): number | null;
  /** Starts that nobody asked for: what `restart: unless-stopped` does. */
  restarts(): number;
  /** What the health check of the compose file says now. */
  isHealthy(): Promise<boolean>;
  /** `docker exec`: another command with the container's environment. */
  exec(command: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }>;
  kill(): Promise<void>;
  /** `docker stop`; the exit code. */
  stop(): Promise<number | null>;
  output(): string;
}

export interface ContainerOptions {
  readonly service: ComposeService;
  readonly image: Image;
  /** Working directory of the image. */
  readonly tree: string;
  /** Holds /data and /tmp of this container. */
  readonly folder: string;
  readonly port: number;
  /** What stands for names and paths of the compose file: [text, replacement]. */
  readonly places: readonly (readonly [string, string])[];
  /** On top, for the simulated account. */
  readonly env: Readonly<Record<string, string>>;
}

/** More of them are a fault, which the test should see. */
const RESTARTS_MAX = 5;

export function createContainer(options: ContainerOptions): Container {
  const { service, image, tree, folder, port, places } = options;
  const [data, tmp] = ['data', 'tmp'].map((name) => join(folder, name)) as [string, string];
  for (const path of [data, tmp]) mkdirSync(path, { recursive: true });
  // In one pass: what stands for one thing may hold the name of another.
  const stands = new Map<string, string>([...places, ['/data', data], ['/tmp', tmp]]);
  const names = new RegExp([...stands.keys()].map((name) => name.replace(/[./]/g, '\\$&')).join('|'), 'g');
  const here = (text: string) => text.replace(names, (name) => stands.get(name) ?? name);
  const environment = Object.fromEntries(
    Object.entries({ ...image.env, ...service.environment }).map(([name, value]) => [name, here(value)]),
  );
  let child: ChildProcess | null = null;
  let ended: Promise<number | null> = Promise.resolve(null);
  let wanted = false;
  let restarts = 0;
  let output = '';

  const launch = (command: readonly string[], onOutput: (text: string) => void) => {
    const [program = '', ...args] = command.map(here);
    const started = spawn(program === 'node' ? process.execPath : program, args, {
      cwd: tree,
      env: { PATH: process.env.PATH ?? '', TMPDIR: tmp, ...environment, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk) => onOutput(String(chunk)));
    return started;
  };
  const exec = async (command: readonly string[]) => {
    let printed = '';
    const started = launch(command, (text) => (printed += text));
    const [code] = (await once(started, 'close')) as [number | null];
    return { code, output: printed };
  };
  const run = () => {
    const started = launch(image.command, (text) => (output += text));
    child = started;
    ended = once(started, 'close').then(([code]) => {
      child = null;
      if (wanted && restarts < RESTARTS_MAX) {
        restarts += 1;
        run();
      }
      return code as number | null;
    });
  };
  const end = async (signal: NodeJS.Signals) => {
    wanted = false;
    child?.kill(signal);
    return ended;
  };

  return {
    port,
    start: () => {
      wanted = true;
      run();
    },
    pid: () => child?.pid ?? null,
    restarts: () => restarts,
    isHealthy: async () => (await exec(service.healthcheck.test.slice(1))).code === 0,
    exec,
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    output: () => output,
  };
}

/** Ports that were free a moment ago. */
export async function freePorts<const N extends string>(names: readonly N[]): Promise<Record<N, number>> {
  const servers = names.map(() => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Record<N, number>;
}
