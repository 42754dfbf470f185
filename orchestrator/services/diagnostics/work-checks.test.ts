import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History } from '#history/contracts/history.ts';
import type { JobChange } from '#history/contracts/jobs.ts';
import { anna, message } from '../testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from '../testing/world.ts';
import type { CheckName } from './check.ts';
import { checkQueue, type QueueFacts } from './queue-checks.ts';
import { checkGrowth } from './storage-checks.ts';
import { checkDatabase } from './store-checks.ts';

const MINUTE_MS = 60_000;
const LEASE_MS = 60_000;

describe('diagnostics of work under way', () => {
  let world: World;
  const open = async (options: WorldOptions = {}) => {
    world = await createWorld(options);
  };
  afterEach(() => world.close());

  const checks = async (name: CheckName) =>
    (await world.services.diagnose({ checks: [name], bundle: false })).data.checks;
  const wrong = async (name: CheckName) =>
    (await checks(name)).filter(({ ok }) => !ok).map(({ id, code, finding }) => [id, code, finding]);
  const start = async (id: string, change: JobChange, kind: 'history' | 'export' = 'history') => {
    const { jobs }: Pick<History, 'jobs'> = world.history;
    await jobs.create({ id, kind, owner: 'test', fingerprint: id, args: {} });
    const claimed = await jobs.claim(id, 'worker', LEASE_MS);
    assert.ok(claimed !== null);
    await jobs.save(id, claimed.fence, change);
  };

  it('see a job that runs and does nothing', async () => {
    await open();
    await start('job_1', { state: 'running' });
    assert.deepEqual(await wrong('jobs'), []);
    world.clock.advance(11 * MINUTE_MS);
    assert.deepEqual(await wrong('jobs'), [
      ['jobs_stuck', undefined, '1 did nothing for 11 min: history job_1.'],
    ]);
  });

  it('say without a service that nothing runs, and that it goes on with one', async () => {
    await open();
    await start('job_1', { state: 'running' });
    await start('job_2', { state: 'waiting', reason: 'phone-silent' });
    world.clock.advance(11 * MINUTE_MS);
    const { data } = await world.services.diagnose({ checks: ['jobs'], bundle: false, offline: true });
    assert.deepEqual(
      data.checks.map(({ id, ok, finding }) => [id, ok, finding]),
      [
        [
          'jobs',
          true,
          '2 open: 1 waiting (phone-silent), 1 interrupted. No service runs, so none of them moves; they go on by themselves once it does.',
        ],
      ],
    );
  });

  it('tell what waits and why, and object once it waits for hours', async () => {
    await open();
    await start('job_1', { state: 'waiting', reason: 'phone-silent' });
    const [quiet] = await checks('jobs');
    assert.equal(quiet?.finding, '1 open: 1 waiting (phone-silent).');
    world.clock.advance(7 * 60 * MINUTE_MS);
    assert.deepEqual(await wrong('jobs'), [
      ['jobs_waiting', undefined, '1 wait since more than 6 h: 1 history (phone-silent).'],
    ]);
  });

  it('tell of jobs that failed lately, with the code and how to go on', async () => {
    await open();
    const error = { code: 'DB_LOCKED', message: '', hint: '' } as const;
    await start('job_1', { state: 'failed', error }, 'export');
    const failed = (await checks('jobs')).find(({ id }) => id === 'jobs_failed');
    assert.deepEqual(
      [failed?.code, failed?.finding],
      ['DB_LOCKED', '1 failed in the last 7 days: 1 export (DB_LOCKED).'],
    );
    assert.match(failed?.remedy ?? '', /tandem history resume job_1/);
    world.clock.advance(8 * 24 * 60 * MINUTE_MS);
    assert.deepEqual(await wrong('jobs'), []);
  });

  it('see chats that stay silent, and one that was left in the middle of a request', async () => {
    await open();
    const { backfills, chats } = world.history;
    assert.match((await checks('backfills'))[0]?.finding ?? '', /never asked for/);
    const chat = await chats.byJid(anna.pn);
    assert.ok(chat !== null);
    await start('job_1', { state: 'running' });
    await backfills.begin('job_1', [chat.id]);
    await backfills.claim(chat.id, 'worker', LEASE_MS);
    await backfills.move(chat.id, 'worker', { state: 'awaiting' });
    assert.deepEqual(await wrong('backfills'), []);
    world.clock.advance(11 * MINUTE_MS);
    assert.match(String((await wrong('backfills'))[0]?.[2]), /in the middle of a request for 11 min/);
    await backfills.claim(chat.id, 'other', LEASE_MS);
    await backfills.move(chat.id, 'other', { state: 'stalled', reason: 'phone-silent' });
    assert.match(String((await wrong('backfills'))[0]?.[2]), /^1 chats: .* 1 silent/);
  });

  it('say how much is covered, without calling a gap a fault', async () => {
    await open();
    const [coverage] = await checks('coverage');
    assert.equal(coverage?.ok, true);
    assert.match(coverage?.finding ?? '', /have something missing.*tandem history coverage/);
  });

  it('see a search index that is being rebuilt', async () => {
    await open();
    await world.history.maintenance.reindex(null, 1);
    assert.match(String((await wrong('search'))[0]?.[2]), /A rebuild was begun and not ended/);
    const { jobs } = world.history;
    await jobs.create({ id: 'job_1', kind: 'rebuild-search', owner: 'test', fingerprint: 'a', args: {} });
    const claimed = await jobs.claim('job_1', 'worker', LEASE_MS);
    await jobs.save('job_1', claimed?.fence ?? 0, { state: 'running', done: 1, total: 4 });
    assert.match(String((await wrong('search'))[0]?.[2]), /being rebuilt \(25 %\)/);
  });

  it('say how fast the history grows, and count the copies', async () => {
    await open({ config: { retentionDays: 30 } });
    await world.learn([message(anna.pn, 100, 'one of this month')]);
    const [growth] = await checks('growth');
    assert.match(growth?.finding ?? '', /kept for 30 days\. The history grows by some [\d.]+ MB a month/);
    const tight = { ...world.services.parts, history: { ...world.history, overview: hugeOverview(world) } };
    const full = await checkGrowth(tight);
    assert.deepEqual([full.severity, full.code], ['warning', 'DB_DISK_FULL']);

    assert.match((await checks('backups'))[0]?.finding ?? '', /^No copy yet/);
    const { backupDir } = world.services.parts.dataDir;
    mkdirSync(backupDir);
    writeFileSync(join(backupDir, 'history-before-0003.db'), 'x');
    writeFileSync(join(backupDir, 'history-damaged-20260101.db'), 'x');
    writeFileSync(join(backupDir, 'history-before-0004.db.part'), 'x');
    assert.match((await checks('backups'))[0]?.finding ?? '', /^2 copies, .* 1 of them damaged/);
  });

  it('leave the full check of a large file to whoever has the time', async () => {
    await open();
    const large = { ...world.services.parts, history: { ...world.history, overview: hugeOverview(world) } };
    assert.match((await checkDatabase(large, {})).finding, /too large for a full check within a call/);
    assert.match((await checkDatabase(large, { thorough: true })).finding, /, sound\.$/);
  });

  it('know the queue by what it tells of itself', async () => {
    await open();
    const queue = async (facts: Partial<QueueFacts>) => {
      const all: QueueFacts = {
        backend: 'redis',
        state: 'up',
        error: null,
        sinceMs: world.clock.now(),
        entries: { waiting: 1, active: 1, delayed: 0, failed: 2 },
        paused: [],
        redis: { version: '7.0.15', evictionPolicy: 'noeviction', persistent: true },
        ...facts,
      };
      const found = await checkQueue({ ...world.services.parts, queueFacts: () => Promise.resolve(all) });
      return found.filter(({ ok }) => !ok).map(({ id, code, severity }) => [id, severity, code]);
    };
    assert.deepEqual(await queue({}), []);
    const away = { state: 'down', error: 'ECONNREFUSED', entries: null, redis: null } as const;
    assert.deepEqual(await queue(away), [['queue', 'error', 'QUEUE_UNAVAILABLE']]);
    const wrong = await checkQueue({
      ...world.services.parts,
      queueFacts: () =>
        Promise.resolve({ ...away, error: 'WRONGPASS', backend: 'redis', sinceMs: 0, paused: [] }),
    });
    assert.match(wrong[0]?.finding ?? '', /password or the user name in TANDEM_REDIS_URL is wrong/);
    assert.deepEqual(await queue({ paused: ['history'] }), [['queue_paused', 'error', undefined]]);
    const redis = { version: '6.0.9', evictionPolicy: 'noeviction', persistent: false };
    assert.deepEqual(await queue({ redis }), [['queue_redis', 'warning', undefined]]);
    const lossy = { ...redis, version: '7.2.0', evictionPolicy: 'allkeys-lru' };
    assert.deepEqual(await queue({ redis: lossy }), [['queue_redis', 'warning', undefined]]);
    const entries = { waiting: 2_000, active: 0, delayed: 0, failed: 0 };
    assert.deepEqual(await queue({ entries }), [['queue_depth', 'warning', undefined]]);
    const asleep = { backend: 'embedded', state: 'asleep', redis: null } as const;
    assert.deepEqual(await queue(asleep), []);
    assert.match((await checks('queue'))[0]?.finding ?? '', /^Not looked at/);
  });

  it('count the devices of the account, when an engine can tell', async () => {
    const devices = Array.from({ length: 5 }, (_, number) => ({
      jid: anna.pn,
      number,
      isSelf: number === 1,
    }));
    await open({
      commands: { 'devices.list': () => Promise.resolve({ listed: true, count: 5, devices }) },
    });
    const [found] = await checks('devices');
    assert.deepEqual(
      [found?.ok, found?.finding],
      [true, '1 of 1 engines are linked devices of the account; with others it has 4 of at most 4.'],
    );
  });
});

/** As if the few messages of the sample had filled whole disks. */
function hugeOverview(world: World): History['overview'] {
  return async () => ({ ...(await world.history.overview()), bytes: Number.MAX_SAFE_INTEGER });
}
