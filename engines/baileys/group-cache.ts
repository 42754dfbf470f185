import type { GroupMetadata } from '@whiskeysockets/baileys';

/** Saves a query for each message to a group. Stale entries cost wrong recipients, so changes drop them. */
export interface GroupCache {
  get(jid: string): GroupMetadata | undefined;
  put(meta: GroupMetadata): void;
  drop(jid: string): void;
  clear(): void;
}

const GROUPS_MAX = 1_000;

export function createGroupCache(): GroupCache {
  const groups = new Map<string, GroupMetadata>();
  return {
    get: (jid) => groups.get(jid),
    put: (meta) => {
      groups.delete(meta.id);
      groups.set(meta.id, meta);
      const oldest = groups.size > GROUPS_MAX ? groups.keys().next().value : undefined;
      if (oldest !== undefined) groups.delete(oldest);
    },
    drop: (jid) => {
      groups.delete(jid);
    },
    clear: () => groups.clear(),
  };
}
