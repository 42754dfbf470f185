import type { IdentityStore, MergeRecord } from '../contracts/identity.ts';
import type { Store } from './database.ts';
import type { IngestTools } from './ingest-tools.ts';
import { copyNoMessages } from './no-messages.ts';
import type { Slice } from './slice.ts';
import { undoMerge } from './undo.ts';

export function createIdentity(
  store: Store,
  tools: IngestTools,
  flush: (slice: Slice) => Promise<void>,
): IdentityStore {
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
        const merge = await undoMerge(sql, tools.index, mergeId, tools.now(), slice);
        copyNoMessages(tools, merge);
        await flush(slice);
        tools.ids.forget();
      }),
  };
}
