import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { until } from '#kernel/testing/until.ts';
import type { ChatKey } from '#simulator/account/model.ts';
import { deepShape } from '#simulator/account/presets.ts';
import { type PrivateRedis, startRedis } from '#sync-jobs/queue/testing/redis.ts';
import { SHARED_CACHE } from '#sync-jobs/queue/testing/rig.ts';
import type { FetchRequest } from '#sync-jobs/services/history-service.ts';
import { connectAssistant } from '../rig/assistant.ts';
import { assertSame, compareStore } from '../rig/compare.ts';
import { assertCovered, compareCoverage } from '../rig/coverage.ts';
import { type InProcess, OWNER, openLinked } from '../rig/in-process.ts';
import { startLinked } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { bothEngines, createWorld, type World } from '../rig/world.ts';

const PUSHED = 20;
const SETTINGS = { TANDEM_HISTORY_DELAY_MS: '0', TANDEM_HISTORY_WAIT_MS: '700' };

const assertWhole = async (world: World) => {
  assertSame(await compareStore(world.dataDir, world.simulator.oracle.messages()));
  assertCovered(await compareCoverage(world.dataDir, world.simulator));
};
const repeated = ({ simulator }: World) =>
  simulator.historyRequests.counts().reduce((sum, chat) => sum + chat.repeated, 0);
const asked = ({ simulator }: World) => simulator.historyRequests.all().length;

