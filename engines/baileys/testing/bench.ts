import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import {
  type CommandInput,
  type CommandName,
  type CommandOutput,
  commands,
} from '#engines/contract/command.ts';
import type { Engine } from '#engines/contract/engine.ts';
import { quietConsole } from '#engines/contract/kit/quiet-console.ts';
import { type BenchParts, createBenchParts } from '#engines/contract/kit/testing/bench-parts.ts';
import { createLogger } from '#kernel/logger.ts';
import type { AccountShape } from '#simulator/account/model.ts';
import { shapeOf } from '#simulator/account/presets.ts';
import { createFixedWorld } from '#simulator/account/world.ts';
import { createSimulator, type Simulator } from '#simulator/simulator.ts';
import { createBaileysEngine } from '../engine.ts';

const WAIT_MS = 15_000;
const COMMAND_MS = 8_000;

/** A simulated account and the real engine beside it, in one process. */
export interface Bench extends BenchParts {
  readonly simulator: Simulator;
  readonly engine: Engine;
  readonly engineDir: string;
  /** Runs one command and checks its answer against the contract. */
  run<C extends CommandName>(name: C, input: CommandInput<C>, ms?: number): Promise<CommandOutput<C>>;
  /** Another engine on the same folder, after `engine.close()`. */
  restart(meanwhile?: () => void | Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface BenchOptions {
  /** Where the engine finds the server, given where it really is. */
  readonly waUrl?: (real: string) => string | Promise<string>;
}

export async function createBench(
  changes: Partial<AccountShape> = {},
  options: BenchOptions = {},
): Promise<Bench> {
  const quiet = quietConsole();
  const shape = shapeOf('tiny', changes);
  const simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(simulator.caFile, 'utf8')]);
  const dir = await mkdtemp(join(tmpdir(), 'tandem-baileys-'));
  const engineDir = join(dir, 'engines', 'baileys');
  const waUrl = (await options.waUrl?.(simulator.waUrl)) ?? simulator.waUrl;
  const build = () =>
    createBaileysEngine({
      engineDir,
      config: {
        testServer: {
          waUrl,
          waRootHex: simulator.rootKeyHex,
          mediaUrl: simulator.mediaUrl,
        },
        linkTimeoutSeconds: 60,
        historyWaitMs: 30_000,
        baileysLogLevel: (process.env.ENGINE_TEST_LIBRARY_LOG ?? 'silent') as 'silent',
      },
      logger: createLogger({ level: process.env.ENGINE_TEST_LOG ?? 'silent', program: 'baileys' }),
      // Pauses before reconnecting are as short as they get.
      random: () => 0,
    });
  let engine = build();
  const clue = () => `it is ${engine.status().level}, ${engine.status().reason}`;
  const parts = createBenchParts({ engine: () => engine, simulator, waitMs: WAIT_MS, clue });
  const pushes = () =>
    parts.of('history-progress').filter(({ phase, complete }) => phase === 'full' && complete).length;
  const bench: Bench = {
    ...parts,
    simulator,
    get engine() {
      return engine;
    },
    engineDir,
    run: async <C extends CommandName>(name: C, input: CommandInput<C>, ms = COMMAND_MS) => {
      const handler = engine.commands[name] as
        | ((input: CommandInput<C>, signal: AbortSignal) => Promise<CommandOutput<C>>)
        | undefined;
      if (handler === undefined) throw new Error('not offered');
      const output = await handler(input, AbortSignal.timeout(ms));
      return commands[name].output.parse(output) as CommandOutput<C>;
    },
    synced: async () => {
      const before = pushes();
      await parts.synced();
      // The engine is ready with the recent months; the phone sends the older ones behind them.
      await parts.until(() => pushes() > before, 'older part of what the phone pushes');
    },
    restart: async (meanwhile = () => undefined) => {
      await engine.close();
      await meanwhile();
      engine = build();
      await engine.start();
    },
    close: async () => {
      await engine.close();
      await simulator.close();
      await rm(dir, { recursive: true, force: true });
      quiet.restore();
    },
  };
  await engine.start();
  return bench;
}
