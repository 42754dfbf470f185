import type { History } from '#history/contracts/history.ts';
import type { Clock } from '#kernel/clock.ts';
import type { FleetPort } from './ports.ts';
import type { Times } from './present/times.ts';
import type { ReplyMeta } from './reply.ts';
import type { EmptyReason } from './shapes/common.ts';

/** How current the store is, and why a list may be empty. */
export interface Freshness {
  meta(): Promise<ReplyMeta>;
  /** `{ sync_running: true }` while history is coming in, else nothing. */
  syncField(): { readonly sync_running?: boolean };
  /** The reason for an empty list; `filtered` = the caller narrowed it. */
  reason(filtered: boolean): Promise<EmptyReason>;
}

/** Counting the store for every call would cost more than the calls. */
const OVERVIEW_MAX_AGE_MS = 2_000;

export function createFreshness(history: History, fleet: FleetPort, times: Times, clock: Clock): Freshness {
  let known: { readonly at: number; readonly lastIngestAt: number | null; readonly messages: number } | null =
    null;

  const look = async () => {
    const now = clock.now();
    if (known === null || now - known.at >= OVERVIEW_MAX_AGE_MS) {
      const { lastIngestAt, messages } = await history.overview();
      known = { at: now, lastIngestAt, messages };
    }
    return known;
  };
  const syncRunning = () => fleet.engines().some((view) => view.status?.level === 'syncing');

  return {
    meta: async () => {
      const { lastIngestAt } = await look();
      return lastIngestAt === null ? {} : { freshness: times.iso(lastIngestAt) };
    },
    syncField: () => (syncRunning() ? { sync_running: true } : {}),
    reason: async (filtered) => {
      if (syncRunning()) return 'SYNC_RUNNING';
      const { messages } = await look();
      if (messages === 0) return 'NO_MESSAGES_YET';
      return filtered ? 'FILTER_EXCLUDES_ALL' : 'EMPTY';
    },
  };
}
