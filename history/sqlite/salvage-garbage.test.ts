import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { messageStatuses, messageTypes } from '#engines/contract/message.ts';
import { createFixedClock } from '#kernel/clock.ts';
import { ANNA_LID, BERT_LID, GROUP, message, openBench, silent, T0 } from '../test-support.ts';
import { openHistory } from './history.ts';
import { salvageHistory } from './salvage.ts';
import { leavesOf, overwrite, overwritePart, pagesOf, randomFrom } from './testing/damage.ts';

const MESSAGES = 2_400;
const CHATS = [ANNA_LID, BERT_LID, GROUP] as const;
const clock = createFixedClock(T0 * 1_000);

interface Stored {
  readonly pk: number;
  readonly chat_id: number;
  readonly sent_at: number;
  readonly [column: string]: string | number | null;
}

describe('salvage of pages that are garbage in part', function () {
  this.timeout(120_000);
  let folder: string;
  let sound: string;
  let file: string;
  let truth: ReadonlyMap<number, Stored>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tandem-garbage-'));
    sound = join(folder, 'sound.db');
    file = join(folder, 'history.db');
    const bench = await openBench();
    for (let n = 0; n < MESSAGES; n += 400)
      await bench.ingest(Array.from({ length: 400 }, (_none, i) => tell(n + i)));
    await bench.history.close();
    copyFileSync(bench.file, sound);
    await bench.close();
    const db = new Database(sound);
    db.exec(
      `INSERT INTO coverage (chat_id, to_at, from_at, sources) SELECT id, ${T0}, ${T0 - MESSAGES - 1}, 1 FROM chats`,
    );
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    truth = new Map(stored(sound).map((row) => [row.pk, row]));
    assert.equal(truth.size, MESSAGES);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const fresh = () => {
    for (const part of ['-wal', '-shm']) rmSync(file + part, { force: true });
    copyFileSync(sound, file);
  };

  /** Everything that is asked of a repaired history; `readable` are the rows of the damaged one. */
  const prove = async (readable: readonly Stored[], what: string): Promise<void> => {
    const there = new Map(stored(file).map((row) => [row.pk, row]));
    const missing = readable.filter((row) => isTrue(row) && !there.has(row.pk)).map((row) => row.pk);
    assert.deepEqual(missing, [], `${what}: readable and not saved`);
    const odd = [...there.values()].filter((row) => !truth.has(row.pk) || !mayBeWritten(row));
    assert.deepEqual(odd, [], `${what}: garbage`);
    assert.deepEqual(looseRows(file), [], what);

    const history = await openHistory({ file, clock, logger: silent, timeZone: 'UTC' });
    try {
      assert.deepEqual(await history.integrity(), []);
      for (const chat of CHATS) {
        const record = await history.chats.byJid(chat);
        assert.ok(record !== null, `${what}: ${chat} is gone`);
        const { held, startProven, complete } = await history.coverage.ofChat(record.id);
        assert.deepEqual([held, startProven, complete], [[], false, false], `${what}: claims`);
      }
      const before = (await history.overview()).messages;
      const { hits } = await history.search.run({ text: 'umbrella', mode: 'auto', limit: 9_999 });
      // Damage in the words of a text cannot be told from a text.
      assert.ok(Math.abs(hits.length - before) < 20, `${what}: ${hits.length} of ${before} found`);
      // Each of its messages once more, as a new fetch brings them: none may come upon a row that cannot be used.
      const report = await history.ingest.apply({
        engine: 'webjs',
        outboxId: 'again',
        seq: 1,
        observations: Array.from({ length: MESSAGES }, (_none, n) => tell(n)),
      });
      assert.equal(
        report.messagesAdded + report.messagesEnriched + report.messagesDeduplicated,
        MESSAGES,
        what,
      );
      assert.ok((await history.overview()).messages >= MESSAGES, what);
    } finally {
      await history.close();
    }
  };
  const isTrue = (row: Stored) => JSON.stringify(row) === JSON.stringify(truth.get(row.pk));

  it('saves what can be read one by one, drops garbage, and the history works', async () => {
    const leaves = pagesOf(sound, `name = 'messages' AND pagetype = 'leaf'`);
    const inner = pagesOf(sound, `name = 'messages' AND pagetype = 'internal'`);
    assert.ok(leaves.length > 50 && inner.length > 0);
    for (let seed = 1; seed <= 8; seed += 1) {
      fresh();
      const random = randomFrom(seed);
      const some = (pages: readonly number[]) => pages[Math.floor(random() * pages.length)] ?? 0;
      for (let n = 0; n <= seed % 4; n += 1) overwritePart(file, some(leaves), 1_800, 600, random);
      if (seed % 4 === 0) overwritePart(file, some(inner), 3_000, 200, random);
      if (seed % 3 === 0) overwritePart(file, some(leaves), 0, 40, random);
      const readable = readOneByOne(file, [...truth.keys()]);
      const { messages } = await salvageHistory({ file, clock, logger: silent });
      const saved = stored(file).length;
      assert.deepEqual([messages.copied, messages.lost], [saved, MESSAGES - saved], `seed ${seed}`);
      await prove(readable, `seed ${seed}`);
    }
  });

  it('does so with damage at random places of the whole file', async () => {
    const pages = pagesOf(sound, `name <> 'sqlite_schema'`);
    for (let seed = 20; seed < 24; seed += 1) {
      fresh();
      const random = randomFrom(seed);
      for (let n = 0; n < 12; n += 1) {
        const page = pages[Math.floor(random() * pages.length)] ?? 0;
        overwritePart(file, page, Math.floor(random() * 3_496), 600, random);
      }
      const readable = readOneByOne(file, [...truth.keys()]);
      await salvageHistory({ file, clock, logger: silent });
      await prove(readable, `seed ${seed}`);
    }
  });

  it('finds rows between garbage that nothing else names', async () => {
    fresh();
    const random = randomFrom(30);
    const leaves = leavesOf(file, 'messages');
    // Whole and in part by turns, so that no key that stands beside the damage can be trusted.
    const broken = leaves.filter((_leaf, n) => n % 11 === 5);
    broken.forEach(({ page }, n) => {
      if (n % 2 === 0) overwrite(file, [page], random);
      else overwritePart(file, page, 1_800, 600, random);
    });
    for (const name of ['messages_identity', 'messages_chat', 'message_observations', 'messages_fts_docsize'])
      overwrite(
        file,
        leavesOf(file, name).map(({ page }) => page),
        random,
      );
    const lost = broken.reduce((sum, { rows }) => sum + rows, 0);
    const readable = readOneByOne(file, [...truth.keys()]).filter(isTrue);
    const { messages } = await salvageHistory({ file, clock, logger: silent });
    // What was counted tells how many there were, also where nothing names them.
    assert.equal(messages.copied + (messages.lost ?? 0), MESSAGES);
    const there = new Set(stored(file).map((row) => row.pk));
    const unsaved = readable.filter((row) => !there.has(row.pk));
    assert.ok(messages.copied >= MESSAGES - lost, `${messages.copied} of ${MESSAGES - lost}`);
    assert.deepEqual(unsaved, []);
  });

  it('takes garbage in the list of upgrades for no newer version, and a newer version for one', async () => {
    const { version } = one<{ version: number }>(
      sound,
      `SELECT MAX(version) AS version FROM schema_migrations`,
    );
    const noted = (number: number, checksum: string) => {
      fresh();
      const db = new Database(file);
      db.prepare(`INSERT INTO schema_migrations VALUES (?, 'next', ?, 1)`).run(number, checksum);
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.close();
    };
    for (const [number, checksum] of [
      [version + 7_000, 'a'.repeat(64)],
      [version + 1, 'q;'],
    ] as const) {
      noted(number, checksum);
      await salvageHistory({ file, clock, logger: silent });
      await prove([...truth.values()], `${number}`);
    }
    noted(version + 1, 'a'.repeat(64));
    await assert.rejects(salvageHistory({ file, clock, logger: silent }), { code: 'DB_MIGRATION_FAILED' });
  });

  it('drops rows that the service cannot have written, and says how many', async () => {
    const wrong = [
      `type = 'xq'`,
      `sent_at = -780728214`,
      `sent_at = sent_at + 999999999`,
      `sender_id = -27`,
      `text = CAST(x'c328ff' AS TEXT)`,
      `extra = '{"quoted":'`,
      `extra = '{"quoted":7}'`,
      `status = 'gone'`,
      `from_me = 5`,
      `chat_id = 4711`,
      `engines = 64`,
      `stanza_id = ''`,
    ];
    fresh();
    const keys = [...truth.keys()];
    const db = new Database(file);
    wrong.forEach((change, n) => {
      db.exec(`UPDATE messages SET ${change} WHERE pk = ${keys[n * 100]}`);
    });
    db.exec(`UPDATE messages SET text = 'umbrella � is a sign too' WHERE pk = ${keys[50]}`);
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    const { messages } = await salvageHistory({ file, clock, logger: silent });
    assert.deepEqual(messages, {
      copied: MESSAGES - wrong.length,
      dropped: wrong.length,
      lost: wrong.length,
    });
    assert.ok(stored(file).some((row) => row.pk === keys[50]));
    await prove(
      [...truth.values()].filter((_row, n) => n % 100 !== 0),
      'rows',
    );
  });
});

