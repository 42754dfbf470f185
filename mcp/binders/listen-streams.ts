import type { Registry } from '../registry.ts';
import type { Principal } from '../tool.ts';
import { WATCHED_RESOURCES_MAX } from './common.ts';

/** What the streams of `subscriptions/listen` watch together: each resource once, however many listen. */
export interface ListenStreams {
  /** Watches what exists and may be read of these resources until released. Throws TandemError. */
  hold(uris: readonly string[], principal: Principal): Promise<Held>;
  /** Ends all of them. */
  clear(): void;
}

export interface Held {
  /** The resources that the stream will hear about. */
  readonly uris: readonly string[];
  /** Can be called more than once. */
  release(): void;
}

interface Watch {
  streams: number;
  readonly stop: () => void;
}

export function createListenStreams(registry: Registry, updated: (uri: string) => void): ListenStreams {
  const watches = new Map<string, Watch>();

  const release = (uri: string) => {
    const watch = watches.get(uri);
    if (watch === undefined) return;
    watch.streams -= 1;
    if (watch.streams > 0) return;
    watches.delete(uri);
    watch.stop();
  };

  const take = async (uri: string, principal: Principal): Promise<boolean> => {
    const stop = await registry.watchResource(uri, principal, () => updated(uri));
    if (stop === null) return false;
    const running = watches.get(uri);
    if (running === undefined) {
      watches.set(uri, { streams: 1, stop });
    } else {
      running.streams += 1;
      stop();
    }
    return true;
  };

  return {
    hold: async (uris, principal) => {
      const held = new Set<string>();
      const releaseAll = () => {
        for (const uri of held) release(uri);
        held.clear();
      };
      try {
        for (const uri of new Set(uris.slice(0, WATCHED_RESOURCES_MAX))) {
          if (await take(uri, principal)) held.add(uri);
        }
      } catch (thrown) {
        releaseAll();
        throw thrown;
      }
      return { uris: [...held], release: releaseAll };
    },
    clear: () => {
      for (const { stop } of watches.values()) stop();
      watches.clear();
    },
  };
}
