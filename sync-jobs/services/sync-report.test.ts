import assert from 'node:assert/strict';
import type { JobChange } from '#history/contracts/jobs.ts';
import { anna, message, NOW_SECONDS, START_SECONDS } from '#orchestrator/services/testing/sample-history.ts';
import { createWorld, type World } from '#orchestrator/services/testing/world.ts';
import { createSyncReport } from './sync-report.ts';

const FIRST = { id: 'FIRST', fromMe: false, sender: anna.pn, sentAt: START_SECONDS + 100 };

describe('what is said of one chat', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld({ empty: true });
    await world.learn([
      { kind: 'connection', level: 'ready', reason: 'none', at: START_SECONDS },
      message(anna.pn, 100, 'hello', { id: FIRST.id, via: 'live' }),
    ]);
  });
  afterEach(() => world.close());

  const reachesStart = () =>
    world.learn([
      {
        kind: 'history-page',
        requestId: 'R1',
        chat: anna.pn,
        messages: 0,
        before: FIRST,
        oldest: null,
        end: 'start-reached',
      },
    ]);
  const outage = () =>
    world.learn([
      { kind: 'connection', level: 'stopped', reason: 'none', at: NOW_SECONDS - 600 },
      { kind: 'connection', level: 'ready', reason: 'none', at: NOW_SECONDS - 300 },
    ]);
  /** As the run that reached the start left it. */
  const runEnded = async (reason: string) => {
    const { backfills, chats } = world.history;
    const id = (await chats.byJid(anna.pn))?.id ?? 0;
    await backfills.begin('job', [id]);
    await backfills.claim(id, 'worker', 1_000, 'job');
    await backfills.move(id, 'worker', { state: 'complete', reason });
    await backfills.release(id, 'worker');
  };
  const told = async () => {
    const { parts, sync } = world.services;
    const report = await createSyncReport({ ...parts, history: world.history }).ofChat(
      { chat: anna.pn },
      null,
    );
    const { data } = await sync.ofChat({ chat: anna.pn });
    return { ...report, coverage: data.coverage, next: report.next_step ?? data.next_step ?? '' };
  };

  it('sends nobody to fetch a hole that cannot be asked for, whatever an earlier run said', async () => {
    await reachesStart();
    await runEnded('start-proven');
    await outage();
    const { coverage, start_proven, missing, progress, hint, next } = await told();
    assert.deepEqual(
      [coverage, start_proven, missing.map(({ reason }) => reason), progress],
      ['partial', true, ['engine-offline'], 100],
    );
    assert.match(hint ?? '', /next message of its chat/);
    assert.equal(next, hint);
    assert.doesNotMatch(next, /fetch_history/);
  });

  it('says that it can be fetched once a newer message stands above the hole', async () => {
    await reachesStart();
    await runEnded('nothing-to-ask');
    await outage();
    await world.learn([message(anna.pn, NOW_SECONDS - START_SECONDS - 60, 'again', { via: 'live' })]);
    const { coverage, progress, hint, next } = await told();
    assert.deepEqual([coverage, progress], ['partial', -1]);
    assert.match(hint ?? '', /fetch_history/);
    assert.match(next, /fetch_history/);
  });

  describe('says of the job that fetches the chat', () => {
    const jobIn = async (change: JobChange, wish?: 'pause') => {
      const { jobs } = world.history;
      const args = { chats: [anna.pn], maxMessages: null, until: null, engine: null };
      await jobs.create({ id: 'job_1', kind: 'history', owner: 'mcp', fingerprint: 'one', args });
      const job = await jobs.claim('job_1', 'worker', 60_000);
      if (wish !== undefined) await jobs.setWish('job_1', wish);
      await jobs.save('job_1', job?.fence ?? 0, change);
      const { is_active, sync_running, hint = '', next } = await told();
      assert.doesNotMatch(next, /fetch_history fetches|fetch_history asks/);
      return { is_active, sync_running, hint, next };
    };

    it('that it runs', async () => {
      const { is_active, sync_running, hint, next } = await jobIn({});
      assert.deepEqual([is_active, sync_running], [true, true]);
      assert.match(hint, /are being fetched/);
      assert.match(next, /get_job with job_id job_1/);
    });

    it('that it waits for its turn', async () => {
      const { is_active, sync_running, hint, next } = await jobIn({ state: 'queued' });
      assert.deepEqual([is_active, sync_running], [true, undefined]);
      assert.match(hint, /waits for its turn/);
      assert.match(next, /get_job with job_id job_1/);
    });

    it('what it waits for, and until when', async () => {
      const nextTurnAtMs = world.clock.now() + 60_000;
      const { is_active, hint, next } = await jobIn({
        state: 'waiting',
        reason: 'phone-silent',
        nextTurnAtMs,
      });
      assert.equal(is_active, true);
      assert.match(hint, /phone does not answer/);
      assert.ok(next.includes(world.services.parts.times.isoMs(nextTurnAtMs)), next);
    });

    it('that it is paused, and how it goes on', async () => {
      const { is_active, sync_running, hint, next } = await jobIn({ state: 'paused' }, 'pause');
      assert.deepEqual([is_active, sync_running], [false, undefined]);
      assert.match(hint, /is paused/);
      assert.match(next, /resume_sync with job_id job_1/);
    });
  });

  it('says after a purge that all is there which is to be kept, and sends nobody for what was deleted', async () => {
    await world.learn([message(anna.pn, 50, 'older', { via: 'live' })]);
    await reachesStart();
    await runEnded('start-proven');
    await world.history.maintenance.purge(START_SECONDS + 60, 100);
    const { coverage, status, missing, progress, hint, next, ...rest } = await told();
    assert.deepEqual([coverage, status, missing, progress, next], ['complete', 'complete', [], 100, '']);
    const { times } = world.services.parts;
    assert.equal(rest.purged_before, times.iso(START_SECONDS + 60));
    assert.equal(rest.oldest_message_date, times.iso(START_SECONDS + 100));
    assert.match(hint ?? '', /deleted from the store on purpose/);
    const { data } = await world.services.chats.get({ chat: anna.pn, include_last_message: false });
    assert.equal(data.chat.history_end, 'purged');
  });

  it('says that everything is held when nothing is missing', async () => {
    await reachesStart();
    const { coverage, progress, hint, next } = await told();
    assert.deepEqual([coverage, progress, next], ['complete', 100, '']);
    assert.match(hint ?? '', /from the beginning/);
  });
});