/** A message every second, in three chats in turn, long enough to fill some pages. */
function tell(n: number) {
  const chat = CHATS[n % 3] ?? GROUP;
  const fromMe = n % 5 === 0;
  return message({
    chat,
    id: `3EB0${String(n).padStart(16, '0')}`,
    fromMe,
    sender: fromMe ? null : chat === GROUP ? ANNA_LID : chat,
    sentAt: T0 - MESSAGES + n,
    text: `umbrella ${n} ${'x'.repeat(n % 200)}`.trim(),
    ...(n % 6 === 0 ? { quoted: { id: `Q${n}`, sender: ANNA_LID, text: 'before' } } : {}),
    ...(fromMe ? { status: 'read' as const } : {}),
  });
}

function stored(file: string): Stored[] {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare<[], Stored>(`SELECT * FROM messages ORDER BY pk`).all();
  } finally {
    db.close();
  }
}

function one<T>(file: string, query: string): T {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare<[], T>(query).get() ?? assert.fail('no row');
  } finally {
    db.close();
  }
}

function readOneByOne(file: string, keys: readonly number[]): Stored[] {
  const db = new Database(file, { readonly: true });
  try {
    const select = db.prepare<[number], Stored>(`SELECT * FROM messages WHERE pk = ?`);
    return keys.flatMap((key) => {
      try {
        return select.get(key) ?? [];
      } catch {
        return [];
      }
    });
  } finally {
    db.close();
  }
}

/** Told apart from the rules of the product on purpose: by what this history holds. */
function mayBeWritten(row: Stored): boolean {
  try {
    JSON.parse(String(row.extra));
  } catch {
    return false;
  }
  return (
    messageTypes.some((type) => type === row.type) &&
    (row.status === null || messageStatuses.some((status) => status === row.status)) &&
    Math.abs(row.sent_at - Math.floor(row.pk / 65_536)) < 100 * 86_400 &&
    [0, 1].includes(Number(row.from_me)) &&
    // One text holds the sign itself.
    !String(row.text).replace('� is a sign', '').includes('�')
  );
}

function looseRows(file: string): unknown[] {
  const db = new Database(file, { readonly: true });
  try {
    return db
      .prepare(
        `SELECT pk FROM messages WHERE chat_id NOT IN (SELECT id FROM chats)
         OR (sender_id <> 0 AND sender_id NOT IN (SELECT id FROM people))
         UNION SELECT pk FROM message_observations WHERE pk NOT IN (SELECT pk FROM messages)`,
      )
      .all();
  } finally {
    db.close();
  }
}
