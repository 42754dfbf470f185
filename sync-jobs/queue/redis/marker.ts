import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

/**
 * A key whose loss tells that Redis was wiped: every process remembers what it held. Answers true when it is not
 * what this process saw last; the first look sees nothing new.
 */
export function createMarker(client: Redis, prefix: string): { hasChanged(): Promise<boolean> } {
  // Not below the names of the queues: `<prefix>:<queue>:…` are BullMQ's.
  const key = `${prefix}-kept-since`;
  let seen: string | null = null;
  return {
    async hasChanged() {
      await client.set(key, randomUUID(), 'NX');
      const held = await client.get(key);
      const changed = seen !== null && seen !== held;
      seen = held;
      return changed;
    },
  };
}
