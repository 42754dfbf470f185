import type { Observation } from '#engines/contract/observation.ts';
import type { IngestBatch, IngestReport, IngestStore } from '../contracts/history.ts';
import type { Store } from './database.ts';
import { ingestChange, ingestReceipt } from './ingest-change.ts';
import { ingestChat, ingestContact, ingestLink } from './ingest-chat.ts';
import { ingestGroup, ingestMembers } from './ingest-group.ts';
import { ingestMessage } from './ingest-message.ts';
import { ingestNoMessage } from './ingest-no-message.ts';
import { ingestConnection, ingestPage, ingestProgress } from './ingest-sync.ts';
import type { BatchContext, IngestTools } from './ingest-tools.ts';
import type { Slice } from './slice.ts';
import type { Sql } from './sql.ts';

/** Observations between two looks at the clock: some two milliseconds of work. */
const OBSERVATIONS_BETWEEN_CHECKS = 32;

const NOTHING: IngestReport = Object.freeze({
  applied: false,
  messagesAdded: 0,
  messagesDeduplicated: 0,
  messagesEnriched: 0,
  addedKeys: [],
});

export interface IngestDeps {
  readonly store: Store;
  readonly tools: IngestTools;
  /** Writes what was gathered in memory; the last step before the commit. */
  readonly flush: (slice: Slice) => Promise<void>;
}

export function createIngest({ store, tools, flush }: IngestDeps): IngestStore {
  return {
    apply: (batch) =>
      store.write(async (sql, slice) => {
        const offset = readOffset(sql, batch.engine, batch.outboxId);
        if (batch.seq <= (offset ?? 0)) return NOTHING;
        if (isTorn(batch, offset)) tools.spans.torn(batch.engine, tools.now());
        const context: BatchContext = {
          engine: batch.engine,
          addedKeys: [],
          pages: new Map(),
          deduplicated: 0,
          enriched: 0,
        };
        let done = 0;
        for (const observation of batch.observations) {
          applyOne(tools, context, observation);
          done += 1;
          if (done % OBSERVATIONS_BETWEEN_CHECKS === 0 && slice.due()) await slice.rest();
        }
        await flush(slice);
        quarantine(sql, batch, tools.now());
        sql.run(
          `INSERT INTO offsets (engine, outbox_id, seq, at) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET seq = excluded.seq, at = excluded.at`,
          batch.engine,
          batch.outboxId,
          batch.seq,
          tools.now(),
        );
        return {
          applied: true,
          messagesAdded: context.addedKeys.length,
          messagesDeduplicated: context.deduplicated,
          messagesEnriched: context.enriched,
          addedKeys: context.addedKeys.sort((a, b) => a - b),
        };
      }),
    durable: () => store.durable(),
    offset: (engine, outboxId) => store.read((sql) => readOffset(sql, engine, outboxId) ?? 0),
    quarantinedCount: () =>
      store.read((sql) => sql.get<{ n: number }>(`SELECT COUNT(*) AS n FROM quarantine`)?.n ?? 0),
    lastAt: (engine) =>
      store.read(
        (sql) =>
          sql.get<{ at: number | null }>(`SELECT MAX(at) AS at FROM offsets WHERE engine = ?`, engine)?.at ??
          null,
      ),
  };
}

/** Not everything that the engine told has come here: its outbox is new, or entries are gone, as after a restored backup. */
function isTorn({ firstSeq, dropped }: IngestBatch, offset: number | null): boolean {
  return offset === null || dropped === true || (firstSeq !== undefined && firstSeq > offset + 1);
}

/** Null = this outbox is new. */
function readOffset(sql: Sql, engine: string, outboxId: string): number | null {
  const row = sql.get<{ seq: number }>(
    `SELECT seq FROM offsets WHERE engine = ? AND outbox_id = ?`,
    engine,
    outboxId,
  );
  return row?.seq ?? null;
}

function quarantine(sql: Sql, batch: IngestBatch, at: number): void {
  for (const one of batch.quarantined ?? [])
    sql.run(
      `INSERT OR IGNORE INTO quarantine (engine, outbox_id, seq, problem, json, at) VALUES (?, ?, ?, ?, ?, ?)`,
      batch.engine,
      batch.outboxId,
      one.seq,
      one.problem,
      one.json,
      at,
    );
}

function applyOne(tools: IngestTools, batch: BatchContext, seen: Observation): void {
  switch (seen.kind) {
    case 'message':
      ingestMessage(tools, batch, seen);
      return;
    case 'edit':
    case 'revoke':
    case 'reaction':
      ingestChange(tools, batch, seen);
      return;
    case 'no-message':
      ingestNoMessage(tools, batch, seen);
      return;
    case 'receipt':
      ingestReceipt(tools, batch, seen);
      return;
    case 'chat':
      ingestChat(tools, batch, seen);
      return;
    case 'contact':
      ingestContact(tools, seen);
      return;
    case 'group':
      ingestGroup(tools, seen.group);
      return;
    case 'members':
      ingestMembers(tools, seen);
      return;
    case 'identity-link':
      ingestLink(tools, seen);
      return;
    case 'history-page':
      ingestPage(tools, batch, seen);
      return;
    case 'history-progress':
      ingestProgress(tools, batch, seen);
      return;
    case 'connection':
      ingestConnection(tools, batch, seen);
      return;
    case 'caught-up':
      tools.spans.caughtUp(batch.engine, seen.at);
      return;
  }
}
