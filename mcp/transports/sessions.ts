import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';

/** What the table needs to know of a session; the rest is the binder's. */
export interface HeldSession {
  readonly id: string;
  close(): Promise<void>;
}

export interface SessionTable<T extends HeldSession> {
  readonly size: number;
  /** Takes a place before the session exists; throws TOO_MANY_SESSIONS. */
  reserve(): Reservation<T>;
  /** Throws SESSION_NOT_FOUND, also when the session belongs to somebody else. */
  find(id: string, principalId: string): T;
  /** Counts a running request or an open stream; the session is not idle until `done` was called. */
  begin(id: string): { done(): void };
  remove(id: string): void;
  /** Closes what nobody used for too long; called from time to time. */
  reap(): Promise<void>;
  closeAll(): Promise<void>;
}

export interface Reservation<T> {
  fill(session: T, principalId: string): void;
  release(): void;
}

export interface SessionLimits {
  readonly maxSessions: number;
  readonly idleMs: number;
  readonly clock: Clock;
}

/** A client that left without a word may give its place to a new one after this. */
const EVICTABLE_AFTER_MS = 60_000;

interface Entry<T> {
  readonly session: T;
  readonly principalId: string;
  running: number;
  lastUsedAt: number;
}

/** Sessions of the sessionful protocol: capped, reaped, and bound to whoever opened them. */
export function createSessionTable<T extends HeldSession>(limits: SessionLimits): SessionTable<T> {
  const { clock } = limits;
  const entries = new Map<string, Entry<T>>();
  let reserved = 0;

  const idleSince = (entry: Entry<T>, ms: number) =>
    entry.running === 0 && clock.now() - entry.lastUsedAt >= ms;

  const end = (entry: Entry<T>) => {
    entries.delete(entry.session.id);
    return entry.session.close();
  };

  const evictOne = (): boolean => {
    let oldest: Entry<T> | null = null;
    for (const entry of entries.values()) {
      if (!idleSince(entry, EVICTABLE_AFTER_MS)) continue;
      if (oldest === null || entry.lastUsedAt < oldest.lastUsedAt) oldest = entry;
    }
    if (oldest === null) return false;
    end(oldest).catch(() => undefined);
    return true;
  };

  return {
    get size() {
      return entries.size;
    },
    reserve: () => {
      if (entries.size + reserved >= limits.maxSessions && !evictOne()) {
        throw new TandemError('TOO_MANY_SESSIONS', { details: { max_sessions: limits.maxSessions } });
      }
      reserved += 1;
      let open = true;
      const release = () => {
        if (open) reserved -= 1;
        open = false;
      };
      return {
        release,
        fill: (session, principalId) => {
          release();
          entries.set(session.id, { session, principalId, running: 0, lastUsedAt: clock.now() });
        },
      };
    },
    find: (id, principalId) => {
      const entry = entries.get(id);
      // A session id is no credential: to anybody else the session does not exist.
      if (entry === undefined || entry.principalId !== principalId) {
        throw new TandemError('SESSION_NOT_FOUND');
      }
      return entry.session;
    },
    begin: (id) => {
      const entry = entries.get(id);
      let open = true;
      if (entry !== undefined) {
        entry.running += 1;
        entry.lastUsedAt = clock.now();
      }
      return {
        done: () => {
          if (!open || entry === undefined) return;
          open = false;
          entry.running -= 1;
          entry.lastUsedAt = clock.now();
        },
      };
    },
    remove: (id) => {
      entries.delete(id);
    },
    reap: async () => {
      const idle = [...entries.values()].filter((entry) => idleSince(entry, limits.idleMs));
      await Promise.allSettled(idle.map(end));
    },
    closeAll: async () => {
      await Promise.allSettled([...entries.values()].map(end));
    },
  };
}
