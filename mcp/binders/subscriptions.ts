import type { Registry } from '../registry.ts';

export interface Subscriptions {
  /** False when there is no such resource. */
  add(uri: string): boolean;
  remove(uri: string): void;
  /** Ends all of them. */
  clear(): void;
}

/** The resources that one client wants to hear about. */
export function createSubscriptions(registry: Registry, updated: (uri: string) => void): Subscriptions {
  const stops = new Map<string, () => void>();
  return {
    add: (uri) => {
      if (stops.has(uri)) return true;
      const stop = registry.watchResource(uri, () => updated(uri));
      if (stop === null) return false;
      stops.set(uri, stop);
      return true;
    },
    remove: (uri) => {
      stops.get(uri)?.();
      stops.delete(uri);
    },
    clear: () => {
      for (const stop of stops.values()) stop();
      stops.clear();
    },
  };
}
