import { chatToken } from '../search/match-expression.ts';
import { segment } from '../search/segmenter.ts';
import { isIndexError } from './errors.ts';
import { indexPlace } from './search-index.ts';
import type { Slice } from './slice.ts';
import type { Sql } from './sql.ts';

/**
 * What a transaction changes in the full-text index, written at its end in the order of the keys: FTS5 flushes its
 * buffer whenever row ids go backwards.
 */
export interface TextIndex {
  /** `fresh` = the key was not in the index before. */
  put(key: number, chatId: number, text: string, fresh: boolean): void;
  drop(key: number): void;
  /** Rests between slices: the index is half of the work of a batch. */
  flush(slice: Slice): Promise<void>;
  forget(): void;
}

interface Entry {
  readonly key: number;
  readonly chatId: number;
  /** Null = leaves the index. */
  readonly text: string | null;
  readonly replaces: boolean;
}

/** Looking at the clock costs about as much as a short text. */
const ENTRIES_BETWEEN_CHECKS = 16;

export function createTextIndex(sql: Sql, onBroken: (cause: unknown) => void): TextIndex {
  const pending = new Map<number, Entry>();
  const write = async (entries: readonly Entry[], slice: Slice) => {
    const insert = sql.statement<[number, string, string]>(
      `INSERT INTO messages_fts (rowid, text, chat) VALUES (?, ?, ?)`,
    );
    const remove = sql.statement<[number]>(`DELETE FROM messages_fts WHERE rowid = ?`);
    for (const [at, entry] of entries.entries()) {
      if (at % ENTRIES_BETWEEN_CHECKS === 0 && slice.due()) await slice.rest();
      if (entry.replaces) remove.run(entry.key);
      if (entry.text !== null) insert.run(entry.key, segment(entry.text), chatToken(entry.chatId));
    }
  };
  return {
    put: (key, chatId, text, fresh) => {
      pending.set(key, { key, chatId, text, replaces: pending.get(key)?.replaces ?? !fresh });
    },
    drop: (key) => {
      pending.set(key, { key, chatId: 0, text: null, replaces: pending.get(key)?.replaces ?? true });
    },
    flush: async (slice) => {
      if (pending.size === 0) return;
      // A rebuild under way comes by for what is above its place.
      const reach = indexPlace(sql)?.key ?? Number.POSITIVE_INFINITY;
      const entries = [...pending.values()]
        .filter((entry) => entry.key <= reach)
        .sort((a, b) => a.key - b.key);
      pending.clear();
      try {
        await write(entries, slice);
      } catch (thrown) {
        // A damaged index must not stop the history from growing; it can be rebuilt from the texts.
        if (!isIndexError(thrown)) throw thrown;
        onBroken(thrown);
      }
    },
    forget: () => pending.clear(),
  };
}