describe('older history, steered', function () {
  this.timeout(60_000);
  let redis: PrivateRedis;
  let world: World;
  let service: InProcess;

  beforeEach(async () => {
    redis = await startRedis();
    world = await createWorld('deep', deepShape(5, 150, PUSHED));
    service = await openLinked(world, { ...SETTINGS, REDIS_URL: redis.url });
  });
  afterEach(async () => {
    await service?.close();
    await world?.close();
    await redis?.stop();
  });

  const slowly = (ms: number) => {
    world.simulator.faults.phone.onDemandDelayMs = ms;
  };
  const chats = () => [...world.simulator.oracle.chats()].map((chat) => chat.canonicalJid);
  const keyOf = (jid: string): ChatKey =>
    [...world.simulator.oracle.chats()].find((chat) => chat.canonicalJid === jid)?.chatKey ?? '';
  const everything = async () => (await service.services.olderHistory.retrieveAll({}, OWNER)).job_id;
  const fetchOlder = (jid: string, more: Omit<FetchRequest, 'chat'> = {}) =>
    service.services.olderHistory.fetch({ chat: jid, ...more }, OWNER);
  const report = (jid: string) => service.services.syncReport.ofChat({ chat: jid }, OWNER);

  it('comes whole, is told while it comes, and the same request joins the job that runs', async () => {
    slowly(60);
    const id = await everything();
    const again = await service.services.olderHistory.retrieveAll({}, OWNER);
    assert.deepEqual([again.job_id, again.reused], [id, true]);
    const job = await service.jobIs(id, ({ done }) => done > 0 && done < 5, 'a chat that is done');
    assert.equal(job.total, 5);
    slowly(0);
    const ended = await service.ended(id);
    const { chats: all, complete, messages_added } = ended.result as Record<string, number>;
    assert.deepEqual([ended.status, all, complete, messages_added], ['completed', 5, 5, 5 * (150 - PUSHED)]);
    assert.equal(repeated(world), 0);
    await assert.rejects(service.services.jobs.resume(id, OWNER), { code: 'JOB_ENDED' });
    await service.close();
    await assertWhole(world);
  });

  it('of a chat that somebody asks for goes before the rest', async () => {
    slowly(150);
    const id = await everything();
    await until(() => asked(world) > 0, 'a request');
    // The full run comes to it last.
    const last = chats().findLast((jid) => world.simulator.historyRequests.of(keyOf(jid)).length === 0) ?? '';
    const started = await fetchOlder(last);
    await service.ended(started.job_id);
    const { ended, done } = await service.job(id);
    assert.equal(ended, false, 'the full run goes on behind it');
    assert.ok(done < 5);
    slowly(0);
    await service.ended(id);
    assert.equal(repeated(world), 0);
    await service.close();
    await assertWhole(world);
  });

  it('is paused, cancelled and resumed at any moment, and no page comes twice', async () => {
    slowly(80);
    const id = await everything();
    const { jobs } = service.services;
    for (const [wish, status, at] of [
      ['pause', 'paused', 2],
      ['cancel', 'cancelled', 4],
      ['pause', 'paused', 6],
    ] as const) {
      await until(() => asked(world) >= at, 'requests');
      await jobs[wish](id, OWNER);
      const job = await service.jobIs(id, (one) => one.status === status, status);
      assert.ok(job.hint !== undefined);
      assert.ok((await service.services.syncReport.checkpointCounts())[status] > 0, 'its chats say so too');
      const before = asked(world);
      await until(async () => (await service.syncJobs.queue.held()).size === 0, 'an empty queue');
      assert.equal(asked(world), before);
      assert.equal((await jobs.resume(id, OWNER)).job_id, id);
    }
    // While it still stands in line, and after that again.
    await jobs.cancel(id, OWNER);
    await service.jobIs(id, ({ status }) => status === 'cancelled', 'cancelled');
    await assert.rejects(jobs.cancel(id, OWNER), { code: 'JOB_ENDED' });
    await assert.rejects(jobs.pause(id, OWNER), { code: 'JOB_ENDED' });
    await assert.rejects(jobs.cancel('job_000', OWNER), { code: 'JOB_NOT_FOUND' });
    await assert.rejects(jobs.resume(id, 'somebody else'), { code: 'JOB_NOT_FOUND' });
    await jobs.resume(id, OWNER);
    slowly(0);
    assert.equal((await service.ended(id)).status, 'completed');
    assert.ok(repeated(world) <= 4, 'a stop in the middle of a request costs one page at most');
    await service.close();
    await assertWhole(world);
  });

  it('is cancelled and paused while it waits, and goes on at once when it is resumed', async () => {
    const { phone } = world.simulator.faults;
    phone.onDemand = 'silent';
    const id = await everything();
    const { jobs } = service.services;
    for (const [wish, status] of [
      ['cancel', 'cancelled'],
      ['pause', 'paused'],
    ] as const) {
      await service.jobIs(id, ({ reason }) => reason === 'phone-silent', 'waiting for the phone');
      assert.equal((await jobs[wish](id, OWNER)).status, status, 'nobody works on it: at once');
      await jobs.resume(id, OWNER);
    }
    await service.jobIs(id, ({ reason }) => reason === 'phone-silent', 'waiting for the phone');
    phone.onDemand = 'answer';
    await jobs.resume(id, OWNER);
    assert.equal((await service.ended(id)).status, 'completed');
    await service.close();
    await assertWhole(world);
  });

  it('ends at a number of messages or at a date, and the next request goes on behind that', async () => {
    const [first = '', second = ''] = chats();
    await service.ended((await fetchOlder(first, { max_messages: 60 })).job_id);
    const limited = await report(first);
    assert.deepEqual([limited.status, limited.messages_synced], ['paused', 60]);
    assert.equal(limited.missing.at(-1)?.reason, 'user-limit');
    await service.ended((await fetchOlder(first, { max_messages: 1_000_000 })).job_id);
    assert.deepEqual([(await report(first)).status, repeated(world)], ['complete', 0]);

    const times = [...world.simulator.oracle.messages(keyOf(second))].map(({ timeSeconds }) => timeSeconds);
    const since = new Date((times[80] ?? 0) * 1_000).toISOString();
    await service.ended((await fetchOlder(second, { since })).job_id);
    const dated = await report(second);
    assert.equal(dated.status, 'paused');
    assert.ok(dated.messages_synced >= 150 - PUSHED - 80 && dated.messages_synced < 150 - PUSHED);
    await service.ended((await fetchOlder(second)).job_id);
    assert.equal((await report(second)).status, 'complete');
  });

  it('of a chat that is deleted on the phone ends there, and says so', async () => {
    slowly(200);
    const [jid = ''] = chats();
    const key = keyOf(jid);
    const { job_id } = await fetchOlder(jid);
    await until(() => world.simulator.historyRequests.of(key).length === 1, 'a request');
    assert.ok(world.simulator.account.deleteChat({ chat: key, origin: { from: 'phone' } }));
    const job = await service.ended(job_id);
    assert.equal(job.status, 'completed');
    const { status, checkpoint } = await report(jid);
    assert.deepEqual([status, checkpoint?.reason], ['blocked', 'chat-deleted']);
    assert.ok(checkpoint?.hint !== undefined);
    assert.ok(world.simulator.historyRequests.of(key).length <= 2);
  });

  it('does not mind a clock that is set ahead and back by a day', async () => {
    const now = Date.now;
    try {
      slowly(80);
      const id = await everything();
      for (const [at, days] of [
        [3, 1],
        [6, -1],
        [9, 0],
      ] as const) {
        await until(() => asked(world) >= at, 'requests');
        Date.now = () => now() + days * 86_400_000;
      }
      slowly(0);
      assert.equal((await service.ended(id)).status, 'completed');
    } finally {
      Date.now = now;
    }
    assert.ok(repeated(world) <= 2, `${repeated(world)} pages came twice`);
    await service.close();
    assertSame(await compareStore(world.dataDir, world.simulator.oracle.messages()));
    const { falselyClaimed, unproven } = await compareCoverage(world.dataDir, world.simulator);
    assert.deepEqual([falselyClaimed, unproven], [[], []]);
  });

  it('outlives a queue that is gone for a while, and one that comes back empty', async () => {
    slowly(450);
    const id = await everything();
    await until(() => asked(world) >= 2, 'requests');
    await redis.kill();
    // Longer than a turn: whoever ends one now cannot hand the job over.
    await service.jobIs(id, ({ status }) => status !== 'running', 'the end of a turn');
    await redis.start();
    const before = asked(world);
    await until(() => asked(world) > before, 'a request after it');
    await redis.command('FLUSHALL');
    slowly(0);
    assert.equal((await service.ended(id, 50_000)).status, 'completed');
    assert.ok(repeated(world) <= 3, `${repeated(world)} pages came twice`);
    await service.close();
    await assertWhole(world);
  });
});

