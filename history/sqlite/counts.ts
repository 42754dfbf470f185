import type { MessageType } from '#engines/contract/message.ts';
import type { Sql } from './sql.ts';

export interface Countable {
  readonly chatId: number;
  readonly type: MessageType;
  readonly engines: number;
  readonly edited: boolean;
  readonly revoked: boolean;
}

/** message_counts, gathered in memory and written once per transaction: many messages of a page share a row. */
export interface Counts {
  add(message: Countable, by: 1 | -1): void;
  flush(): void;
  forget(): void;
}

export function createCounts(sql: Sql): Counts {
  const pending = new Map<string, { of: Countable; by: number }>();
  const upsert = sql.statement<[number, string, number, number, number, number]>(
    `INSERT INTO message_counts (chat_id, type, engines, edited, revoked, messages) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET messages = messages + excluded.messages`,
  );
  return {
    add: (message, by) => {
      const key = `${message.chatId} ${message.type} ${message.engines} ${message.edited} ${message.revoked}`;
      const known = pending.get(key);
      if (known === undefined) pending.set(key, { of: message, by });
      else known.by += by;
    },
    flush: () => {
      for (const { of, by } of pending.values()) {
        if (by !== 0) upsert.run(of.chatId, of.type, of.engines, Number(of.edited), Number(of.revoked), by);
      }
      pending.clear();
    },
    forget: () => pending.clear(),
  };
}
