import type { Logger } from '#kernel/logger.ts';
import type { Store } from './database.ts';
import { isIndexError } from './errors.ts';

/** Whether the full-text index can be relied on. Once it failed it stays out of use until it is rebuilt: it has holes. */
export interface SearchHealth {
  readonly usable: () => boolean;
  readonly onBroken: (cause: unknown) => void;
}

const BROKEN = 'search_index_broken';

export async function createSearchHealth(store: Store, logger: Logger): Promise<SearchHealth> {
  let usable = await store.read((sql) => {
    if (!store.indexSound) return false;
    try {
      sql.get(`SELECT rowid FROM messages_fts WHERE messages_fts MATCH '"a"' LIMIT 1`);
      return sql.get(`SELECT 1 FROM meta WHERE key = ?`, BROKEN) === null;
    } catch (thrown) {
      if (isIndexError(thrown)) return false;
      throw thrown;
    }
  });
  if (!usable) logger.warn('full-text index is not usable, searching without it');
  return {
    usable: () => usable,
    onBroken: (cause) => {
      if (!usable) return;
      usable = false;
      logger.error('full-text index failed, searching without it', { cause });
      // Not awaited: the caller may hold the writing connection. Forgetting it costs only one more failure.
      store
        .write((sql) => {
          sql.run(`INSERT OR REPLACE INTO meta (key, value) VALUES (?, '1')`, BROKEN);
        })
        .catch(() => undefined);
    },
  };
}
