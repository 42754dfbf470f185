import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { JobView } from '#sync-jobs/services/job-shape.ts';
import type { ConsolePorts } from '../ports.ts';
import { createTestConsole } from '../testing/app.ts';
import { NOW_MS } from '../testing/facts.ts';
import { quietPorts } from '../testing/ports.ts';
import { jobsViewSchema, jobViewSchema } from '../view/jobs.ts';

type Queue = ConsolePorts['queue'];

const since = NOW_MS - 60_000;
/** A Redis in which these queues are paused. */
const redisWith = (...paused: readonly string[]): Queue => ({
  backend: 'redis',
  health: () => ({ state: 'up', error: null, since }),
  queues: () =>
    Promise.resolve(
      ['history', 'actions'].map((name) => ({
        name,
        isPaused: () => Promise.resolve(paused.includes(name)),
      })) as unknown as Awaited<ReturnType<Queue['queues']>>,
    ),
});
const pageWith = async (queue: Queue) => (await createTestConsole({ queue }).app.request('/')).text();

describe('console: why no job moves', () => {
  it('names a queue that was paused elsewhere, and offers to resume it', async () => {
    const page = await pageWith(redisWith('history'));
    assert.match(page, /The queue of history is paused\..*data-post="\/queues\/resume"/s);
    assert.match(page, /<i class="dot bad"><\/i><span>Queue \(Redis\): paused: history/);
    const { app } = createTestConsole({ queue: redisWith('history', 'actions') });
    const { queue } = jobsViewSchema.parse(await (await app.request('/api/jobs')).json());
    assert.deepEqual(queue.paused, ['history', 'actions']);
  });

  it('says of every job that stands in it that its turn does not come', async () => {
    const job = (job_id: string, kind: JobView['kind'], status: JobView['status']): JobView => {
      const time = new Date(since).toISOString();
      const hint = 'It waits for its turn.';
      return { job_id, kind, status, ended: false, done: 0, hint, created_at: time, updated_at: time };
    };
    const all = [
      job('job_1', 'history', 'queued'),
      job('job_2', 'mark-read', 'queued'),
      job('job_3', 'history', 'running'),
      { ...job('job_4', 'history', 'waiting'), next_attempt_at: new Date(NOW_MS).toISOString() },
    ];
    const jobs: ConsolePorts['jobs'] = {
      ...quietPorts().jobs,
      list: () => Promise.resolve(all),
      get: ({ job_id }) => Promise.resolve(all.find((one) => one.job_id === job_id) ?? assert.fail()),
    };
    const { app } = createTestConsole({ queue: redisWith('history'), jobs });
    const listed = jobsViewSchema.parse(await (await app.request('/api/jobs')).json()).jobs;
    const paused = 'queue-paused';
    assert.deepEqual(
      listed.map(({ reason, next_attempt_at }) => [reason, next_attempt_at]),
      [
        [paused, undefined],
        [undefined, undefined],
        [undefined, undefined],
        [paused, undefined],
      ],
    );
    const one = jobViewSchema.parse(await (await app.request('/api/jobs/job_1')).json());
    assert.deepEqual(
      [one.reason, /Somebody paused its queue.*\/queues/.test(one.hint ?? '')],
      [paused, true],
    );
    const page = await (await app.request('/')).text();
    assert.match(page, /its queue is paused.*Somebody paused its queue outside of Tandem/s);
    assert.equal(page.match(/waits for its turn/g)?.length, 1, 'the one in another queue');
  });

  it('says that the queue is away, since when, and what to do', async () => {
    const page = await pageWith({
      ...redisWith('history'),
      health: () => ({ state: 'down', error: 'ECONNREFUSED', since }),
      queues: () => assert.fail('who is away is not asked'),
    });
    assert.match(page, /class="banner bad"><strong>The job queue is away, so no job moves\.<\/strong>/);
    assert.match(page, /Lost <time datetime="2026-03-01T09:29:00.000Z".*\(<code>ECONNREFUSED<\/code>\)/);
    assert.ok(page.includes('See that Redis runs where'));
    assert.ok(!page.includes('/queues/resume'));
  });

  it('says nothing while jobs can move, nor of what did not answer', async () => {
    for (const queue of [
      redisWith(),
      { ...redisWith('history'), queues: () => Promise.reject(new Error('lost')) },
    ])
      assert.ok(!(await pageWith(queue)).includes('banner bad"><strong>'));
  });

  it('does not keep the embedded queue awake by asking', async () => {
    const up = { state: 'up', error: null, since } as const;
    const queues = () => assert.fail('that would be a use of it');
    const page = await pageWith({ ...quietPorts().queue, health: () => up, queues });
    assert.match(page, /Queue \(embedded\): up/);
  });
});
