import type { EngineName } from '#engines/contract/capability.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';
import type { Checkpoint, CheckpointState, CheckpointStore } from '../contracts/checkpoints.ts';
import type { Store } from './database.ts';

interface CheckpointRow {
  readonly chat_id: number;
  readonly engine: EngineName;
  readonly direction: Checkpoint['direction'];
  readonly state: CheckpointState;
  readonly reason: string | null;
  readonly anchor: string | null;
  readonly page: number;
  readonly fetched: number;
  readonly added: number;
  readonly deduplicated: number;
  readonly next_attempt_at: number | null;
}

export function createCheckpoints(store: Store, now: () => number): CheckpointStore {
  return {
    get: (chatId, engine, direction) =>
      store.read((sql) => {
        const row = sql.get<CheckpointRow>(
          `SELECT * FROM checkpoints WHERE chat_id = ? AND engine = ? AND direction = ?`,
          chatId,
          engine,
          direction,
        );
        return row === null ? null : checkpointOf(row);
      }),
    save: (c) =>
      store.write((sql) => {
        sql.run(
          `INSERT INTO checkpoints (chat_id, engine, direction, state, reason, anchor, page, fetched, added, deduplicated,
             next_attempt_at, started_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)
           ON CONFLICT DO UPDATE SET state = excluded.state, reason = excluded.reason, anchor = excluded.anchor,
             page = excluded.page, fetched = excluded.fetched, added = excluded.added, deduplicated = excluded.deduplicated,
             next_attempt_at = excluded.next_attempt_at, updated_at = excluded.updated_at`,
          c.chatId,
          c.engine,
          c.direction,
          c.state,
          c.reason,
          c.anchor === null ? null : JSON.stringify(c.anchor),
          c.page,
          c.fetched,
          c.added,
          c.deduplicated,
          c.nextAttemptAt,
          now(),
        );
      }),
    list: (states) =>
      store.read((sql) =>
        sql
          .all<CheckpointRow>(
            `SELECT * FROM checkpoints WHERE ?1 IS NULL OR state IN (SELECT value FROM json_each(?1))
             ORDER BY updated_at, chat_id`,
            states === undefined ? null : JSON.stringify(states),
          )
          .map(checkpointOf),
      ),
  };
}

function checkpointOf(row: CheckpointRow): Checkpoint {
  return {
    chatId: row.chat_id,
    engine: row.engine,
    direction: row.direction,
    state: row.state,
    reason: row.reason,
    anchor: row.anchor === null ? null : (JSON.parse(row.anchor) as HistoryAnchor),
    page: row.page,
    fetched: row.fetched,
    added: row.added,
    deduplicated: row.deduplicated,
    nextAttemptAt: row.next_attempt_at,
  };
}