describe('older history without a queue server', function () {
  this.timeout(60_000);

  it('comes whole through the embedded queue', async () => {
    const world = await createWorld('deep', deepShape(3, 120, PUSHED));
    try {
      // What the embedded queue prepares once takes a while; all suites share it.
      await mkdir(SHARED_CACHE, { recursive: true });
      await mkdir(dirname(join(world.dataDir, 'cache')), { recursive: true });
      await symlink(SHARED_CACHE, join(world.dataDir, 'cache'));
      const service = await openLinked(world, SETTINGS);
      const { job_id } = await service.services.olderHistory.retrieveAll({}, OWNER);
      assert.equal((await service.ended(job_id, 50_000)).status, 'completed');
      await service.close();
      await assertWhole(world);
      assert.equal(repeated(world), 0);
    } finally {
      await world.close();
    }
  });
});

describe('older history over the death of the service', function () {
  this.timeout(60_000);

  it('goes on by itself in the next life, and a page comes again at most once a death', async () => {
    const redis = await startRedis();
    const world = await createWorld('deep', deepShape(4, 150, PUSHED));
    try {
      const settings = { ...SETTINGS, REDIS_URL: redis.url };
      let service: Service = await startLinked(world, settings);
      let assistant = await connectAssistant(service);
      world.simulator.faults.phone.onDemandDelayMs = 120;
      const started = await assistant.attempt('retrieve_full_history', {});
      assert.ok(started.ok);
      for (const at of [2, 5]) {
        await until(() => asked(world) >= at, 'requests');
        await service.kill();
        await assistant.close().catch(() => undefined);
        service = await world.start(settings);
        assistant = await connectAssistant(service);
      }
      world.simulator.faults.phone.onDemandDelayMs = 0;
      await until(
        async () => {
          const job = await assistant.attempt('get_job', { job_id: started.data.job_id });
          return job.ok && job.data.status === 'completed';
        },
        'end of the job',
        40_000,
      );
      await assistant.close();
      await service.stop();
      assert.ok(repeated(world) <= 2, `${repeated(world)} pages came twice`);
      await assertWhole(world);
    } finally {
      await world.close();
      await redis.stop();
    }
  });
});

describe('older history with both engines', function () {
  this.timeout(120_000);

  it('is fetched on by the other one from the same place when one dies in the middle of a chat', async () => {
    const redis = await startRedis();
    const world = await createWorld('deep', deepShape(3, 150, PUSHED));
    try {
      const service = await openLinked(world, {
        ...SETTINGS,
        ...bothEngines,
        TANDEM_HISTORY_WAIT_MS: '4000',
        REDIS_URL: redis.url,
      });
      world.simulator.faults.phone.onDemandDelayMs = 300;
      const [chat] = world.simulator.oracle.chats();
      assert.ok(chat !== undefined);
      const requests = () => world.simulator.historyRequests.of(chat.chatKey);
      const { job_id } = await service.services.olderHistory.fetch({ chat: chat.canonicalJid }, OWNER);
      await until(() => requests().length >= 2, 'requests');
      const [first] = requests();
      // It must not be back before the chat is done.
      world.simulator.faults.refuseConnections(503);
      service.killEngine(first?.via === 'web' ? 'webjs' : 'baileys');
      const job = await service.ended(job_id, 60_000);
      assert.equal(job.status, 'completed', JSON.stringify(job));
      const report = await service.services.syncReport.ofChat({ chat: chat.canonicalJid }, OWNER);
      assert.equal(report.status, 'complete', JSON.stringify(report));
      assert.equal(new Set(requests().map(({ via }) => via)).size, 2, 'both were asked');
      world.simulator.faults.reset();
      const all = await service.services.olderHistory.retrieveAll({}, OWNER);
      await service.ended(all.job_id, 60_000);
      await service.close();
      await assertWhole(world);
    } finally {
      await world.close();
      await redis.stop();
    }
  });
});
