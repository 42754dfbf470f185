import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Capability, EngineName } from '#engines/contract/capability.ts';
import { createEngineClient, type EngineClient } from '#engines/contract/client.ts';
import type { CommandHandlers } from '#engines/contract/command.ts';
import { serveEngine } from '#engines/contract/host.ts';
import type { Observation } from '#engines/contract/observation.ts';
import { type Outbox, openOutbox } from '#engines/contract/outbox.ts';
import type { EngineStatus } from '#engines/contract/state.ts';
import { createTestEngine, type TestEngine } from '#engines/contract/test-engine.ts';
import type { History, IngestReport } from '#history/contracts/history.ts';
import { openHistory } from '#history/sqlite/history.ts';
import { createFixedClock } from '#kernel/clock.ts';
import { type Config, loadConfig } from '#kernel/config.ts';
import { openDataDir } from '#kernel/data-dir.ts';
import { systemIds } from '#kernel/ids.ts';
import { createLogger } from '#kernel/logger.ts';
import { createEmitter } from '../../emitter.ts';
import { createBreakers } from '../../health/breaker.ts';
import { createRecoveries } from '../../recovery/recovery.ts';
import { createRouter } from '../../routing/router.ts';
import { createSending } from '../../sending/sending.ts';
import type { ReachHost } from '../diagnostics/reach-host.ts';
import type { EngineView, TakenIn } from '../ports.ts';
import { createServices, type Services } from '../services.ts';
import { me, NOW_SECONDS, sampleObservations } from './sample-history.ts';

/** The real store, router and sending under the services; the engine is the contract's test engine behind real HTTP. */
export interface World {
  readonly services: Services;
  readonly history: History;
  readonly config: Config;
  readonly clock: ReturnType<typeof createFixedClock>;
  readonly dir: string;
  readonly pageUrl: string;
  /** Of the first engine. */
  outbox(): Outbox;
  /** Feeds the store as ingest does. */
  learn(observations: readonly Observation[], engine?: EngineName): Promise<void>;
  /** Changes what an engine says of itself; the first one by default. */
  setEngine(change: Partial<EngineStatus>, engine?: EngineName): void;
  /** Changes what ingest says of an engine; everything is taken in, by default. */
  setTakenIn(change: Partial<TakenIn>, engine?: EngineName): void;
  /** Changes how the fleet sees an engine's process. */
  setView(change: Partial<EngineView>, engine?: EngineName): void;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly commands?: CommandHandlers;
  /** What a second engine, webjs, can do; without it there is only the first. */
  readonly webjs?: CommandHandlers;
  readonly status?: Partial<EngineStatus>;
  readonly config?: Partial<Config>;
  /** Empty store instead of the sample account. */
  readonly empty?: boolean;
  /** How the process of an engine starts anew; it does, by default. */
  readonly restart?: (engine: EngineName) => Promise<void>;
  /** What diagnostics find of WhatsApp's hosts; reachable by default. */
  readonly reachHost?: ReachHost;
  /** Where the service says that it listens. */
  readonly pageUrl?: string;
  /** No engine at all. */
  readonly withoutEngine?: boolean;
}

