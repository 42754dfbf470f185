import type { MessageRow } from './message-rows.ts';
import type { Sql } from './sql.ts';

/** Changes of messages that are not there yet. */
export interface Pending {
  keep(chatId: number, stanzaId: string, change: unknown): void;
  /** Applies what waited for a message that has just been stored. */
  applyTo(row: MessageRow): void;
  /** Tries all that waits in these chats: after a merge, messages stand where they were not before. */
  retry(chatIds: readonly number[]): void;
  forget(): void;
}

interface PendingRow {
  readonly id: number;
  readonly chat_id: number;
  readonly stanza_id: string;
  readonly json: string;
}

/** Receipts for messages from before the link never find them; the oldest make room. */
const PENDING_MAX = 200_000;
const PENDING_DROPPED_AT_ONCE = 20_000;

/** `apply` returns false when the change is not meant for this message after all. */
export function createPending(sql: Sql, apply: (row: MessageRow, change: unknown) => boolean): Pending {
  const selectFor = sql.statement<[number, string], PendingRow>(
    `SELECT * FROM pending WHERE chat_id = ? AND stanza_id = ? ORDER BY id`,
  );
  const insert = sql.statement<[number, string, string]>(
    `INSERT INTO pending (chat_id, stanza_id, json) VALUES (?, ?, ?)`,
  );
  const remove = sql.statement<[number]>(`DELETE FROM pending WHERE id = ?`);
  const rowsFor = sql.statement<[number, string], MessageRow>(
    `SELECT * FROM messages WHERE chat_id = ? AND stanza_id = ?`,
  );
  const rowAt = sql.statement<[number], MessageRow>(`SELECT * FROM messages WHERE pk = ?`);
  // Null = not counted yet. Counting saves the lookup for every new message while nothing waits.
  let waiting: number | null = null;
  const count = () => {
    waiting ??= sql.get<{ n: number }>(`SELECT COUNT(*) AS n FROM pending`)?.n ?? 0;
    return waiting;
  };
  const applyAll = (key: number, list: readonly PendingRow[]) => {
    for (const one of list) {
      const row = rowAt.get(key);
      if (row === undefined || !apply(row, JSON.parse(one.json))) continue;
      const before = count();
      remove.run(one.id);
      waiting = before - 1;
    }
  };
  return {
    keep: (chatId, stanzaId, change) => {
      const json = JSON.stringify(change);
      if (selectFor.all(chatId, stanzaId).some((one) => one.json === json)) return;
      const before = count();
      insert.run(chatId, stanzaId, json);
      waiting = before + 1;
      if (waiting <= PENDING_MAX) return;
      sql.run(
        `DELETE FROM pending WHERE id IN (SELECT id FROM pending ORDER BY id LIMIT ?)`,
        PENDING_DROPPED_AT_ONCE,
      );
      waiting = null;
    },
    applyTo: (row) => {
      if (count() === 0) return;
      applyAll(row.pk, selectFor.all(row.chat_id, row.stanza_id));
    },
    retry: (chatIds) => {
      for (const chatId of chatIds) {
        for (const one of sql.all<PendingRow>(`SELECT * FROM pending WHERE chat_id = ? ORDER BY id`, chatId))
          for (const row of rowsFor.all(chatId, one.stanza_id)) applyAll(row.pk, [one]);
      }
    },
    forget: () => {
      waiting = null;
    },
  };
}
