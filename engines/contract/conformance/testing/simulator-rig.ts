import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import '#simulator/testing/quiet-console.ts';
import { shapeOf } from '#simulator/account/presets.ts';
import { clientEnvironment } from '#simulator/environment.ts';
import { createSimulator } from '#simulator/simulator.ts';
import type { EngineName } from '../../capability.ts';
import { createEngineClient, type EngineClient } from '../../client.ts';
import { ENGINE_SECRET_ENV, readSupervisedLine, SUPERVISED_FLAG } from '../../supervised.ts';
import type { Rig } from '../rig.ts';
import { accountOf } from './simulated-account.ts';

/** Long for a phone that answers at once, short for a suite that meets one that does not answer. */
const HISTORY_WAIT_MS = 4_000;

interface Running {
  readonly child: ChildProcess;
  readonly client: EngineClient;
}

/** The real engine as a process of its own, linked or to be linked to a simulated account. */
export async function createSimulatorRig(engine: EngineName): Promise<Rig> {
  const simulator = await createSimulator({ shape: shapeOf('tiny') });
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-conformance-'));
  const env = {
    ...process.env,
    ...clientEnvironment(simulator),
    TANDEM_DATA_DIR: dataDir,
    TANDEM_LOG_LEVEL: 'warn',
    TANDEM_HISTORY_WAIT_MS: String(HISTORY_WAIT_MS),
  };
  let running = await startEngine(engine, env);

  async function end(how: 'politely' | 'kill'): Promise<void> {
    const { child, client } = running;
    await client.close();
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    if (how === 'kill') child.kill('SIGKILL');
    else child.stdin?.end();
    await ended;
  }

  return {
    account: accountOf(simulator),
    client: () => running.client,
    restart: async (how) => {
      await end(how);
      running = await startEngine(engine, env);
    },
    close: async () => {
      await end('politely');
      await simulator.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function startEngine(engine: EngineName, env: NodeJS.ProcessEnv): Promise<Running> {
  const entry = fileURLToPath(new URL(`../../../${engine}/main.mjs`, import.meta.url));
  const secret = randomBytes(32).toString('hex');
  const child = spawn(process.execPath, [entry, '--port', '0', SUPERVISED_FLAG], {
    env: { ...env, [ENGINE_SECRET_ENV]: secret },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  for await (const text of createInterface({ input: child.stdout })) {
    const line = readSupervisedLine(text);
    if (line?.event === 'ready') {
      const baseUrl = `http://127.0.0.1:${line.port}`;
      return { child, client: createEngineClient({ name: engine, baseUrl, secret }) };
    }
  }
  return assert.fail(`the engine did not start:\n${log}`);
}
