import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Capability, EngineName } from '#engines/contract/capability.ts';
import { createEngineClient, type EngineClient } from '#engines/contract/client.ts';
import type { CommandHandlers } from '#engines/contract/command.ts';
import { serveEngine } from '#engines/contract/host.ts';
import { openOutbox } from '#engines/contract/outbox.ts';
import type { EngineLevel } from '#engines/contract/state.ts';
import { createTestEngine, type TestEngine } from '#engines/contract/test-engine.ts';
import type { EngineView } from '../services/ports.ts';
import { silentLogger } from './history.ts';
import { openTcpGate } from './tcp-gate.ts';

const SECRET = 's'.repeat(32);

/** One engine behind real HTTP; what it answers is up to the test. */
export interface Seat {
  readonly engine: TestEngine;
  client: EngineClient;
  view: EngineView;
  /** What a killed process leaves: connections are reset, new ones refused. */
  kill(): Promise<void>;
}

/** Several of them, as the orchestrator sees them. */
export interface Seats {
  open(name: EngineName, commands: CommandHandlers, level?: EngineLevel): Promise<Seat>;
  seat(name: EngineName): Seat;
  views(): readonly EngineView[];
  client(name: EngineName): EngineClient | null;
  close(): Promise<void>;
}

export function createSeats(): Seats {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-seats-'));
  const seats = new Map<EngineName, Seat>();
  const closers: (() => unknown)[] = [];
  const find = (name: EngineName): Seat => {
    const found = seats.get(name);
    if (found === undefined) throw new Error(`no seat ${name}`);
    return found;
  };
  return {
    open: async (name, commands, level = 'ready') => {
      const outbox = openOutbox(join(dir, `${name}.db`));
      const engine = createTestEngine(outbox, commands);
      engine.setStatus({ engine: name, level, capabilities: Object.keys(commands) as Capability[] });
      const host = await serveEngine({ engine, secret: SECRET, port: 0, logger: silentLogger });
      const gate = await openTcpGate(host.port);
      const client = createEngineClient({
        name,
        baseUrl: `http://127.0.0.1:${gate.port}`,
        secret: SECRET,
      });
      closers.push(
        () => client.close(),
        () => gate.cut(),
        () => host.close(),
        () => outbox.close(),
      );
      const view: EngineView = {
        engine: name,
        processUp: true,
        reachable: true,
        status: engine.status(),
        responseMs: 1,
        checkedAtMs: 0,
        error: null,
        selfTests: [],
        recovery: null,
      };
      const seat: Seat = { engine, client, view, kill: gate.cut };
      seats.set(name, seat);
      return seat;
    },
    seat: find,
    views: () => [...seats.values()].map((one) => one.view),
    client: (name) => seats.get(name)?.client ?? null,
    close: async () => {
      for (const close of closers) await close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
