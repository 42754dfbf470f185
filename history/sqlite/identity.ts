import type { IdentityStore, MergeRecord } from '../contracts/identity.ts';
import type { Store } from './database.ts';
import type { IngestTools } from './ingest-tools.ts';
import { undoMerge } from './undo.ts';

export function createIdentity(store: Store, tools: IngestTools, flush: () => void): IdentityStore {
  return {
    merges: (limit) =>
      store.read((sql) =>
        sql.all<MergeRecord>(
          `SELECT id, at, kept, merged, source, undone_at AS undoneAt FROM merges ORDER BY id DESC LIMIT ?`,
          limit,
        ),
      ),
    undo: (mergeId) =>
      store.write(async (sql, slice) => {
        await undoMerge(sql, tools.index, mergeId, tools.now(), slice);
        flush();
        tools.ids.forget();
      }),
  };
}
