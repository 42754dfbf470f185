import type { Service } from '../rig/service.ts';
import type { World } from '../rig/world.ts';

/** Something that breaks, and what there is to break it with. */
export interface Scene {
  readonly world: World;
  readonly service: () => Service;
  /** Kills the service and starts it again. */
  readonly restartService: () => Promise<void>;
  readonly browserPid: () => Promise<number | null>;
}

type Fault = (scene: Scene) => unknown;

/** What can happen to the two engines, the service, the page and the server, by name. */
export const faults: Readonly<Record<string, Fault>> = {
  'kill baileys': ({ service }) => service().killEngine('baileys'),
  'kill webjs': ({ service }) => service().killEngine('webjs'),
  'kill the browser': async ({ browserPid }) => {
    const pid = await browserPid();
    if (pid === null) return;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  },
  'kill the service': ({ restartService }) => restartService(),
  'kill both engines': async ({ service }) => {
    await service().killEngine('baileys');
    await service().killEngine('webjs');
  },
  'drop the socket': ({ world }) => world.simulator.faults.drop(),
  'restart the stream': ({ world }) => world.simulator.faults.streamError(515),
  'service unavailable': ({ world }) => world.simulator.faults.streamError(503),
  'drop the page': ({ world }) => world.simulator.web.faults.drop(),
  'reload the page': ({ world }) => world.simulator.web.faults.reload(),
  'hang the page': ({ world }) => world.simulator.web.faults.hang(),
  'busy page': ({ world }) => world.simulator.web.faults.hang(700),
  'iframes in the page': ({ world }) => world.simulator.web.faults.iframe(2),
  'synced again': ({ world }) => world.simulator.web.faults.syncAgain(),
};

export const faultNames = Object.keys(faults);
