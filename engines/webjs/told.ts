import { createHash } from 'node:crypto';
import { chmodSync } from 'node:fs';
import Database from 'better-sqlite3';
import { PRIVATE_FILE } from '#kernel/data-dir.ts';
import type { Print } from './page-helpers.ts';

/**
 * What the outbox was told of the page, so that a page that loads again is asked for the difference only. The page keeps
 * everything itself: losing this file costs repetitions, which the store takes for what they are.
 */
export interface Told {
  /** The prints that are new, or say something else than the last time. */
  unknown(prints: readonly Print[]): readonly Print[];
  remember(chat: string, prints: readonly Print[]): void;
  /** Does several changes of this file with one write. */
  atOnce(work: () => void): void;
  /** True when this differs from what was remembered last. Remembered by `settle`, behind the outbox. */
  changed(kind: 'chat' | 'contact' | 'group', id: string, value: unknown): boolean;
  /** The same for something that is false until it was said to be true. */
  turned(kind: 'blocked', id: string, value: boolean): boolean;
  settle(): void;
  /** How far back a chat was told; null = not at all. */
  floor(chat: string): { readonly id: string; readonly t: number } | null;
  setFloor(chat: string, floor: { readonly id: string; readonly t: number }): void;
  /** Down to the end of what the page had. */
  isWhole(chat: string): boolean;
  setWhole(chat: string): void;
  mark(name: Mark): string | null;
  setMark(name: Mark, value: string): void;
  /** Another device, or the same anew: nothing was told. */
  clear(): void;
  close(): void;
}

export type Mark = 'initial-sync' | 'outbox';

/** More of a chat is not looked at again: the page holds its newest part only. */
const KEPT_PER_CHAT = 2_000;

/** `outbox` is the id of the outbox; what another one was told does not count. */
export function openTold(file: string, outbox: string): Told {
  const db = new Database(file);
  chmodSync(file, PRIVATE_FILE);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.exec(`
    CREATE TABLE IF NOT EXISTS messages (
      key TEXT PRIMARY KEY, chat TEXT NOT NULL, t INTEGER NOT NULL, print TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS chats (
      id TEXT PRIMARY KEY, floor_id TEXT NOT NULL, floor_t INTEGER NOT NULL,
      whole INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS facts (
      kind TEXT NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (kind, id)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  `);
  db.prepare(
    `DELETE FROM messages WHERE key IN (
       SELECT key FROM (SELECT key, row_number() OVER (PARTITION BY chat ORDER BY t DESC) AS place FROM messages)
       WHERE place > ?)`,
  ).run(KEPT_PER_CHAT);

  const printOf = db.prepare<[string], { print: string }>('SELECT print FROM messages WHERE key = ?');
  const upsert = db.prepare(
    `INSERT INTO messages (key, chat, t, print) VALUES (?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET print = excluded.print`,
  );
  const digestOf = db.prepare<[string, string], { digest: string }>(
    'SELECT digest FROM facts WHERE kind = ? AND id = ?',
  );
  const setDigest = db.prepare(
    `INSERT INTO facts (kind, id, digest) VALUES (?, ?, ?)
     ON CONFLICT (kind, id) DO UPDATE SET digest = excluded.digest`,
  );
  const floorOf = db.prepare<[string], { id: string; t: number }>(
    `SELECT floor_id AS id, floor_t AS t FROM chats WHERE id = ? AND floor_id <> ''`,
  );
  const setFloor = db.prepare(
    `INSERT INTO chats (id, floor_id, floor_t) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET floor_id = excluded.floor_id, floor_t = excluded.floor_t
     WHERE chats.floor_id = '' OR excluded.floor_t <= chats.floor_t`,
  );
  const wholeOf = db.prepare<[string], { whole: number }>('SELECT whole FROM chats WHERE id = ?');
  const setWhole = db.prepare(
    `INSERT INTO chats (id, floor_id, floor_t, whole) VALUES (?, '', 0, 1) ON CONFLICT (id) DO UPDATE SET whole = 1`,
  );
  const markOf = db.prepare<[string], { value: string }>('SELECT value FROM marks WHERE name = ?');
  const setMark = db.prepare(
    'INSERT INTO marks (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  const rememberAll = db.transaction((chat: string, prints: readonly Print[]) => {
    for (const [key, t, print] of prints) upsert.run(key, chat, Math.floor(t), print);
  });

  const atOnce = db.transaction((work: () => void) => work());
  const pending = new Map<string, readonly [kind: string, id: string, digest: string]>();
  const differs = (kind: string, id: string, digest: string, unsaid: string | null): boolean => {
    const name = `${kind} ${id}`;
    const known = pending.get(name)?.[2] ?? digestOf.get(kind, id)?.digest ?? unsaid;
    if (known === digest) return false;
    pending.set(name, [kind, id, digest]);
    return true;
  };

  const told: Told = {
    unknown: (prints) => prints.filter(([key, , print]) => printOf.get(key)?.print !== print),
    remember: (chat, prints) => rememberAll(chat, prints),
    atOnce: (work) => atOnce(work),
    changed: (kind, id, value) => {
      return differs(kind, id, createHash('sha1').update(JSON.stringify(value)).digest('base64'), null);
    },
    turned: (kind, id, value) => differs(kind, id, String(value), 'false'),
    settle: () => {
      if (pending.size === 0) return;
      const facts = [...pending.values()];
      pending.clear();
      atOnce(() => {
        for (const fact of facts) setDigest.run(...fact);
      });
    },
    floor: (chat) => floorOf.get(chat) ?? null,
    setFloor: (chat, { id, t }) => {
      setFloor.run(chat, id, Math.floor(t));
    },
    isWhole: (chat) => wholeOf.get(chat)?.whole === 1,
    setWhole: (chat) => {
      setWhole.run(chat);
    },
    mark: (name) => markOf.get(name)?.value ?? null,
    setMark: (name, value) => {
      setMark.run(name, value);
    },
    clear: () => {
      db.exec('DELETE FROM messages; DELETE FROM chats; DELETE FROM facts; DELETE FROM marks;');
      setMark.run('outbox', outbox);
    },
    close: () => db.close(),
  };
  if (told.mark('outbox') !== outbox) told.clear();
  return told;
}
