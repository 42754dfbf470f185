import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { clientEnvironment } from '#simulator/environment.ts';
import type { Simulator } from '#simulator/simulator.ts';
import type { EngineName } from '../../capability.ts';
import { createEngineClient, type EngineClient } from '../../client.ts';
import {
  ENGINE_SECRET_ENV,
  readSupervisedLine,
  SUPERVISED_FLAG,
  type SupervisedLine,
} from '../../supervised.ts';

/** With a browser behind it, on a busy machine. */
const START_MS = 30_000;

/** The engine as the service runs it: its own process, spoken to over HTTP. */
export interface EngineProcess {
  readonly client: EngineClient;
  readonly pid: number;
  /** Everything it wrote to stderr. */
  log(): string;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
  /** Closes its stdin, as a dying parent does. */
  abandon(): Promise<number | null>;
}

export interface StartOptions {
  readonly engine: EngineName;
  readonly simulator: Simulator;
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the engine; rejects with its line when it does not come up. */
export async function startEngine(options: StartOptions): Promise<EngineProcess> {
  const secret = randomBytes(32).toString('hex');
  const { child, log } = launch(options, secret);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const line = await firstLine(child);
  if (line?.event !== 'ready') throw new Error(`not started: ${JSON.stringify(line)} ${log()}`);
  const baseUrl = `http://127.0.0.1:${line.port}`;
  const client = createEngineClient({ name: options.engine, baseUrl, secret });
  const end = async (act: () => void) => {
    act();
    const code = await ended;
    await client.close();
    return code;
  };
  return {
    client,
    pid: line.pid,
    log,
    kill: (signal) => end(() => child.kill(signal)),
    abandon: () => end(() => child.stdin?.end()),
  };
}

/** What the engine says when it cannot start. */
export async function failToStart(options: StartOptions): Promise<SupervisedLine | null> {
  const { child } = launch(options, options.env?.[ENGINE_SECRET_ENV] ?? randomBytes(32).toString('hex'));
  const line = await firstLine(child);
  child.kill('SIGKILL');
  return line;
}

function launch({ engine, simulator, dataDir, env }: StartOptions, secret: string) {
  const main = fileURLToPath(new URL(`../../../${engine}/main.mjs`, import.meta.url));
  const child = spawn(process.execPath, [main, '--data-dir', dataDir, '--port', '0', SUPERVISED_FLAG], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      TANDEM_LOG_LEVEL: 'debug',
      ...clientEnvironment(simulator),
      [ENGINE_SECRET_ENV]: secret,
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { child, log: () => text };
}

function firstLine(child: ChildProcess): Promise<SupervisedLine | null> {
  return new Promise((resolve) => {
    if (child.stdout === null) return resolve(null);
    const late = setTimeout(() => resolve(null), START_MS);
    const lines = createInterface({ input: child.stdout });
    lines.once('line', (text) => {
      clearTimeout(late);
      resolve(readSupervisedLine(text));
    });
    child.once('exit', () => setTimeout(() => resolve(null), 200));
  });
}
