import { createHash } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import { relaxed } from '#engines/contract/kit/relaxed.ts';
import type { SessionDb } from './session-db.ts';

export interface HistoryDescriptor {
  readonly seq: number;
  readonly attempts: number;
  readonly notification: proto.Message.IHistorySyncNotification;
}

/**
 * History that was announced and is not in the outbox yet. The phone announces initial history once, so
 * a descriptor is on disk before the announcement is acknowledged, and leaves only behind its messages.
 */
export interface HistoryJournal {
  /**
   * Announcing twice is once. Survives the process on return, and a power cut together with the ratchet, which is written to the
   * same file next and before the acknowledgement. Throws errors of SQLite.
   */
  add(notification: proto.Message.IHistorySyncNotification): void;
  /** The oldest that is due; pages that somebody waits for come before initial chunks. */
  next(nowMs: number): HistoryDescriptor | null;
  postpone(seq: number, untilMs: number): void;
  remove(seq: number): void;
  /** How many wait, and when the first is due (null = none waits). */
  waiting(): { readonly count: number; readonly firstDueMs: number | null };
}

export function createHistoryJournal(db: SessionDb): HistoryJournal {
  const insert = db.prepare(
    'INSERT INTO history_descriptors (digest, notification) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  const due = db.prepare<[number], { seq: number; attempts: number; notification: Buffer }>(
    'SELECT seq, attempts, notification FROM history_descriptors WHERE next_attempt_ms <= ? ORDER BY seq',
  );
  const later = db.prepare(
    'UPDATE history_descriptors SET attempts = attempts + 1, next_attempt_ms = ? WHERE seq = ?',
  );
  const drop = db.prepare('DELETE FROM history_descriptors WHERE seq = ?');
  const count = db.prepare<[], { count: number; firstDueMs: number | null }>(
    'SELECT COUNT(*) AS count, MIN(next_attempt_ms) AS firstDueMs FROM history_descriptors',
  );
  const read = (row: { seq: number; attempts: number; notification: Buffer }): HistoryDescriptor => ({
    seq: row.seq,
    attempts: row.attempts,
    notification: proto.Message.HistorySyncNotification.decode(row.notification),
  });
  return {
    add: (notification) => {
      const bytes = proto.Message.HistorySyncNotification.encode(notification).finish();
      // The same announcement can come again in another stanza.
      const digest = createHash('sha256').update(bytes).digest('hex');
      relaxed(db, () => insert.run(digest, bytes));
    },
    next: (nowMs) => {
      let first: HistoryDescriptor | null = null;
      for (const row of due.iterate(nowMs)) {
        const descriptor = read(row);
        if (isPage(descriptor.notification)) return descriptor;
        first ??= descriptor;
      }
      return first;
    },
    postpone: (seq, untilMs) => {
      later.run(untilMs, seq);
    },
    remove: (seq) => {
      // What comes back is taken in once more, and the store knows it.
      relaxed(db, () => drop.run(seq));
    },
    waiting: () => count.get() ?? { count: 0, firstDueMs: null },
  };
}

/** An answer to a request for older messages, as opposed to what the phone pushes after linking. */
export function isPage(notification: proto.Message.IHistorySyncNotification): boolean {
  return notification.syncType === proto.Message.HistorySyncType.ON_DEMAND;
}
