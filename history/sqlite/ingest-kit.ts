import { type Clock, nowSeconds } from '#kernel/clock.ts';
import { createChatTotals } from './chat-totals.ts';
import { createCounts } from './counts.ts';
import type { Store } from './database.ts';
import { createIdentities } from './identities.ts';
import { applyPending, type Change } from './ingest-change.ts';
import type { IngestTools } from './ingest-tools.ts';
import { createLinks } from './links.ts';
import { createLiveSpans } from './live-spans.ts';
import { createMessageWriter } from './message-writer.ts';
import { createPending } from './pending.ts';
import { createPushEdges } from './push-edges.ts';
import { createPushNames } from './push-names.ts';
import { createResolver } from './resolve.ts';
import type { Slice } from './slice.ts';
import type { Sql } from './sql.ts';
import { createTextIndex } from './text-index.ts';

/** Builds the tools once, on the writing connection. */
export function createIngestKit(
  store: Store,
  clock: Clock,
  onBroken: (cause: unknown) => void,
): Promise<{ readonly tools: IngestTools; readonly flush: (slice: Slice) => Promise<void> }> {
  return store.write((sql) => {
    const now = () => nowSeconds(clock);
    const ids = createIdentities(sql, now);
    const counts = createCounts(sql);
    const totals = createChatTotals(sql);
    const index = createTextIndex(sql, onBroken);
    const pushNames = createPushNames(sql);
    const edges = createPushEdges(sql);
    const spans = createLiveSpans(sql, now);
    const pending = createPending(sql, (row, change) => applyPending(tools, row, change as Change));
    const settle = () => {
      pushNames.flush();
      totals.flush();
      counts.flush();
      edges.flush();
      spans.flush();
    };
    const links = createLinks({
      sql,
      ids,
      counts,
      index,
      now,
      beforeMerge: settle,
      afterMerge: (kept) => {
        pending.forget();
        pending.retry(chatsOf(sql, kept));
      },
    });
    const tools: IngestTools = {
      sql,
      ids,
      links,
      resolve: createResolver(ids, links),
      messages: createMessageWriter(sql),
      counts,
      totals,
      index,
      pushNames,
      pending,
      edges,
      spans,
      now,
      nowMs: () => clock.now(),
    };
    store.onStale(() => {
      for (const part of [ids, counts, totals, index, pushNames, pending, edges, spans]) part.forget();
    });
    return {
      tools,
      flush: (slice) => {
        settle();
        return index.flush(slice);
      },
    };
  });
}

function chatsOf(sql: Sql, person: number): number[] {
  return sql
    .all<{ id: number }>(
      `SELECT id FROM chats WHERE person_id = ?1 UNION SELECT chat_id FROM chat_authors WHERE person_id = ?1`,
      person,
    )
    .map((row) => row.id);
}
