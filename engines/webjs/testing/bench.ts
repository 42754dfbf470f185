import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quietConsole } from '#engines/contract/kit/quiet-console.ts';
import { type BenchParts, createBenchParts } from '#engines/contract/kit/testing/bench-parts.ts';
import { removeBrowserSocket } from '#kernel/browser-socket.ts';
import { loadConfig } from '#kernel/config.ts';
import { createLogger } from '#kernel/logger.ts';
import { argumentsOf, processesNaming } from '#kernel/processes.ts';
import type { AccountShape } from '#simulator/account/model.ts';
import { shapeOf } from '#simulator/account/presets.ts';
import { createFixedWorld } from '#simulator/account/world.ts';
import { clientEnvironment } from '#simulator/environment.ts';
import { createSimulator, type Simulator } from '#simulator/simulator.ts';
import { profileDir } from '../browser.ts';
import { createWebjsEngine, type WebjsEngine } from '../engine.ts';

/** Many browsers at once on a small machine take their time. */
const WAIT_MS = 30_000;

/** A simulated account and the real engine beside it in one process, with a real browser. */
export interface Bench extends BenchParts {
  readonly simulator: Simulator;
  readonly engine: WebjsEngine;
  readonly engineDir: string;
  /** Levels and reasons since the start, as `ready/none`. */
  history(): readonly string[];
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
  const bench: Bench = {
    ...createBenchParts({ engine: () => engine, simulator, waitMs: WAIT_MS, clue: () => levels.join(' ') }),
    simulator,
    get engine() {
      return engine;
    },
    engineDir,
    history: () => [...levels],
    browserPid: () => engine.status().browser?.pid ?? 0,
    browsers: () =>
      processesNaming(`--user-data-dir=${join(engineDir, 'session')}`).filter(
        (pid) => !argumentsOf(pid).some((one) => one.includes('--type=')),
      ),
    restart: async () => {
      await engine.close();
      engine = build();
      await engine.start();
    },
    close: async () => {
      await engine.close();
      removeBrowserSocket(profileDir(engineDir));
      await simulator.close();
      await rm(dir, { recursive: true, force: true });
      process.off('unhandledRejection', onLeak);
      quiet.restore();
    },
  };
  if (options.start !== false) await engine.start();
  return bench;
}
