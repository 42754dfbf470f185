import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { MessageObservation } from '#engines/contract/message.ts';
import type { History, SearchQuery } from '#history/contracts/history.ts';
import { openHistory } from '#history/sqlite/history.ts';
import { readMigrations } from '#history/sqlite/migrate.ts';
import { systemClock } from '#kernel/clock.ts';
import { INGEST_BATCH_MAX_OBSERVATIONS } from '#kernel/limits.ts';
import { createLogger } from '#kernel/logger.ts';
import { COMMON_WORD, chatJid, OTHER_COMMON_WORD, PHRASE, pages, RARE_WORD } from './dataset.ts';
import { type BenchRow, median } from './row.ts';

const CHATS = 800;
const MERGE_MESSAGES = 300_000;
const SEARCH_MESSAGES = 1_000_000;
const PAGE_SIZE = 50;
const SEED = 20_261_121;
const QUERY_ROUNDS = 60;
const HITS = 50;
const CHAT_LIST_LIMIT_MS = 5;
const SEARCH_LIMIT_MS = 5;
const NARROW_SEARCH_LIMIT_MS = 25;
const NEW_RATE_SHARE = 0.6;
const DUPLICATE_FACTOR = 3;

const logger = createLogger({ level: 'error', program: 'bench' });

/** New and duplicate messages through the real merge path, against bare inserts of the same rows; the chat list. */
export async function benchMerge(messages = MERGE_MESSAGES): Promise<BenchRow[]> {
  const batches = [...batchesOf(messages)];
  return inFolder(async (folder) => {
    const file = join(folder, 'history.db');
    const history = await openHistory({ file, clock: systemClock, logger });
    const fresh = await ingestAll(history, batches, 1);
    const again = await ingestAll(history, batches, batches.length + 1);
    const list = await timed(20, () => history.chats.list({ sort: 'last_active', limit: CHATS }));
    await history.close();
    const bare = bareInserts(file, join(folder, 'bare.db'), batches);
    const newRate = messages / fresh.seconds;
    const bareRate = messages / bare;
    const duplicateRate = messages / again.seconds;
    if (fresh.added !== messages || again.added !== 0) throw new Error('the merge lost or doubled messages');
    return [
      rate('new messages per second', newRate, NEW_RATE_SHARE * bareRate, newRate / bareRate),
      rate('duplicates per second', duplicateRate, DUPLICATE_FACTOR * newRate, duplicateRate / newRate),
      time(`${CHATS} chats with last message, median`, median(list), CHAT_LIST_LIMIT_MS),
    ];
  });
}

/** Searches in a store that was filled in backfill order. */
export async function benchSearch(messages = SEARCH_MESSAGES): Promise<BenchRow[]> {
  return inFolder(async (folder) => {
    const history = await openHistory({ file: join(folder, 'history.db'), clock: systemClock, logger });
    const filled = await ingestAll(history, batchesOf(messages), 1);
    const rows: BenchRow[] = [
      {
        name: `new messages per second over ${messages}`,
        value: `${Math.round(messages / filled.seconds)}/s`,
        limit: '-',
        ratio: null,
        ok: true,
      },
    ];
    const chat = (await history.chats.byJid(chatJid(3)))?.id ?? 0;
    const search = (text: string, more: Partial<SearchQuery> = {}) =>
      timed(QUERY_ROUNDS, () => history.search.run({ text, mode: 'auto', limit: HITS, ...more }));
    const everywhere: readonly (readonly [string, string])[] = [
      ['rare word', RARE_WORD],
      ['common word', COMMON_WORD],
      ['two words', `${COMMON_WORD} ${OTHER_COMMON_WORD}`],
      ['phrase', `"${PHRASE}"`],
    ];
    for (const [name, text] of everywhere)
      rows.push(time(`search, ${name}, p95`, p95(await search(text)), SEARCH_LIMIT_MS));
    for (const [name, text] of everywhere)
      rows.push(
        time(
          `search in a chat, ${name}, p95`,
          p95(await search(text, { chatId: chat })),
          NARROW_SEARCH_LIMIT_MS,
        ),
      );
    for (const stem of ['m', 'mo', 'mor', 'morg', 'morge', 'zepp', 'ba', 'bake'])
      rows.push(time(`search, prefix ${stem}*, p95`, p95(await search(`${stem}*`)), NARROW_SEARCH_LIMIT_MS));
    const newest = await timed(QUERY_ROUNDS, () =>
      history.messages.list({ chatId: chat, order: 'newest', limit: HITS }),
    );
    rows.push(time('newest 50 of a chat, p95', p95(newest), SEARCH_LIMIT_MS));
    rows.push(
      time('overview, p95', p95(await timed(QUERY_ROUNDS, () => history.overview())), SEARCH_LIMIT_MS),
    );
    await history.close();
    return rows;
  });
}

