import { randomUUID } from 'node:crypto';
import { chmodSync } from 'node:fs';
import Database from 'better-sqlite3';
import { PRIVATE_FILE } from '#kernel/data-dir.ts';
import { OUTBOX_ENTRY_MAX_OBSERVATIONS } from '#kernel/limits.ts';
import { createLogSync, syncLogNow } from '#kernel/sqlite-log.ts';
import { relaxed } from './kit/relaxed.ts';
import type { Observation } from './observation.ts';

export interface OutboxEntry {
  readonly seq: number;
  readonly observations: readonly Observation[];
}

export interface OutboxStats {
  readonly id: string;
  /** Sequence of the oldest entry kept, or lastSeq + 1 when empty. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly entries: number;
}

/**
 * What an engine learned and the consumer has not yet committed, on disk.
 *
 * An entry is appended before the protocol acknowledgement where the protocol allows it, and pruned only
 * after the consumer has said that it committed it. Entries are immutable and numbered without gaps, so
 * a consumer that stores its offset with the data loses nothing and doubles nothing. `id` changes when the
 * file was made anew: offsets of another outbox do not apply.
 */
export interface Outbox {
  readonly id: string;
  /** Synced to disk on return. Splits long lists; returns the sequence of the last entry. Throws DB errors of SQLite. */
  append(observations: readonly Observation[]): number;
  /** The same without holding up the event loop for the disk. Nobody sees the entries until they are there. */
  appendBeside(observations: readonly Observation[]): Promise<number>;
  /** Raw JSON of entries after `seq`, oldest first; at least one entry when there is one, whatever its size. */
  read(after: number, maxObservations: number): readonly { readonly seq: number; readonly json: string }[];
  /** Resolves as soon as something stands after `seq`, or after `waitMs`, or on abort. */
  waitFor(after: number, waitMs: number, signal?: AbortSignal): Promise<void>;
  prune(upTo: number): void;
  stats(): OutboxStats;
  close(): void;
}

export function openOutbox(file: string): Outbox {
  const db = new Database(file);
  // FULL: an entry must survive a power cut, because the server forgets a message once it is acknowledged.
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`
    CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS entries (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      observations INTEGER NOT NULL,
      json TEXT NOT NULL
    );
  `);
  chmodSync(file, PRIVATE_FILE);
  db.prepare(`INSERT INTO meta VALUES ('id', ?) ON CONFLICT DO NOTHING`).run(randomUUID());
  const id = db.prepare<[], { value: string }>(`SELECT value FROM meta WHERE key = 'id'`).get()?.value ?? '';

  const insert = db.prepare(`INSERT INTO entries (observations, json) VALUES (?, ?)`);
  const select = db.prepare<[number, number], { seq: number; observations: number; json: string }>(
    `SELECT seq, observations, json FROM entries WHERE seq > ? ORDER BY seq LIMIT ?`,
  );
  const drop = db.prepare(`DELETE FROM entries WHERE seq <= ?`);
  const first = db.prepare<[], { seq: number | null; entries: number }>(
    `SELECT MIN(seq) AS seq, COUNT(*) AS entries FROM entries`,
  );
  const last = db.prepare<[], { seq: number }>(
    `SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'entries'), 0) AS seq`,
  );

  // Left in the log by a process that died: shown from now on, so it must not be lost any more, for numbers are given once.
  syncLogNow(file);
  let lastSeq = last.get()?.seq ?? 0;
  /** Up to here it survives a power cut, and is shown. */
  let syncedSeq = lastSeq;
  const sync = createLogSync(file);
  const waiting = new Set<() => void>();

  const appendAll = db.transaction((observations: readonly Observation[]) => {
    let seq = lastSeq;
    for (let at = 0; at < observations.length; at += OUTBOX_ENTRY_MAX_OBSERVATIONS) {
      const part = observations.slice(at, at + OUTBOX_ENTRY_MAX_OBSERVATIONS);
      seq = Number(insert.run(part.length, JSON.stringify(part)).lastInsertRowid);
    }
    return seq;
  });

  const show = (seq: number) => {
    if (seq <= syncedSeq) return;
    syncedSeq = seq;
    for (const wake of waiting) wake();
  };

  return {
    id,
    append: (observations) => {
      if (observations.length === 0) return lastSeq;
      // Brings everything to the disk that stands before it.
      lastSeq = appendAll.immediate(observations);
      show(lastSeq);
      return lastSeq;
    },
    appendBeside: async (observations) => {
      if (observations.length === 0) return syncedSeq;
      relaxed(db, () => {
        lastSeq = appendAll.immediate(observations);
      });
      const seq = lastSeq;
      await sync();
      show(seq);
      return seq;
    },
    read: (after, maxObservations) => {
      const entries: { seq: number; json: string }[] = [];
      let taken = 0;
      for (const row of select.iterate(after, maxObservations)) {
        if (row.seq > syncedSeq) break;
        if (entries.length > 0 && taken + row.observations > maxObservations) break;
        entries.push({ seq: row.seq, json: row.json });
        taken += row.observations;
      }
      return entries;
    },
    waitFor: (after, waitMs, signal) =>
      new Promise((resolve) => {
        if (syncedSeq > after || waitMs <= 0 || signal?.aborted) return resolve();
        const done = () => {
          clearTimeout(timer);
          waiting.delete(done);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, waitMs);
        waiting.add(done);
        signal?.addEventListener('abort', done, { once: true });
      }),
    prune: (upTo) => {
      // A prune that a power cut undoes is done again by the next poll; waiting for the disk each time would
      // take more of a long history's time than writing it does.
      relaxed(db, () => drop.run(upTo));
    },
    stats: () => {
      const row = first.get();
      return { id, firstSeq: row?.seq ?? lastSeq + 1, lastSeq: syncedSeq, entries: row?.entries ?? 0 };
    },
    close: () => {
      for (const wake of waiting) wake();
      db.close();
    },
  };
}
