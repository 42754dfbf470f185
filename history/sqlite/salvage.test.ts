import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createFixedClock } from '#kernel/clock.ts';
import type { History } from '../contracts/history.ts';
import { ANNA_LID, ANNA_PN, BERT_PN, GROUP, message, openBench, silent, T0 } from '../test-support.ts';
import { dump, flaws } from '../test-world.ts';
import { openHistory } from './history.ts';
import { type SalvageReport, salvageHistory } from './salvage.ts';
import { leavesOf, overwrite, pagesOf, randomFrom, truncate } from './testing/damage.ts';
import { killAtStep } from './testing/kill.ts';

const MESSAGES = 2_400;
const clock = createFixedClock(T0 * 1_000);

describe('salvage of a damaged history', function () {
  this.timeout(120_000);
  let folder: string;
  let sound: string;
  let file: string;
  let all: ReadonlySet<string>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tandem-salvage-'));
    sound = join(folder, 'sound.db');
    const bench = await openBench();
    await bench.ingest([
      { kind: 'contact', jid: ANNA_PN, name: 'Anna' },
      { kind: 'contact', jid: BERT_PN, name: 'Bert' },
      { kind: 'identity-link', pn: ANNA_PN, lid: ANNA_LID, source: 'usync', at: T0 - 100_000 },
    ]);
    for (let n = 0; n < MESSAGES; n += 200)
      await bench.ingest(Array.from({ length: 200 }, (_none, i) => story(n + i)).flat());
    await bench.history.close();
    copyFileSync(bench.file, sound);
    all = ids(sound);
    await bench.close();
  });
  after(() => rm(folder, { recursive: true, force: true }));

  beforeEach(async () => {
    const own = await mkdtemp(join(folder, 'case-'));
    file = join(own, 'history.db');
    copyFileSync(sound, file);
  });

  const open = () => openHistory({ file, clock, logger: silent, timeZone: 'UTC' });
  const salvage = () => salvageHistory({ file, clock, logger: silent });
  const of = (report: SalvageReport, table: string) => report.tables.find((one) => one.table === table);

  /** Sound, nothing made up, found by search; returns what is gone. */
  const prove = async (): Promise<string[]> => {
    assert.deepEqual(flaws(file), []);
    const history: History = await open();
    assert.deepEqual(await history.integrity(), []);
    const there = ids(file);
    assert.deepEqual(
      [...there].filter((id) => !all.has(id)),
      [],
    );
    const { hits, degraded } = await history.search.run({ text: 'umbrella', mode: 'auto', limit: 9_999 });
    assert.equal(degraded, null);
    assert.equal(hits.length, texts(file));
    assert.equal((await history.overview()).messages, there.size);
    await history.close();
    return [...all].filter((id) => !there.has(id));
  };

  it('loses what stood on the damaged pages, and nothing else', async () => {
    const leaves = leavesOf(file, 'messages');
    const broken = [3, 4, 20].map((n) => leaves[n] ?? assert.fail('too few pages'));
    overwrite(
      file,
      broken.map((leaf) => leaf.page),
      randomFrom(1),
    );
    await assert.rejects(open(), { code: 'DB_CORRUPT' });
    const report = await salvage();
    const lost = broken.reduce((sum, leaf) => sum + leaf.rows, 0);
    assert.deepEqual(report.messages, { copied: all.size - lost, dropped: 0, lost });
    assert.equal((await prove()).length, lost);
    assert.equal(of(report, 'people')?.lost, 0);
    assert.equal(statSync(report.damagedFile).mode & 0o777, 0o600);
    assert.ok(report.damagedFile.startsWith(join(file, '..', 'backups')));
    // What is not known to be complete is asked for again.
    const history = await open();
    assert.equal(await history.ingest.offset('baileys', 'outbox-baileys'), 0);
    await history.close();
  });

  it('loses nothing when only indexes are damaged', async () => {
    const pages = ['messages_identity', 'messages_chat', 'aliases_person'].flatMap((name) =>
      leavesOf(file, name).slice(0, 4),
    );
    overwrite(
      file,
      pages.map((leaf) => leaf.page),
      randomFrom(2),
    );
    const before = dump(sound);
    const report = await salvage();
    assert.deepEqual(
      report.tables.filter((one) => one.lost !== 0),
      [],
    );
    assert.deepEqual([await prove(), dump(file)], [[], before]);
    const history = await open();
    assert.equal(await history.ingest.offset('baileys', 'outbox-baileys'), 13);
    await history.close();
  });

  it('reads between damaged parts without any index to tell what is there', async () => {
    const leaves = leavesOf(file, 'messages');
    const broken = leaves.filter((_leaf, n) => n % 9 === 4);
    const indexes = ['messages_identity', 'messages_chat'].flatMap((name) => leavesOf(file, name));
    overwrite(
      file,
      [...broken, ...indexes].map((leaf) => leaf.page),
      randomFrom(3),
    );
    const report = await salvage();
    const lost = broken.reduce((sum, leaf) => sum + leaf.rows, 0);
    // As the service counted them.
    assert.equal(report.messages.lost, lost);
    assert.equal((await prove()).length, lost);
  });

  it('saves what is left of a file that was cut off', async () => {
    for (const part of [0.9, 0.5, 0.2]) {
      copyFileSync(sound, file);
      truncate(file, part);
      await assert.rejects(open(), { code: 'DB_CORRUPT' });
      const report = await salvage();
      assert.equal((await prove()).length + report.messages.copied, all.size, `${part}`);
    }
  });

  it('makes people, ids and chats again from what else is known of them', async () => {
    const pages = ['people', 'chats'].flatMap((name) => leavesOf(file, name));
    overwrite(
      file,
      pages.map((leaf) => leaf.page),
      randomFrom(4),
    );
    await salvage();
    assert.deepEqual(await prove(), []);
    const history = await open();
    assert.equal((await history.chats.byJid(GROUP))?.messageCount, MESSAGES / 3);
    assert.equal((await history.chats.byJid(ANNA_PN))?.jid, ANNA_LID);
    await history.close();
    copyFileSync(sound, file);
    overwrite(
      file,
      leavesOf(file, 'aliases').map((leaf) => leaf.page),
      randomFrom(5),
    );
    await salvage();
    assert.deepEqual(await prove(), []);
  });

  it('comes to a sound history wherever the damage is', async () => {
    const pages = pagesOf(sound, `name <> 'sqlite_schema'`);
    for (let seed = 10; seed < 20; seed += 1) {
      copyFileSync(sound, file);
      const random = randomFrom(seed);
      const hit = Array.from(
        { length: 1 + (seed % 7) * 4 },
        () => pages[Math.floor(random() * pages.length)] ?? 2,
      );
      overwrite(file, hit, random);
      const report = await salvage().catch((error: { code?: string }) => error);
      if ('code' in report) assert.fail(`seed ${seed}: ${report.code}`);
      await prove();
    }
  });

  it('brings what was only in the log', async () => {
    const bench = await openBench();
    await bench.ingest(Array.from({ length: 300 }, (_none, n) => story(n)).flat());
    const db = new Database(bench.file);
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    await bench.ingest([message({ id: 'late', text: 'umbrella late', sentAt: T0 })]);
    for (const part of ['', '-wal']) copyFileSync(bench.file + part, file + part);
    await bench.close();
    const leaf = leavesOf(sound, 'receipts')[0];
    assert.ok(leaf !== undefined);
    overwrite(file, [3], randomFrom(6));
    const report = await salvage();
    assert.ok(ids(file).has('late false'));
    assert.deepEqual(flaws(file), []);
    assert.ok(existsSync(`${report.damagedFile}-wal`));
  });

  it('says so when nothing can be read, and leaves everything as it is', async () => {
    // The list of tables, whole and in part.
    for (const pages of [[1], pagesOf(sound, `name = 'sqlite_schema' AND pagetype = 'leaf'`)]) {
      copyFileSync(sound, file);
      overwrite(file, pages, randomFrom(7));
      const before = readFileSync(file);
      await assert.rejects(salvage(), { code: 'DB_CORRUPT', hint: /backups/ });
      assert.deepEqual(readFileSync(file), before);
    }
    assert.deepEqual(
      readdirSync(join(file, '..')).filter((name) => !/-(wal|shm)$/.test(name)),
      ['history.db'],
    );
  });

  it('drops what was said to be complete', async () => {
    const db = new Database(file);
    db.exec(`INSERT INTO coverage (chat_id, to_at, from_at, sources) VALUES (1, ${T0}, 0, 1)`);
    db.exec(
      `INSERT INTO merge_rows (merge_id, n, tbl, before) VALUES (9, 1, 'coverage', '{}'), (9, 2, 'aliases', '{}')`,
    );
    db.close();
    const report = await salvage();
    assert.equal(of(report, 'coverage'), undefined);
    const after = new Database(file, { readonly: true });
    assert.equal(after.prepare(`SELECT COUNT(*) FROM coverage`).pluck().get(), 0);
    assert.deepEqual(after.prepare(`SELECT tbl FROM merge_rows WHERE merge_id = 9`).pluck().all(), [
      'aliases',
    ]);
    after.close();
  });

  it('leaves unknown why something is missing from before it', async () => {
    await salvage();
    const history = await open();
    try {
      const reasons = async () =>
        (await history.coverage.ofChat((await history.chats.byJid(ANNA_PN))?.id ?? 0)).missing.map(
          ({ reason }) => reason,
        );
      const at = Math.floor(clock.now() / 1_000);
      await history.ingest.apply({
        engine: 'baileys',
        outboxId: 'after',
        seq: 1,
        observations: [{ kind: 'connection', level: 'ready', reason: 'none', at: at - 1 }],
      });
      assert.deepEqual(await reasons(), ['unknown']);
    } finally {
      await history.close();
    }
  });

  describe('killed', function () {
    this.retries(0);
    it('at any step it leaves the old file or the new one, and can be run again', async () => {
      for (const step of [1, 5, 15, 30]) {
        copyFileSync(sound, file);
        const leaves = leavesOf(file, 'messages');
        const broken = [2, 9].map((n) => leaves[n] ?? assert.fail('too few pages'));
        overwrite(
          file,
          broken.map((leaf) => leaf.page),
          randomFrom(8),
        );
        const ended = await killAtStep('salvage', file, step);
        if (!ended) await assert.rejects(open(), { code: 'DB_CORRUPT' });
        if (!ended) await salvage();
        assert.equal(
          (await prove()).length,
          broken.reduce((sum, leaf) => sum + leaf.rows, 0),
        );
        assert.deepEqual(
          readdirSync(join(file, '..')).filter((name) => /salvage|repaired/.test(name)),
          [],
        );
      }
    });

    it('while the files change places, the next start ends it', async () => {
      for (const stage of ['complete', 'linked', 'log removed'] as const) {
        const backups = join(file, '..', 'backups');
        rmSync(backups, { recursive: true, force: true });
        copyFileSync(sound, `${file}.repaired`);
        copyFileSync(sound, file);
        overwrite(file, [2, 3], randomFrom(9));
        copyFileSync(sound, `${file}-wal`);
        if (stage !== 'complete') {
          // As the first half of the exchange leaves it: the name comes from the time of the new file.
          const history = await open();
          await history.close();
          const name = readdirSync(backups).find((one) => one.endsWith('.db')) ?? '';
          renameSync(file, `${file}.repaired`);
          linkSync(join(backups, name), file);
          if (stage === 'linked') copyFileSync(join(backups, `${name}-wal`), `${file}-wal`);
        }
        const history = await open();
        assert.equal((await history.overview()).messages, all.size, stage);
        await history.close();
        assert.deepEqual(await prove(), []);
        assert.equal(readdirSync(backups).filter((one) => one.endsWith('.db')).length, 1);
      }
    });

    for (const what of ['reindex', 'purge'] as const)
      it(`in the middle of a ${what}, the history goes on from there`, async () => {
        for (const step of [1, 20, 60]) {
          copyFileSync(sound, file);
          // On a busy machine the upkeep may come to its end before the signal arrives.
          const ended = await killAtStep(what, file, step);
          const history = await open();
          if (what === 'reindex') {
            let { rebuiltTo: next } = await history.maintenance.index();
            assert.ok(ended ? next === null : next !== null && next > 0);
            for (let n = 0; next !== null && n < 200; n += 1)
              next = (await history.maintenance.reindex(next, 100)).next;
          } else {
            for (let n = 0; n < 200; n += 1) if ((await history.maintenance.purge(T0 - 500, 100)).done) break;
          }
          assert.equal((await history.overview()).messages, what === 'reindex' ? all.size : 500);
          assert.deepEqual([await history.integrity(), flaws(file)], [[], []]);
          await history.close();
          for (const part of ['-wal', '-shm']) rmSync(file + part, { force: true });
        }
      });
  });
});

