import type { Sql } from './sql.ts';

export type Row = Readonly<Record<string, string | number | null>>;

/** Tables whose rows a merge may change, with their keys. */
const KEYS = {
  people: ['id'],
  chats: ['id'],
  aliases: ['jid'],
  messages: ['pk'],
  media: ['pk'],
  message_observations: ['pk', 'engine'],
  reactions: ['pk', 'person_id'],
  receipts: ['pk', 'person_id'],
  revisions: ['pk', 'at'],
  pending: ['id'],
  chat_authors: ['chat_id', 'person_id'],
  group_members: ['chat_id', 'person_id'],
  coverage: ['chat_id', 'to_at'],
  push_edges: ['chat_id', 'engine'],
  backfills: ['chat_id'],
  job_items: ['job_id', 'n'],
  no_messages: ['chat_id', 'stanza_id', 'from_me', 'sender_id'],
  history_pages: ['engine', 'request_id'],
} as const satisfies Record<string, readonly string[]>;
export type TableName = keyof typeof KEYS;

/** Whole rows by key, for the few places that handle many tables alike. */
export interface Rows {
  /** The row that stands at the key of this one. */
  at(table: TableName, row: Row): Row | null;
  where(table: TableName, column: string, value: number): Row[];
  put(table: TableName, row: Row): void;
  drop(table: TableName, row: Row): void;
}

export function createRows(sql: Sql): Rows {
  const condition = (table: TableName) => KEYS[table].map((column) => `${column} = ?`).join(' AND ');
  const key = (table: TableName, row: Row) => KEYS[table].map((column) => row[column] ?? null);
  return {
    at: (table, row) => sql.get<Row>(`SELECT * FROM ${table} WHERE ${condition(table)}`, ...key(table, row)),
    where: (table, column, value) => sql.all<Row>(`SELECT * FROM ${table} WHERE ${column} = ?`, value),
    put: (table, row) => {
      const columns = Object.keys(row);
      sql.run(
        `INSERT OR REPLACE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
        ...Object.values(row),
      );
    },
    drop: (table, row) => {
      sql.run(`DELETE FROM ${table} WHERE ${condition(table)}`, ...key(table, row));
    },
  };
}

export function sameRow(a: Row | null, b: Row | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
