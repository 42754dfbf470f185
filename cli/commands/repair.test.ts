import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import type { Observation } from '#engines/contract/observation.ts';
import { openHistory } from '#history/sqlite/history.ts';
import { systemClock } from '#kernel/clock.ts';
import { acquireOwnership } from '#kernel/data-dir.ts';
import { createLogger } from '#kernel/logger.ts';

const launcher = fileURLToPath(new URL('../tandem.mjs', import.meta.url));
const logger = createLogger({ level: 'silent', program: 'test' });
const MESSAGES = 500;
const PAGE = 4_096;

describe('tandem repair', () => {
  let dir: string;
  let file: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tandem-repair-'));
    file = join(dir, 'history.db');
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const repair = (...args: readonly string[]) => {
    const done = spawnSync(process.execPath, [launcher, 'repair', '--data-dir', dir, ...args], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { code: done.status, out: done.stdout, text: done.stdout + done.stderr };
  };
  const open = () => openHistory({ file, clock: systemClock, logger });
  const fill = async () => {
    // As a service leaves it: its lock file marks the folder as Tandem's own.
    acquireOwnership(dir).release();
    const history = await open();
    const observations = Array.from(
      { length: MESSAGES },
      (_none, n): Observation => ({
        kind: 'message',
        via: 'push',
        chat: '4915100000001@s.whatsapp.net',
        id: `M${n}`,
        fromMe: true,
        sender: null,
        sentAt: 1_770_000_000 + n,
        type: 'text',
        text: `umbrella ${n}`,
      }),
    );
    await history.ingest.apply({ engine: 'baileys', outboxId: 'box', seq: 1, observations });
    await history.close();
  };
  const overwritePages = (from: number, count: number) => {
    const bytes = readFileSync(file);
    bytes.fill(0xa5, (from - 1) * PAGE, (from - 1 + count) * PAGE);
    writeFileSync(file, bytes);
  };
  const messagePage = () => {
    const db = new Database(file, { readonly: true });
    const page = db
      .prepare<[], number>(
        `SELECT pageno FROM dbstat WHERE name = 'messages' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 2`,
      )
      .pluck()
      .get();
    db.close();
    return page ?? assert.fail('too few pages');
  };

  it('has nothing to do where there is nothing, or nothing wrong', async () => {
    const nothing = repair();
    assert.deepEqual([nothing.code, /nothing to repair/.test(nothing.out)], [0, true]);
    assert.deepEqual(readdirSync(dir), []);
    acquireOwnership(dir).release();
    writeFileSync(file, '');
    const empty = repair();
    assert.deepEqual(
      [empty.code, /empty \(0 bytes\): it is created at the next start/.test(empty.out)],
      [0, true],
    );
    assert.equal(readFileSync(file).length, 0);
    await fill();
    const sound = repair('--json');
    assert.deepEqual([sound.code, sound.out], [0, '{"event":"done","finding":"sound"}\n']);
  });

  it('says that there is no data directory where there is none, and makes none', async () => {
    await rm(dir, { recursive: true });
    const { code, text } = repair();
    assert.deepEqual([code, /There is no data directory/.test(text), text.includes(dir)], [1, true, true]);
    assert.ok(!existsSync(dir));
  });

  it('saves a damaged history, keeps the damaged file and leaves the sessions alone', async () => {
    await fill();
    mkdirSync(join(dir, 'engines', 'baileys'), { recursive: true });
    writeFileSync(join(dir, 'engines', 'baileys', 'session'), 'linked');
    overwritePages(messagePage(), 1);
    const asked = repair();
    assert.deepEqual([asked.code, /--yes/.test(asked.text)], [2, true]);
    const { code, out } = repair('--yes');
    assert.equal(code, 0, out);
    const [, saved, lost] = /messages +(\d+) +– +(\d+)/.exec(out) ?? assert.fail(out);
    assert.equal(Number(saved) + Number(lost), MESSAGES);
    assert.ok(Number(lost) > 0);
    assert.match(out, new RegExp(`without ${lost} of ${MESSAGES} messages\\. ${saved} messages saved`));
    assert.match(out, /kept: .*backups\/history-damaged-/);
    assert.equal(readFileSync(join(dir, 'engines', 'baileys', 'session'), 'utf8'), 'linked');
    const history = await open();
    assert.deepEqual([await history.integrity(), (await history.overview()).messages], [[], Number(saved)]);
    await history.close();
    assert.match(repair().out, /sound/);
  });

  it('says how many messages were garbage', async () => {
    await fill();
    const db = new Database(file);
    db.exec(`UPDATE messages SET type = 'xq' WHERE stanza_id IN ('M3', 'M4')`);
    db.close();
    overwritePages(messagePage(), 1);
    const { code, out } = repair('--yes', '--json');
    assert.equal(code, 0, out);
    const { messages } = JSON.parse(out.trim().split('\n').at(-1) ?? '');
    assert.deepEqual([messages.dropped, messages.copied + messages.lost], [2, MESSAGES]);
    assert.ok(messages.lost > 2);
  });

  it('rebuilds only the search index when only that is damaged', async () => {
    await fill();
    const db = new Database(file);
    db.unsafeMode(true);
    db.exec(`UPDATE messages_fts_data SET block = randomblob(length(block)) WHERE id > 10`);
    db.close();
    const { code, out } = repair('--yes', '--json');
    assert.equal(code, 0, out);
    assert.equal(out.trim().split('\n').at(-1), '{"event":"done","finding":"index"}');
    assert.ok(!readdirSync(dir).includes('backups'));
    const history = await open();
    const { hits, degraded } = await history.search.run({ text: 'umbrella', mode: 'auto', limit: 1_000 });
    assert.deepEqual([degraded, hits.length], [null, MESSAGES]);
    await history.close();
  });

  it('refuses while somebody else has the data directory', async () => {
    await fill();
    const owner = acquireOwnership(dir);
    try {
      const { code, text } = repair('--yes');
      assert.deepEqual([code, /INSTANCE_ALREADY_RUNNING/.test(text)], [1, true]);
      assert.match(text, new RegExp(`pid ${process.pid}`));
    } finally {
      owner.release();
    }
  });

  it('says so when nothing can be saved, and touches nothing', async () => {
    await fill();
    overwritePages(1, 1);
    const before = readFileSync(file);
    const { code, text } = repair('--yes');
    assert.deepEqual([code, /DB_CORRUPT/.test(text), /backups\//.test(text)], [1, true, true]);
    assert.deepEqual(readFileSync(file), before);
    rmSync(file);
  });
});
