import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StatusView, statusViewSchema } from '#console/view/status.ts';
import { LEAN_NODE_FLAGS } from '#kernel/node-flags.ts';
import { isRunning } from '#kernel/processes.ts';
import { readServiceFile } from '#kernel/service-file.ts';
import { until } from '#kernel/testing/until.ts';

const launcher = fileURLToPath(new URL('../../cli/tandem.mjs', import.meta.url));

/** A Tandem service in a process of its own, as `npm start` runs it. */
export interface Service {
  readonly pid: number;
  readonly url: string;
  status(): Promise<StatusView>;
  /** Every process that ran for it, as far as `status` has shown them. */
  pids(): readonly number[];
  /** Everything it printed so far, both streams. */
  output(): string;
  /** Ends it the polite way and waits; returns its exit code. */
  stop(): Promise<number | null>;
  /** `kill -9` of the service process alone. */
  kill(): Promise<void>;
  /** `kill -9` of an engine process alone, the first one by default; false when none runs. */
  killEngine(name?: string): Promise<boolean>;
  post(path: string, body: unknown): Promise<Response>;
}

export interface ServiceOptions {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts the service and waits until it answers. Throws with its output when it does not. */
export async function startService({ dataDir, env }: ServiceOptions): Promise<Service> {
  const child = spawn(process.execPath, [...LEAN_NODE_FLAGS, launcher, 'up'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TANDEM_PORT: '0', TANDEM_LOG_LEVEL: 'debug', ...env, TANDEM_DATA_DIR: dataDir },
  });
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += String(chunk)));
  child.stderr.on('data', (chunk) => (printed += String(chunk)));
  const pid = child.pid ?? 0;
  const url = await addressOf(child, join(dataDir, 'service.json'), () => printed);

  const pids = new Set([pid]);
  const status = async () => {
    const view = statusViewSchema.parse(await (await fetch(`${url}/api/status`)).json());
    for (const engine of view.engines) if (engine.pid) pids.add(engine.pid);
    return view;
  };

  return {
    pid,
    url,
    status,
    pids: () => [...pids],
    output: () => printed,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill('SIGTERM');
      await once(child, 'exit');
      return child.exitCode;
    },
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    killEngine: async (name) => {
      const { engines } = await status();
      const engine =
        (name === undefined ? engines[0] : engines.find((one) => one.engine === name))?.pid ?? null;
      if (engine === null || !isRunning(engine)) return false;
      process.kill(engine, 'SIGKILL');
      return true;
    },
    post: (path, body) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tandem-console': '1' },
        body: JSON.stringify(body),
      }),
  };
}

async function addressOf(child: ChildProcess, file: string, printed: () => string): Promise<string> {
  return until(async () => {
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}:\n${printed()}`);
    const entry = readServiceFile(file);
    if (entry === null || entry.pid !== child.pid) return null;
    const answer = await fetch(`${entry.url}/health`).catch(() => null);
    return answer?.ok ? entry.url : null;
  }, 'running service');
}
