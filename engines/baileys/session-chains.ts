import type { SignalDataSet } from '@whiskeysockets/baileys';

/**
 * A session with another device gets a new chain at every change of direction, and the library never takes an old one away. A
 * backfill changes direction with every page: without this the session grows by a chain a page, is read and written whole each
 * time, and ends up with hundreds of megabytes. Signal's own implementations keep five receiving chains; so is done here.
 */
const CLOSED_CHAINS_KEPT = 5;

interface Chain {
  readonly chainKey: { readonly key?: string };
}

interface SessionEntry {
  readonly _chains: Readonly<Record<string, Chain>>;
}

interface SessionRecord {
  readonly _sessions: Readonly<Record<string, SessionEntry>>;
}

/** The same data; in session records only the chains that are open and the last few that are closed. */
export function withFewChains(data: SignalDataSet): SignalDataSet {
  const { session } = data;
  if (session === undefined) return data;
  const trimmed = Object.entries(session).map(([id, record]) => [
    id,
    isRecord(record) ? trim(record) : record,
  ]);
  return { ...data, session: Object.fromEntries(trimmed) };
}

function trim(record: SessionRecord): SessionRecord {
  const sessions = Object.entries(record._sessions).map(([key, entry]) => {
    const chains = Object.entries(entry._chains);
    // In the order in which they were made. A closed one has no key any more, only those of messages that never came.
    const closed = chains.filter(([, { chainKey }]) => chainKey.key === undefined);
    const dropped = new Set(closed.slice(0, -CLOSED_CHAINS_KEPT).map(([id]) => id));
    if (dropped.size === 0) return [key, entry];
    return [key, { ...entry, _chains: Object.fromEntries(chains.filter(([id]) => !dropped.has(id))) }];
  });
  return { ...record, _sessions: Object.fromEntries(sessions) };
}

function isRecord(value: unknown): value is SessionRecord {
  return typeof value === 'object' && value !== null && '_sessions' in value;
}
