import { KEYS_PER_SECOND, secondsOfKey } from '../time-key.ts';
import type { Sql } from './sql.ts';

/** What new messages change on their chats' rows, gathered in memory and written once per chat and transaction. */
export interface ChatTotals {
  added(
    chatId: number,
    change: { readonly key: number; readonly shown: boolean; readonly unread: boolean },
  ): void;
  /** A message that was there already is shown from now on. */
  shown(chatId: number, key: number): void;
  flush(): void;
  forget(): void;
}

interface Delta {
  added: number;
  unread: number;
  lastKey: number;
}

export function createChatTotals(sql: Sql): ChatTotals {
  const pending = new Map<number, Delta>();
  // A chat that was deleted is back with its next message; what a late page brings of its past changes nothing.
  const update = sql.statement<[number, number, number, number, number, number, number, number]>(
    `UPDATE chats SET message_count = message_count + ?, unread = unread + ?,
       last_key = CASE WHEN ? > 0 THEN MAX(COALESCE(last_key, 0), ?) ELSE last_key END,
       active_at = MAX(active_at, ?),
       deleted_at = CASE WHEN ? > COALESCE(last_key, deleted_at * ?, 0) THEN NULL ELSE deleted_at END WHERE id = ?`,
  );
  const of = (chatId: number): Delta => {
    let delta = pending.get(chatId);
    if (delta === undefined) {
      delta = { added: 0, unread: 0, lastKey: 0 };
      pending.set(chatId, delta);
    }
    return delta;
  };
  return {
    added: (chatId, change) => {
      const delta = of(chatId);
      delta.added += 1;
      if (change.unread) delta.unread += 1;
      if (change.shown && change.key > delta.lastKey) delta.lastKey = change.key;
    },
    shown: (chatId, key) => {
      const delta = of(chatId);
      if (key > delta.lastKey) delta.lastKey = key;
    },
    flush: () => {
      for (const [chatId, { added, unread, lastKey }] of pending)
        update.run(added, unread, lastKey, lastKey, secondsOfKey(lastKey), lastKey, KEYS_PER_SECOND, chatId);
      pending.clear();
    },
    forget: () => pending.clear(),
  };
}
