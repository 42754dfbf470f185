import { until } from '#kernel/testing/until.ts';
import type { Service } from './service.ts';
import { scanWhenAsked, type World } from './world.ts';

/** A service that is linked, connected and has stored everything that the phone pushed. */
export async function startLinked(
  world: World,
  env: Readonly<Record<string, string>> = {},
): Promise<Service> {
  const service = await world.start(env);
  await waitForHistory(world, service);
  return service;
}

/** Links when asked to, and waits until the store holds all that was pushed. */
export async function waitForHistory(world: World, service: Pick<Service, 'status' | 'post'>): Promise<void> {
  await until(
    async () => {
      await scanWhenAsked(world, service);
      const status = await service.status();
      const { pushed } = world.simulator.oracle.counts();
      const ready = status.engines.every(({ level }) => level === 'ready');
      // The second engine may have more at hand than the phone pushes to the first.
      return ready && (status.store?.messages ?? 0) >= pushed;
    },
    'complete history and ready engines',
    60_000,
  );
}

/** The only engine, as the status shows it. */
export async function engineOf(service: Service) {
  const engine = (await service.status()).engines[0];
  if (engine === undefined) throw new Error('no engine is configured');
  return engine;
}
