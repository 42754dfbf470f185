import type { Logger } from '#kernel/logger.ts';
import type { Store } from './database.ts';
import { isIndexError } from './errors.ts';
import { BROKEN, indexPlace, setIndexPlace } from './search-index.ts';

/** Whether the full-text index can be relied on. Once it failed it stays out of use until it is rebuilt: it has holes. */
export interface SearchHealth {
  readonly usable: () => boolean;
  readonly state: () => 'usable' | 'rebuilding' | 'broken';
  readonly onBroken: (cause: unknown) => void;
  /** A rebuild begins. Returns what takes this back when it could not. */
  readonly suspend: () => () => void;
  /** A rebuild came to its end; it does not count when the index failed meanwhile. */
  readonly rebuilt: () => void;
}

export async function createSearchHealth(store: Store, logger: Logger): Promise<SearchHealth> {
  let state = await store.read((sql): ReturnType<SearchHealth['state']> => {
    if (!store.indexSound) return 'broken';
    try {
      sql.get(`SELECT rowid FROM messages_fts WHERE messages_fts MATCH '"a"' LIMIT 1`);
    } catch (thrown) {
      if (isIndexError(thrown)) return 'broken';
      throw thrown;
    }
    if (sql.get(`SELECT 1 FROM meta WHERE key = ?`, BROKEN) !== null) return 'broken';
    return indexPlace(sql) === null ? 'usable' : 'rebuilding';
  });
  if (state !== 'usable') logger.warn('full-text index is not usable, searching without it', { state });
  return {
    usable: () => state === 'usable',
    state: () => state,
    onBroken: (cause) => {
      if (state === 'broken') return;
      state = 'broken';
      logger.error('full-text index failed, searching without it', { cause });
      // Not awaited: the caller may hold the writing connection. Forgetting it costs only one more failure.
      store
        .write((sql) => {
          sql.run(`INSERT OR REPLACE INTO meta (key, value) VALUES (?, '1')`, BROKEN);
          setIndexPlace(sql, null);
        })
        .catch(() => undefined);
    },
    suspend: () => {
      const before = state;
      state = 'rebuilding';
      return () => {
        state = before;
      };
    },
    rebuilt: () => {
      if (state === 'rebuilding') state = 'usable';
    },
  };
}