function* batchesOf(messages: number): Generator<MessageObservation[]> {
  let batch: MessageObservation[] = [];
  for (const page of pages({ messages, chats: CHATS, pageSize: PAGE_SIZE, seed: SEED })) {
    batch.push(...page);
    if (batch.length + PAGE_SIZE <= INGEST_BATCH_MAX_OBSERVATIONS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function ingestAll(history: History, batches: Iterable<MessageObservation[]>, firstSeq: number) {
  let seq = firstSeq;
  let added = 0;
  let busyMs = 0;
  for (const observations of batches) {
    const started = performance.now();
    const report = await history.ingest.apply({ engine: 'baileys', outboxId: 'bench', seq, observations });
    busyMs += performance.now() - started;
    added += report.messagesAdded;
    seq += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { seconds: busyMs / 1_000, added };
}

/** The same rows, in the order in which they were stored, into the same tables with the same indexes, and nothing else. */
function bareInserts(source: string, target: string, batches: readonly MessageObservation[][]): number {
  const from = new Database(source, { readonly: true });
  const chatOf = new Map<string, number>();
  for (const row of from
    .prepare<[], { jid: string; chat_id: number | null; person_id: number | null }>(
      `SELECT a.jid, COALESCE(a.chat_id, c.id) AS chat_id, a.person_id FROM aliases a LEFT JOIN chats c ON c.person_id = a.person_id`,
    )
    .all())
    if (row.chat_id !== null) chatOf.set(row.jid, row.chat_id);
  const find = from.prepare<[number, string], Record<string, number | string | null>>(
    `SELECT * FROM messages WHERE chat_id = ? AND stanza_id = ?`,
  );
  const db = new Database(target);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.pragma('wal_autocheckpoint = 16384');
  for (const migration of readMigrations()) db.exec(migration.sql);
  const message = db.prepare(`INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const observation = db.prepare(`INSERT INTO message_observations VALUES (?, ?, ?, ?, ?)`);
  const text = db.prepare(`INSERT INTO messages_fts (rowid, text, chat) VALUES (?, ?, ?)`);
  let busyMs = 0;
  for (const batch of batches) {
    const rows = batch.map((seen) => find.get(chatOf.get(seen.chat) ?? 0, seen.id) ?? {});
    const inOrder = [...rows].sort((a, b) => Number(a.pk) - Number(b.pk));
    const started = performance.now();
    db.exec('BEGIN IMMEDIATE');
    for (const row of rows) {
      message.run(...Object.values(row));
      observation.run(row.pk, 'baileys', 'page', row.sent_at, null);
    }
    for (const row of inOrder) text.run(row.pk, row.text, `c${row.chat_id}`);
    db.exec('COMMIT');
    busyMs += performance.now() - started;
  }
  db.close();
  from.close();
  return busyMs / 1_000;
}

async function timed(rounds: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = -2; round < rounds; round += 1) {
    const started = performance.now();
    await work();
    if (round >= 0) times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

function p95(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length * 0.95)] ?? 0;
}

function rate(name: string, value: number, limit: number, ratio: number): BenchRow {
  return {
    name,
    value: `${Math.round(value)}/s`,
    limit: `${Math.round(limit)}/s`,
    ratio,
    ok: value >= limit,
  };
}

function time(name: string, ms: number, limitMs: number): BenchRow {
  return {
    name,
    value: `${ms.toFixed(2)} ms`,
    limit: `${limitMs} ms`,
    ratio: ms / limitMs,
    ok: ms < limitMs,
  };
}

/** A temporary folder around some work. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
