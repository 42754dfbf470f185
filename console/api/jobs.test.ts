import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { message } from '#history/test-support.ts';
import { createCursors } from '#orchestrator/services/cursor.ts';
import { createTimes } from '#orchestrator/services/present/times.ts';
import { createResolver } from '#orchestrator/services/resolve/resolver.ts';
import { defineKind } from '#sync-jobs/kind.ts';
import { historyArgsSchema } from '#sync-jobs/kinds/history.ts';
import { createHistoryService } from '#sync-jobs/services/history-service.ts';
import { createJobService } from '#sync-jobs/services/job-service.ts';
import { createJobWorld, type JobWorld } from '#sync-jobs/testing/world.ts';
import type { Console } from '../console.ts';
import { createTestConsole, post } from '../testing/app.ts';
import { chatOfJob } from '../view/job-chat.ts';
import {
  checkpointsViewSchema,
  jobsViewSchema,
  jobViewSchema,
  jobWithItemsSchema,
  startedViewSchema,
} from '../view/jobs.ts';

/** Jobs of this kind never end by themselves here: nothing takes their turns. */
const history = defineKind({
  kind: 'history',
  lane: 'history',
  args: historyArgsSchema,
  turn: () => Promise.resolve({ state: 'again', afterMs: 1_000 }),
});

describe('console: routes of jobs', () => {
  let world: JobWorld;
  let console: Console;

  before(async () => {
    world = await createJobWorld({ kinds: () => [history] });
    await world.learn([message({ id: 'M1' })]);
    const times = createTimes('Europe/Berlin');
    const resolver = createResolver(world.history, { call: () => assert.fail('no engine is asked') });
    console = createTestConsole({
      jobs: createJobService({
        jobs: world.jobs,
        history: world.history,
        times,
        cursors: createCursors(Buffer.alloc(32)),
      }),
      chatOfJob: (id) => chatOfJob(world.history, id),
      chats: resolver,
      olderHistory: createHistoryService({ ...world, resolver, times, fleet: { engines: () => [] } }),
    });
  });
  after(() => world.close());

  const get = async (path: string) => (await console.app.request(path)).json();
  const ask = async (path: string, body: unknown = {}) => console.app.request(path, post(body));
  const codeOf = async (answer: Response) =>
    ((await answer.json()) as { error: { code: string } }).error.code;

  it('begin, join, list, pause, resume and cancel', async () => {
    const first = await ask('/api/history/retrieve', { since: '2024-01-01' });
    assert.equal(first.status, 202);
    const job = startedViewSchema.parse(await first.json());
    assert.equal(job.reused, false);
    const again = await ask('/api/history/retrieve', { since: '2024-01-01' });
    assert.deepEqual(
      [startedViewSchema.parse(await again.json())].map((one) => [one.job_id, one.reused]),
      [[job.job_id, true]],
    );

    const listed = jobsViewSchema.parse(await get('/api/jobs?status=queued,running&kind=history'));
    assert.deepEqual(
      listed.jobs.map(({ job_id }) => job_id),
      [job.job_id],
    );
    assert.equal(listed.queue.state, 'asleep');
    assert.deepEqual(jobsViewSchema.parse(await get('/api/jobs?status=failed')).jobs, []);

    for (const [action, status] of [
      ['pause', 'paused'],
      ['resume', 'queued'],
      ['cancel', 'cancelled'],
    ] as const) {
      const answer = await ask(`/api/jobs/${job.job_id}/${action}`);
      assert.equal(jobViewSchema.parse(await answer.json()).status, status);
    }
    const over = await ask(`/api/jobs/${job.job_id}/cancel`);
    assert.deepEqual([over.status, await codeOf(over)], [409, 'JOB_ENDED']);
  });

  it('shows and steers the jobs of everybody', async () => {
    const { id } = await world.start(
      'history',
      { chats: [], maxMessages: null, until: null, engine: null },
      'someone',
    );
    const seen = jobWithItemsSchema.parse(await get(`/api/jobs/${id}?items=all`));
    assert.deepEqual([seen.job_id, seen.items, seen.chat_jid], [id, [], undefined]);
    assert.equal((await ask(`/api/jobs/${id}/cancel`)).status, 200);
  });

  it('fetches one chat, tells how far it is, and stops', async () => {
    const [chat] = (await world.history.chats.list({ sort: 'name', limit: 1 })).items;
    const started = await ask('/api/history/fetch', { chat: chat?.jid, max_messages: 50 });
    const job = startedViewSchema.parse(await started.json());
    assert.deepEqual([job.chat_jid, job.chat_name], [chat?.jid, chat?.name ?? undefined]);
    const named = { chat_jid: chat?.jid, chat_name: chat?.name ?? undefined };
    const seen = jobWithItemsSchema.parse(await get(`/api/jobs/${job.job_id}`));
    const [listed] = jobsViewSchema.parse(await get('/api/jobs?status=queued')).jobs;
    for (const one of [seen, listed])
      assert.deepEqual({ chat_jid: one?.chat_jid, chat_name: one?.chat_name }, named);
    await world.history.backfills.begin(job.job_id, [chat?.id ?? 0]);
    const { checkpoints } = checkpointsViewSchema.parse(await get('/api/history/checkpoints?status=queued'));
    assert.deepEqual(
      checkpoints.map(({ chat_jid, job_id }) => [chat_jid, job_id]),
      [[chat?.jid, job.job_id]],
    );
    assert.equal((await ask('/api/history/cancel', { chat: chat?.jid })).status, 200);
    const none = await ask('/api/history/cancel', { chat: chat?.jid });
    assert.deepEqual([none.status, await codeOf(none)], [404, 'NO_ACTIVE_SYNC']);
  });

  it('refuses what it does not know, and changes without its header', async () => {
    for (const path of [
      '/api/jobs?status=odd',
      '/api/jobs?limit=0',
      '/api/jobs?color=red',
      '/api/history/checkpoints?limit=x',
    ]) {
      const answer = await console.app.request(path);
      assert.deepEqual([answer.status, await codeOf(answer)], [400, 'VALIDATION_ERROR'], path);
    }
    const missing = await console.app.request('/api/jobs/job_none');
    assert.deepEqual([missing.status, await codeOf(missing)], [404, 'JOB_NOT_FOUND']);
    const body = await ask('/api/history/fetch', { chat: '', max_messages: 0 });
    assert.deepEqual([body.status, await codeOf(body)], [400, 'VALIDATION_ERROR']);
    for (const path of [
      '/api/history/retrieve',
      '/api/history/fetch',
      '/api/history/cancel',
      '/api/jobs/job_none/cancel',
    ]) {
      assert.equal((await console.app.request(path, post({}, {}))).status, 403, path);
    }
    assert.deepEqual(jobsViewSchema.parse(await get('/api/jobs?status=queued,running')).jobs, []);
  });

  it('answers nobody without the token', async () => {
    const { app } = createTestConsole({}, { token: 'k'.repeat(40) });
    for (const path of ['/api/jobs', '/api/jobs/x', '/api/history/checkpoints', '/api/coverage'])
      assert.equal((await app.request(path)).status, 401, path);
    assert.equal((await app.request('/api/jobs/x/cancel', post({}))).status, 401);
  });
});
