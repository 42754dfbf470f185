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
import type { Observation, ObservationOf } from '#engines/contract/observation.ts';
import type { EngineStatus } from '#engines/contract/state.ts';
import { createLogger } from '#kernel/logger.ts';
import type { AccountShape } from '#simulator/account/model.ts';
import { shapeOf } from '#simulator/account/presets.ts';
import { createFixedWorld } from '#simulator/account/world.ts';
import { createSimulator, type Simulator } from '#simulator/simulator.ts';
import { createBaileysEngine } from '../engine.ts';
import { quietConsole } from '../quiet-console.ts';

const WAIT_MS = 15_000;
const COMMAND_MS = 8_000;

/** A simulated account and the real engine beside it, in one process. */
export interface Bench {
  readonly simulator: Simulator;
  readonly engine: Engine;
  readonly engineDir: string;
  /** All that is in the outbox; nothing is pruned. */
  observations(): readonly Observation[];
  of<K extends Observation['kind']>(kind: K): readonly ObservationOf<K>[];
  /** Looks again every few milliseconds until there is something; rejects after the timeout. */
  until<T>(look: () => T | null | undefined | false, what: string, timeoutMs?: number): Promise<T>;
  /** Runs one command and checks its answer against the contract. */
  run<C extends CommandName>(name: C, input: CommandInput<C>, ms?: number): Promise<CommandOutput<C>>;
  level(...levels: readonly EngineStatus['level'][]): Promise<EngineStatus>;
  linkByQr(): Promise<void>;
  /** Linked, and the pushed history is in the outbox. */
  synced(): Promise<void>;
  /** Another engine on the same folder, after `engine.close()`. */
  restart(meanwhile?: () => void): Promise<void>;
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
        baileysLogLevel: (process.env.ENGINE_TEST_LIBRARY_LOG ?? 'silent') as 'silent',
      },
      logger: createLogger({ level: process.env.ENGINE_TEST_LOG ?? 'silent', program: 'baileys' }),
      // Pauses before reconnecting are as short as they get.
      random: () => 0,
    });
  let engine = build();
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
      if (Date.now() > deadline) throw new Error(`no ${what} within ${timeoutMs} ms`);
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
    run: async <C extends CommandName>(name: C, input: CommandInput<C>, ms = COMMAND_MS) => {
      const handler = engine.commands[name] as
        | ((input: CommandInput<C>, signal: AbortSignal) => Promise<CommandOutput<C>>)
        | undefined;
      if (handler === undefined) throw new Error('not offered');
      const output = await handler(input, AbortSignal.timeout(ms));
      return commands[name].output.parse(output) as CommandOutput<C>;
    },
    level: (...levels) =>
      until(
        () => {
          const status = engine.status();
          return levels.includes(status.level) && status;
        },
        `level ${levels.join(' or ')} (is ${engine.status().level}, ${engine.status().reason})`,
      ),
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
    restart: async (meanwhile = () => undefined) => {
      await engine.close();
      meanwhile();
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