export const VERSION = '0.0.0-test';
const RECOVERY_WAIT_MS = 400;
const SECRET = 's'.repeat(32);
const logger = createLogger({ level: 'silent', program: 'test' });

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-services-'));
  const clock = createFixedClock(NOW_SECONDS * 1_000);
  const settings = {
    TANDEM_DATA_DIR: dir,
    TANDEM_TZ: 'Europe/Berlin',
    TANDEM_ENGINES: options.webjs === undefined ? 'baileys' : 'baileys,webjs',
  };
  const config = { ...loadConfig(settings), ...options.config };
  const dataDir = openDataDir(dir);
  const history = await openHistory({
    file: dataDir.historyFile,
    clock,
    logger,
    timeZone: config.timeZone,
  });
  const seats: Seat[] = [];
  const seat = async (name: EngineName, commands: CommandHandlers, status: Partial<EngineStatus> = {}) =>
    seats.push(await takeSeat(name, dir, commands, clock.now(), status));
  if (!options.withoutEngine) await seat('baileys', options.commands ?? {}, options.status);
  if (options.webjs !== undefined) await seat('webjs', options.webjs);
  const engines = (): readonly EngineView[] =>
    seats.map(({ name, engine, view }) => ({
      engine: name,
      processUp: true,
      reachable: true,
      status: engine.status(),
      responseMs: 1.4,
      checkedAtMs: clock.now(),
      error: null,
      selfTests: [],
      recovery: null,
      ...view,
    }));
  const seatOf = (name: EngineName) => {
    const found = seats.find((one) => one.name === name);
    if (found === undefined) throw new Error(`the world has no engine ${name}`);
    return found;
  };
  const changes = createEmitter<void>(logger);
  const ingested = createEmitter<{ readonly engine: EngineName; readonly report: IngestReport }>(logger);
  const router = createRouter({
    engines,
    client: (name) => seats.find((one) => one.name === name)?.client ?? null,
    breakers: createBreakers(clock),
    strategy: config.routing,
    routes: config.routes,
    clock,
  });
  const sending = createSending({
    sends: history.sends,
    rates: history.rates,
    messages: history.messages,
    router,
    onIngested: (listener) => changes.on(() => listener()),
    sendsPerMinute: config.sendsPerMinute,
    idempotencyHours: config.idempotencyHours,
    clock,
    ids: systemIds,
    logger,
    echoWaitMs: 50,
  });
  const recovery = createRecoveries({
    engines,
    client: (name) => seats.find((one) => one.name === name)?.client ?? null,
    generation: () => 1,
    restart: options.restart ?? (() => Promise.resolve()),
    waitMs: RECOVERY_WAIT_MS,
    clock,
    ids: systemIds,
    logger,
  });
  // Nobody listens there, whatever else runs on this machine.
  const pageUrl = options.pageUrl ?? 'http://127.0.0.1:1/';
  const services = createServices({
    history,
    fleet: { engines },
    router,
    sending,
    recovery,
    ingest: {
      takenIn: () => seats.map(takenInOf),
      holds: async (name, signal) => (await seatOf(name).client.status(undefined, 0, signal)).outbox,
      onIngested: ingested.on,
    },
    config,
    dataDir,
    clock,
    version: VERSION,
    cursorSecret: new Uint8Array(32).fill(3),
    pageUrl: () => pageUrl,
    onChange: (listener) => changes.on(() => listener()),
    reachHost: options.reachHost ?? (() => Promise.resolve({ ok: true, tookMs: 1, dateMs: null })),
  });
  let seq = 0;
  const learn = async (observations: readonly Observation[], engine: EngineName = 'baileys') => {
    seq += 1;
    const report = await history.ingest.apply({ engine, outboxId: 'sample', seq, observations });
    ingested.emit({ engine, report });
    changes.emit();
  };
  await history.account.claim({ ...me, pushName: 'Me' });
  if (!options.empty) await learn(sampleObservations());
  return {
    services,
    history,
    config,
    clock,
    dir,
    pageUrl,
    outbox: () => seatOf('baileys').engine.outbox,
    learn,
    setEngine: (change, name = 'baileys') => {
      seatOf(name).engine.setStatus(change);
      changes.emit();
    },
    setTakenIn: (change, name = 'baileys') => {
      seatOf(name).taken = change;
    },
    setView: (change, name = 'baileys') => {
      seatOf(name).view = change;
      changes.emit();
    },
    close: async () => {
      recovery.stop();
      for (const one of seats) await one.close();
      await history.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** One engine of the world: the contract's test engine behind real HTTP. */
interface Seat {
  readonly name: EngineName;
  readonly engine: TestEngine;
  readonly client: EngineClient;
  view: Partial<EngineView>;
  taken: Partial<TakenIn>;
  close(): Promise<void>;
}

function takenInOf({ name, engine, taken }: Seat): TakenIn {
  const { id, lastSeq } = engine.status().outbox;
  return { engine: name, outboxId: id, committedSeq: lastSeq, quarantined: 0, error: null, ...taken };
}

async function takeSeat(
  name: EngineName,
  dir: string,
  commands: CommandHandlers,
  nowMs: number,
  status: Partial<EngineStatus>,
): Promise<Seat> {
  const outbox = openOutbox(join(dir, `${name}-outbox.db`));
  const engine = createTestEngine(outbox, commands);
  engine.setStatus({
    engine: name,
    level: 'ready',
    reason: 'none',
    account: { ...me, pushName: 'Me' },
    connectedSinceMs: nowMs - 60_000,
    version: VERSION,
    capabilities: Object.keys(commands) as Capability[],
    ...status,
  });
  const host = await serveEngine({ engine, secret: SECRET, port: 0, logger });
  const client = createEngineClient({ name, baseUrl: `http://127.0.0.1:${host.port}`, secret: SECRET });
  return {
    name,
    engine,
    client,
    view: {},
    taken: {},
    close: async () => {
      await client.close();
      await host.close();
      outbox.close();
    },
  };
}
