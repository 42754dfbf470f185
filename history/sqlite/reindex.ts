import { TandemError } from '#kernel/errors.ts';
import type { IndexState, ReindexStep } from '../contracts/maintenance.ts';
import { chatToken } from '../search/match-expression.ts';
import { segment } from '../search/segmenter.ts';
import type { Store } from './database.ts';
import type { SearchHealth } from './search-health.ts';
import { clearIndex, indexPlace, setIndexPlace } from './search-index.ts';
import type { Slice } from './slice.ts';
import type { Sql } from './sql.ts';

/** Looking at the clock costs about as much as a short text. */
const MESSAGES_BETWEEN_CHECKS = 16;

export interface Reindex {
  readonly reindex: (after: number | null, limit: number) => Promise<ReindexStep>;
  readonly index: () => Promise<IndexState>;
}

export function createReindex(store: Store, health: SearchHealth): Reindex {
  return {
    reindex: async (after, limit) => {
      if (after === null) {
        const restore = health.suspend();
        try {
          await store.write(clearIndex);
        } catch (thrown) {
          restore();
          throw thrown;
        }
      } else if (health.state() === 'broken') {
        throw new TandemError('DATABASE_ERROR', {
          message: 'The search index failed while it was rebuilt.',
          hint: 'Start the rebuild anew.',
        });
      }
      const step = await store.write((sql, slice) => indexSome(sql, slice, limit));
      if (step.next === null) health.rebuilt();
      return step;
    },
    index: () => store.read((sql) => ({ usable: health.usable(), rebuiltTo: indexPlace(sql)?.key ?? null })),
  };
}

/** Indexes the next messages in the order of their keys. Inside the caller's transaction. */
export async function indexSome(sql: Sql, slice: Slice, limit: number): Promise<ReindexStep> {
  const total = sql.get<{ n: number }>(`SELECT COALESCE(SUM(messages), 0) AS n FROM message_counts`)?.n ?? 0;
  const place = indexPlace(sql);
  if (place === null) return { next: null, indexed: total, total };
  const rows = sql.all<{ pk: number; chat_id: number; text: string | null; revoked_at: number | null }>(
    `SELECT pk, chat_id, text, revoked_at FROM messages WHERE pk > ? ORDER BY pk LIMIT ?`,
    place.key,
    limit,
  );
  const insert = sql.statement<[number, string, string]>(
    `INSERT INTO messages_fts (rowid, text, chat) VALUES (?, ?, ?)`,
  );
  for (const [at, row] of rows.entries()) {
    if (at % MESSAGES_BETWEEN_CHECKS === 0 && slice.due()) await slice.rest();
    if (row.text !== null && row.revoked_at === null)
      insert.run(row.pk, segment(row.text), chatToken(row.chat_id));
  }
  const done = place.done + rows.length;
  const key = rows.at(-1)?.pk ?? place.key;
  const next = rows.length < limit ? null : { key, done };
  setIndexPlace(sql, next);
  return { next: next?.key ?? null, indexed: next === null ? total : Math.min(done, total), total };
}
