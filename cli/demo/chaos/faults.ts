import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineName } from '#engines/contract/capability.ts';
import { argumentsOf, descendantsOf } from '#kernel/processes.ts';
import type { RunningService } from '../../service/service.ts';
import type { DemoAccount } from '../control.ts';

export interface Scene {
  readonly service: RunningService;
  readonly account: DemoAccount;
  readonly signal: AbortSignal;
}

/** Something that breaks while the assistant works. */
export interface Fault {
  /** What happens, in at most 25 columns. */
  readonly name: string;
  readonly victims: readonly EngineName[];
  /** Processes that end: their supervisor counts. */
  readonly kills: boolean;
  /** False when there was nothing to break at this moment. */
  inject(scene: Scene): Promise<boolean>;
}

const REFUSAL_MS = 3_000;

/** Only processes that our own service has started, by their ids. */
function killEngine({ service }: Scene, engine: EngineName): boolean {
  const pid = service.orchestrator.processes().find((one) => one.engine === engine)?.pid ?? null;
  return pid !== null && end(pid);
}

/** The page is a device as well, and not meant: engines were linked in their order. */
async function dropSocket({ service, account }: Scene): Promise<number> {
  const place = service.orchestrator.engines().findIndex(({ engine }) => engine === 'baileys');
  const device = (await account.devices())[place];
  return device === undefined ? 0 : account.dropDevice(device);
}

function browserPid({ service }: Scene): number | null {
  const view = service.orchestrator.engines().find((one) => one.engine === 'webjs');
  const pid = view?.status?.browser?.pid ?? null;
  if (pid === null) return null;
  // An engine may have died with a number on its lips that belongs to somebody else by now.
  const args = argumentsOf(pid);
  return args.length === 0 || args.some((one) => one.includes(service.dataDir.root)) ? pid : null;
}

/** The processes below a browser that show its pages. */
function renderersOf(browser: number): readonly number[] {
  return descendantsOf(browser).filter((pid) =>
    argumentsOf(pid).some((one) => one.includes('--type=renderer')),
  );
}

function end(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

const webjs = ['webjs'] as const;
const baileys = ['baileys'] as const;
const harmless = { kills: false } as const;

export const faults: readonly Fault[] = [
  {
    name: 'baileys process killed',
    victims: baileys,
    kills: true,
    inject: async (scene) => killEngine(scene, 'baileys'),
  },
  {
    name: 'webjs process killed',
    victims: webjs,
    kills: true,
    inject: async (scene) => killEngine(scene, 'webjs'),
  },
  {
    name: 'browser killed',
    victims: webjs,
    ...harmless,
    inject: async (scene) => {
      const pid = browserPid(scene);
      return pid !== null && end(pid);
    },
  },
  {
    name: 'page hangs',
    victims: webjs,
    ...harmless,
    inject: async ({ account }) => (await account.breakPage('hang')) > 0,
  },
  {
    name: 'page crashes',
    victims: webjs,
    ...harmless,
    inject: async (scene) => {
      const pid = browserPid(scene);
      return pid !== null && renderersOf(pid).filter(end).length > 0;
    },
  },
  {
    name: 'page loses connection',
    victims: webjs,
    ...harmless,
    inject: async ({ account }) => (await account.breakPage('drop')) > 0,
  },
  {
    name: 'baileys loses connection',
    victims: baileys,
    ...harmless,
    inject: async (scene) => (await dropSocket(scene)) > 0,
  },
  {
    name: 'baileys refused for 3 s',
    victims: baileys,
    ...harmless,
    inject: async (scene) => {
      const { account, signal } = scene;
      await account.refuseConnections(true);
      const hit = await dropSocket(scene);
      await sleep(REFUSAL_MS, undefined, { signal }).catch(() => undefined);
      await account.refuseConnections(false);
      return hit > 0;
    },
  },
  {
    name: 'both processes killed',
    victims: ['baileys', 'webjs'],
    kills: true,
    inject: async (scene) => {
      const first = killEngine(scene, 'baileys');
      return killEngine(scene, 'webjs') || first;
    },
  },
];