/** A message every second, in three chats in turn, with all that can hang on one. */
function story(n: number) {
  const chat = [ANNA_LID, BERT_PN, GROUP][n % 3] ?? GROUP;
  const sentAt = T0 - MESSAGES + n;
  const fromMe = n % 5 === 0;
  const sender = fromMe ? null : chat === GROUP ? ([ANNA_LID, BERT_PN][n % 2] ?? null) : chat;
  const target = { chat, id: `M${n}`, fromMe, sender };
  return [
    message({
      ...target,
      sentAt,
      text: `umbrella ${n} ${'x'.repeat(n % 200)}`.trim(),
      ...(n % 7 === 0 ? { type: 'image', media: { mime: 'image/png' } } : {}),
    }),
    ...(n % 4 === 0 ? [{ kind: 'reaction' as const, ...target, by: ANNA_LID, emoji: '👍', at: sentAt }] : []),
    ...(fromMe
      ? [
          {
            kind: 'receipt' as const,
            chat,
            ids: [target.id],
            recipient: BERT_PN,
            status: 'read' as const,
            at: sentAt,
          },
        ]
      : []),
    ...(n % 11 === 0
      ? [{ kind: 'edit' as const, ...target, text: `umbrella edited ${n}`, at: sentAt + 1 }]
      : []),
  ];
}

function ids(file: string): Set<string> {
  const db = new Database(file, { readonly: true });
  const rows = db
    .prepare<[], string>(
      `SELECT stanza_id || CASE from_me WHEN 1 THEN ' true' ELSE ' false' END FROM messages`,
    )
    .pluck()
    .all();
  db.close();
  return new Set(rows);
}

function texts(file: string): number {
  const db = new Database(file, { readonly: true });
  const n = db
    .prepare<[], number>(`SELECT COUNT(*) FROM messages WHERE text LIKE '%umbrella%'`)
    .pluck()
    .get();
  db.close();
  return n ?? 0;
}
