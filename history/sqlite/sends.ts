import type { Clock } from '#kernel/clock.ts';
import type { SendRecord, SendState, SendStore } from '../contracts/sends.ts';
import type { Store } from './database.ts';
import type { Sql } from './sql.ts';

interface SendRow {
  readonly id: number;
  readonly message_id: string;
  readonly operation: string;
  readonly idempotency_key: string | null;
  readonly fingerprint: string;
  readonly chat_jid: string;
  readonly state: SendState;
  readonly engine: string | null;
  readonly result: string | null;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
}

export function createSends(store: Store, clock: Clock): SendStore {
  /** An intent that a power cut forgets could be sent twice. */
  const kept = async <T>(work: (sql: Sql) => T): Promise<T> => {
    const result = await store.write(work);
    await store.durable();
    return result;
  };
  return {
    plan: (intent, expiresAfterMs) =>
      kept((sql) => {
        const existing =
          intent.idempotencyKey === null ? null : held(sql, intent.operation, intent.idempotencyKey);
        if (existing !== null && existing.createdAtMs + expiresAfterMs > intent.createdAtMs)
          return { record: existing, existing: true };
        if (existing !== null) sql.run(`UPDATE sends SET idempotency_key = NULL WHERE id = ?`, existing.id);
        const { lastInsertRowid } = sql
          .statement<[string, string, string | null, string, string, number, number]>(
            `INSERT INTO sends (message_id, operation, idempotency_key, fingerprint, chat_jid, state, created_at_ms, updated_at_ms)
             VALUES (?, ?, ?, ?, ?, 'planned', ?, ?)`,
          )
          .run(
            intent.messageId,
            intent.operation,
            intent.idempotencyKey,
            intent.fingerprint,
            intent.chatJid,
            intent.createdAtMs,
            intent.createdAtMs,
          );
        const id = Number(lastInsertRowid);
        return {
          record: {
            ...intent,
            id,
            state: 'planned' as const,
            engine: null,
            result: null,
            updatedAtMs: intent.createdAtMs,
          },
          existing: false,
        };
      }),
    update: (id, change) =>
      kept((sql) => {
        sql.run(
          `UPDATE sends SET state = ?, engine = COALESCE(?, engine), result = COALESCE(?, result), updated_at_ms = ? WHERE id = ?`,
          change.state,
          change.engine ?? null,
          change.result ?? null,
          clock.now(),
          id,
        );
      }),
    release: (id) =>
      kept((sql) => {
        sql.run(`DELETE FROM sends WHERE id = ?`, id);
      }),
    get: (id) =>
      store.read((sql) => {
        const row = sql.get<SendRow>(`SELECT * FROM sends WHERE id = ?`, id);
        return row === null ? null : sendOf(row);
      }),
    open: () =>
      store.read((sql) =>
        sql
          .all<SendRow>(`SELECT * FROM sends WHERE state IN ('planned', 'dispatched') ORDER BY id`)
          .map(sendOf),
      ),
    recent: (operation, chatJid, fingerprint, sinceMs) =>
      store.read((sql) => {
        const row = sql.get<SendRow>(
          `SELECT * FROM sends WHERE operation = ? AND chat_jid = ? AND fingerprint = ? AND created_at_ms >= ?
           ORDER BY created_at_ms DESC, id DESC LIMIT 1`,
          operation,
          chatJid,
          fingerprint,
          sinceMs,
        );
        return row === null ? null : sendOf(row);
      }),
  };
}

function held(sql: Sql, operation: string, key: string): SendRecord | null {
  const row = sql.get<SendRow>(
    `SELECT * FROM sends WHERE operation = ? AND idempotency_key = ?`,
    operation,
    key,
  );
  return row === null ? null : sendOf(row);
}

function sendOf(row: SendRow): SendRecord {
  return {
    id: row.id,
    messageId: row.message_id,
    operation: row.operation,
    idempotencyKey: row.idempotency_key,
    fingerprint: row.fingerprint,
    chatJid: row.chat_jid,
    state: row.state,
    engine: row.engine,
    result: row.result,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
