import '#simulator/testing/quiet-console.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountShape } from '#simulator/account/model.ts';
import { type PresetName, shapeOf } from '#simulator/account/presets.ts';
import { createSimulator, type Simulator } from '#simulator/simulator.ts';
import { isAlive, type Service, startService, until } from './service.ts';

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
  const env = {
    TANDEM_UNSAFE_TEST_SERVER: '1',
    TANDEM_TEST_WA_URL: simulator.waUrl,
    TANDEM_TEST_WA_ROOT: simulator.rootKeyHex,
    TANDEM_TEST_MEDIA_URL: simulator.mediaUrl,
    NODE_EXTRA_CA_CERTS: simulator.caFile,
  };
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
      await until(() => !pids.some(isAlive), 'end of all processes');
    },
  };
}

/** Scans the QR code as a person would, whenever one is shown and no device is linked yet; resolves when linked. */
export async function scanWhenAsked(world: World, service: Service): Promise<void> {
  const engine = (await service.status()).engines[0];
  if (engine === undefined || engine.linked || engine.level === 'starting') return;
  if (engine.offer?.method === 'qr') {
    await world.simulator.phone.scanQr(engine.offer.text);
  } else if (engine.level === 'unlinked' || engine.level === 'logged-out') {
    await service.post('/api/link', {});
  }
}

/** The device that is linked now, as the simulator numbers it. */
export function linkedDevice(world: World): string {
  const companion = world.simulator.wire.devices.companions().findLast((known) => !known.removed());
  return companion === undefined ? '' : String(companion.id);
}
