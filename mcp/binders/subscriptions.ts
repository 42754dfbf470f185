import type { Registry } from '../registry.ts';
import type { Principal } from '../tool.ts';
import { WATCHED_RESOURCES_MAX } from './common.ts';

export interface Subscriptions {
  /** `unknown` = there is no such resource. Throws TandemError. */
  add(uri: string): Promise<'added' | 'unknown' | 'full'>;
  remove(uri: string): void;
  /** Ends all of them, for good. */
  clear(): void;
}

export interface SubscriptionsOptions {
  readonly registry: Registry;
  readonly principal: Principal;
  readonly updated: (uri: string) => void;
}

/** The resources that one client of the sessionful protocol wants to hear about. */
export function createSubscriptions({ registry, principal, updated }: SubscriptionsOptions): Subscriptions {
  const stops = new Map<string, () => void>();
  let cleared = false;
  return {
    add: async (uri) => {
      if (stops.has(uri)) return 'added';
      if (stops.size >= WATCHED_RESOURCES_MAX) return 'full';
      const stop = await registry.watchResource(uri, principal, () => updated(uri));
      if (stop === null) return 'unknown';
      // The session may have ended meanwhile, or the same request came twice.
      if (cleared || stops.has(uri)) stop();
      else stops.set(uri, stop);
      return 'added';
    },
    remove: (uri) => {
      stops.get(uri)?.();
      stops.delete(uri);
    },
    clear: () => {
      cleared = true;
      for (const stop of stops.values()) stop();
      stops.clear();
    },
  };
}
