import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observation, ObservationOf } from '#engines/contract/observation.ts';
import type { EngineStatus } from '#engines/contract/state.ts';
import { loadConfig } from '#kernel/config.ts';
import { createLogger } from '#kernel/logger.ts';
import type { AccountShape } from '#simulator/account/model.ts';
import { shapeOf } from '#simulator/account/presets.ts';
import { createFixedWorld } from '#simulator/account/world.ts';
import { clientEnvironment } from '#simulator/environment.ts';
import { createSimulator, type Simulator } from '#simulator/simulator.ts';
import { createWebjsEngine, type WebjsEngine } from '../engine.ts';
import { argumentsOf, processesWith } from '../processes.ts';
import { quietConsole } from '../quiet-console.ts';

/** Many browsers at once on a small machine take their time. */
const WAIT_MS = 30_000;

/** A simulated account and the real engine beside it in one process, with a real browser. */
export interface Bench {
  readonly simulator: Simulator;
  readonly engine: WebjsEngine;
  readonly engineDir: string;
  /** All that is in the outbox; nothing is pruned. */
  observations(): readonly Observation[];
  of<K extends Observation['kind']>(kind: K): readonly ObservationOf<K>[];
  /** Looks again every few milliseconds until there is something; rejects after the timeout. */
  until<T>(look: () => T | null | undefined | false, what: string, timeoutMs?: number): Promise<T>;
  level(...levels: readonly EngineStatus['level'][]): Promise<EngineStatus>;
  /** Levels and reasons since the start, as `ready/none`. */
  history(): readonly string[];
  linkByQr(): Promise<void>;
  /** Linked, and what the page held is in the outbox. */
  synced(): Promise<void>;
  browserPid(): number;
  /** Processes of browsers on this profile. */
  browsers(): readonly number[];
  /** Another engine on the same folder, after `engine.close()`. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Chromium does not start as root with its sandbox. */
export const testEnvironment = {
  TANDEM_WEBJS_SANDBOX: 'off',
  TANDEM_WEBJS_HEARTBEAT_MS: '250',
  TANDEM_WEBJS_CALL_TIMEOUT_MS: '4000',
} as const;

export interface BenchOptions {
  readonly shape?: Partial<AccountShape>;
  readonly env?: Readonly<Record<string, string>>;
  readonly linkTimeoutSeconds?: number;
  /** False: the caller prepares the folder and starts it. */
  readonly start?: boolean;
}

export async function createBench(options: BenchOptions = {}): Promise<Bench> {
  const quiet = quietConsole();
  const shape = shapeOf('tiny', options.shape ?? {});
  const simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
  const dir = await mkdtemp(join(tmpdir(), 'tandem-webjs-'));
  const engineDir = join(dir, 'engines', 'webjs');
  const config = loadConfig({ ...clientEnvironment(simulator), ...testEnvironment, ...options.env });
  const levels: string[] = [];
  const build = () => {
    const built = createWebjsEngine({
      engineDir,
      config: { ...config, linkTimeoutSeconds: options.linkTimeoutSeconds ?? 60 },
      logger: createLogger({ level: process.env.ENGINE_TEST_LOG ?? 'silent', program: 'webjs' }),
      // Pauses before another try are as short as they get.
      random: () => 0,
    });
    built.onStatus(({ level, reason }) => {
      if (levels.at(-1) !== `${level}/${reason}`) levels.push(`${level}/${reason}`);
    });
    return built;
  };
  let engine = build();
  // What the library leaves behind must not end the test run, as it must not end the engine.
  const onLeak = (error: unknown) => {
    if (!engine.leaked(error)) throw error;
  };
  process.on('unhandledRejection', onLeak);
  let readTo = 0;
  const seen: Observation[] = [];
  const observations = () => {
    for (;;) {
      const entries = engine.outbox.read(readTo, 5_000);
      const last = entries.at(-1);
      if (last === undefined) return seen;
      for (const { json } of entries) seen.push(...(JSON.parse(json) as Observation[]));
      readTo = last.seq;
    }
  };
  const until: Bench['until'] = async (look, what, timeoutMs = WAIT_MS) => {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = look();
      if (found !== null && found !== undefined && found !== false) return found;
      if (Date.now() > deadline) throw new Error(`no ${what} within ${timeoutMs} ms; ${levels.join(' ')}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const bench: Bench = {
    simulator,
    get engine() {
      return engine;
    },
    engineDir,
    observations,
    of: (kind) => observations().filter((one) => one.kind === kind) as never,
    until,
    level: (...wanted) =>
      until(
        () => {
          const status = engine.status();
          return wanted.includes(status.level) && status;
        },
        `level ${wanted.join(' or ')}`,
      ),
    history: () => [...levels],
    linkByQr: async () => {
      const result = await engine.commands['link.qr']?.({}, AbortSignal.timeout(WAIT_MS));
      if (result?.state !== 'offered' || result.offer.method !== 'qr') throw new Error('no QR');
      const answer = await simulator.phone.scanQr(result.offer.text);
      if (answer !== 'linked') throw new Error(`the phone says ${answer}`);
      await bench.level('syncing', 'ready');
    },
    synced: async () => {
      await bench.linkByQr();
      await bench.level('ready');
    },
    browserPid: () => engine.status().browser?.pid ?? 0,
    browsers: () =>
      processesWith(`--user-data-dir=${join(engineDir, 'session')}`).filter(
        (pid) => !argumentsOf(pid).some((one) => one.startsWith('--type=')),
      ),
    restart: async () => {
      await engine.close();
      engine = build();
      await engine.start();
    },
    close: async () => {
      await engine.close();
      await simulator.close();
      await rm(dir, { recursive: true, force: true });
      process.off('unhandledRejection', onLeak);
      quiet.restore();
    },
  };
  if (options.start !== false) await engine.start();
  return bench;
}
