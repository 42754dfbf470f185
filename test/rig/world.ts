import '#simulator/testing/quiet-console.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '#kernel/processes.ts';
import { until } from '#kernel/testing/until.ts';
import type { AccountShape } from '#simulator/account/model.ts';
import { type PresetName, shapeOf } from '#simulator/account/presets.ts';
import { clientEnvironment } from '#simulator/environment.ts';
import { createSimulator, type Simulator } from '#simulator/simulator.ts';
import { type Service, startService } from './service.ts';

/** A simulated account, a data directory, and the services that ran on it. */
export interface World {
  readonly simulator: Simulator;
  readonly dataDir: string;
  /** Settings that point a service at the simulated account. */
  readonly env: Readonly<Record<string, string>>;
  start(env?: Readonly<Record<string, string>>): Promise<Service>;
  /** Ends everything that was started and removes the data directory. Fails when a process is left over. */
  close(): Promise<void>;
}

export async function createWorld(preset: PresetName, changes: Partial<AccountShape> = {}): Promise<World> {
  const simulator = await createSimulator({ shape: shapeOf(preset, changes) });
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-e2e-'));
  const services: Service[] = [];
  // Most suites are about one engine; a browser for each would cost minutes. Self-tests ask for pages on their own.
  const env = { ...clientEnvironment(simulator), TANDEM_ENGINES: 'baileys', TANDEM_SELF_TEST: 'off' };
  return {
    simulator,
    dataDir,
    env,
    start: async (more = {}) => {
      const service = await startService({ dataDir, env: { ...env, ...more } });
      services.push(service);
      return service;
    },
    close: async () => {
      for (const service of services) await service.stop();
      await simulator.close();
      await rm(dataDir, { recursive: true, force: true });
      const pids = services.flatMap((service) => service.pids());
      await until(() => !pids.some(isRunning), 'end of all processes');
    },
  };
}

/** Settings for a service with both engines. */
export const bothEngines = { TANDEM_ENGINES: 'baileys,webjs' } as const;

/** Scans the QR code as a person would: one engine after the other, whenever one is shown. */
export async function scanWhenAsked(world: World, service: Pick<Service, 'status' | 'post'>): Promise<void> {
  const engine = (await service.status()).engines.find((one) => !one.linked);
  if (engine === undefined || engine.level === 'starting') return;
  if (engine.offer?.method === 'qr') {
    await world.simulator.phone.scanQr(engine.offer.text);
  } else if (engine.level === 'unlinked' || engine.level === 'logged-out') {
    await service.post('/api/link', { engine: engine.engine });
  }
}

/** The device that is linked now, as the simulator numbers it. */
export function linkedDevice(world: World): string {
  const companion = world.simulator.wire.devices.companions().findLast((known) => !known.removed());
  return companion === undefined ? '' : String(companion.id);
}
