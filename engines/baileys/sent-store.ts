import { proto } from '@whiskeysockets/baileys';
import type { SessionDb } from './session-db.ts';

/**
 * `sending` = may or may not have left; `settled` = the server answered, or the echo says `pending`; `change` = no
 * message of its own but an edit, a revoke or a reaction.
 */
export type SentState = 'sending' | 'settled' | 'change';

export interface SentMessage {
  readonly id: string;
  readonly chat: string;
  readonly message: proto.IMessage;
  /** Seconds. */
  readonly sentAt: number;
  readonly state: SentState;
}

/**
 * Own sends, kept for two reasons: a recipient that cannot decrypt asks for the message again, and a crash
 * between sending and noting it must not lose it from the history.
 */
export interface SentStore {
  put(sent: SentMessage): void;
  settle(id: string): void;
  get(id: string): SentMessage | null;
  /** An own edit, revoke or reaction: receipts for it say nothing that the history keeps. */
  isChange(id: string): boolean;
  unsettled(): readonly SentMessage[];
}

/** Retry requests come within hours; more would only keep texts longer than needed. */
const KEPT = 2_000;

export function createSentStore(db: SessionDb): SentStore {
  type Row = { id: string; chat: string; message: Buffer; sent_at: number; state: SentState };
  const insert = db.prepare(
    'INSERT INTO sent (id, chat, message, sent_at, state) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state',
  );
  const trim = db.prepare(
    `DELETE FROM sent WHERE state <> 'sending' AND id NOT IN (SELECT id FROM sent ORDER BY sent_at DESC LIMIT ${KEPT})`,
  );
  const settle = db.prepare(`UPDATE sent SET state = 'settled' WHERE id = ?`);
  const one = db.prepare<[string], Row>('SELECT * FROM sent WHERE id = ?');
  const open = db.prepare<[], Row>(`SELECT * FROM sent WHERE state = 'sending' ORDER BY sent_at`);
  const change = db.prepare<[string], Row>(`SELECT * FROM sent WHERE id = ? AND state = 'change'`);
  const size = db.prepare<[], { count: number }>('SELECT COUNT(*) AS count FROM sent');
  const read = (row: Row): SentMessage => ({
    id: row.id,
    chat: row.chat,
    message: proto.Message.decode(row.message),
    sentAt: row.sent_at,
    state: row.state,
  });
  return {
    put: (sent) => {
      insert.run(sent.id, sent.chat, proto.Message.encode(sent.message).finish(), sent.sentAt, sent.state);
      if ((size.get()?.count ?? 0) > KEPT * 1.1) trim.run();
    },
    settle: (id) => {
      settle.run(id);
    },
    get: (id) => {
      const row = one.get(id);
      return row === undefined ? null : read(row);
    },
    isChange: (id) => change.get(id) !== undefined,
    unsettled: () => open.all().map(read),
  };
}
