import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';

const START_TRIES = 100;
const START_PAUSE_MS = 100;

export interface PrivateRedis {
  readonly url: string;
  readonly port: number;
  /** As a crash would: nothing is said to anybody. */
  kill(): Promise<void>;
  /** On the same port, with what it wrote to disk. */
  start(): Promise<void>;
  /** Runs one command on a connection of its own. */
  command(name: string, ...values: string[]): Promise<unknown>;
  stop(): Promise<void>;
}

export interface PrivateRedisOptions {
  /** Writes every change to disk before it answers; otherwise nothing outlives it. */
  readonly durable?: boolean;
  readonly password?: string;
  readonly settings?: readonly string[];
}

/** A redis-server for one test, on loopback, in a folder of its own. Fails where there is no redis-server. */
export async function startRedis(options: PrivateRedisOptions = {}): Promise<PrivateRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'tandem-redis-'));
  const port = await freePort();
  const { password } = options;
  const url = `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`;
  const args = [
    ...['--bind', '127.0.0.1', '--port', String(port), '--dir', dir, '--save', ''],
    ...(options.durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']),
    ...(password === undefined ? [] : ['--requirepass', password]),
    ...(options.settings ?? []),
  ];
  let server: ChildProcess | null = null;

  async function start(): Promise<void> {
    const child = spawn('redis-server', args, { stdio: 'ignore' });
    await once(child, 'spawn');
    server = child;
    await command('PING');
  }

  async function kill(): Promise<void> {
    const child = server;
    server = null;
    if (child === null || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async function command(name: string, ...values: string[]): Promise<unknown> {
    for (let left = START_TRIES; ; left--) {
      const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
      client.on('error', () => undefined);
      try {
        return await client.call(name, ...values);
      } catch (error) {
        if (left === 0) throw error;
        await pause(START_PAUSE_MS);
      } finally {
        client.disconnect();
      }
    }
  }

  await start();
  return {
    url,
    port,
    kill,
    start,
    command,
    async stop() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
