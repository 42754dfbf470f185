import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { systemClock } from '#kernel/clock.ts';
import { createLogger } from '#kernel/logger.ts';
import { createJobQueue } from '#sync-jobs/queue/create.ts';
import type { JobQueue } from '#sync-jobs/queue/port.ts';
import { SHARED_CACHE } from '#sync-jobs/queue/testing/rig.ts';
import { createConsoleAuth } from '../auth.ts';
import { createTestConsole } from '../testing/app.ts';
import { quietPorts } from '../testing/ports.ts';
import { openBoard } from './board.ts';
import { createDashboard } from './dashboard.ts';

const HOST = '127.0.0.1:8080';
const OWN_PAGE = { host: HOST, origin: `http://${HOST}` };

const queueAt = (redisUrl: string | null, cacheDir: string): JobQueue =>
  createJobQueue({
    redisUrl,
    prefix: 'tandem-test',
    cacheDir,
    logger: createLogger({ level: 'silent', program: 'test' }),
    clock: systemClock,
    concurrency: { history: 1, actions: 1, media: 1, maintenance: 1 },
    idleStopMs: 60_000,
  });

describe('console: dashboard of the queues', () => {
  let folder: string;
  let queue: JobQueue;
  const ask = (path: string, init?: RequestInit) => createTestConsole({ queue }).app.request(path, init);
  const change = (path: string, headers: Record<string, string>, method = 'PUT') =>
    ask(path, { method, headers, body: '{}' });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tandem-board-'));
    queue = queueAt(null, SHARED_CACHE);
  });
  after(async () => {
    await queue.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('wakes the queue at the first look, and shows ids alone', async () => {
    assert.equal(queue.health().state, 'asleep');
    await queue.enqueue({ lane: 'history', jobId: 'job_1', turn: 1, label: 'history', delayMs: 600_000 });
    const answer = await ask('/queues/api/queues?activeQueue=history&status=delayed');
    assert.equal(queue.health().state, 'up');
    const { queues } = (await answer.json()) as {
      queues: { name: string; jobs: { name: string; data: unknown; returnValue: unknown }[] }[];
    };
    assert.deepEqual(
      queues.map(({ name }) => name),
      ['history', 'actions', 'media', 'maintenance'],
    );
    const [job] = queues[0]?.jobs ?? [];
    assert.deepEqual([job?.name, job?.data], ['history', { jobId: 'job_1' }]);
  });

  it('needs nothing inline and nothing from elsewhere', async () => {
    assert.equal((await ask('/queues/')).headers.get('location'), '/queues');
    for (const path of ['/queues', '/queues/queue/history']) {
      const answer = await ask(path);
      assert.equal(answer.status, 200, path);
      const policy = answer.headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
      assert.ok(!policy.includes('unsafe'));
      const page = await answer.text();
      assert.ok(!/\sstyle="|<style|\son\w+="|https?:\/\//.test(page), path);
      for (const [, file] of page.matchAll(/(?:src|href)="((?:static|\/assets)[^"]+)"/g)) {
        const asset = await ask(file?.startsWith('/') ? file : `/queues/${file}`);
        assert.equal(asset.status, 200, file);
        assert.equal(asset.headers.get('x-content-type-options'), 'nosniff');
      }
    }
  });

  it('says that a queue was paused elsewhere, and resumes it', async () => {
    const [history] = await queue.queues();
    await history?.pause();
    const page = await (await ask('/queues')).text();
    assert.match(page, /The queue of history is paused.*action="\/queues\/resume"/s);
    assert.equal((await ask('/queues/queue/history')).status, 200, 'its entries can be looked at');
    const strangers: readonly Record<string, string>[] = [
      { host: HOST },
      { host: HOST, origin: 'http://evil.example' },
      { ...OWN_PAGE, 'sec-fetch-site': 'cross-site' },
      { host: HOST, 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of strangers) {
      assert.equal((await change('/queues/resume', headers, 'POST')).status, 403, JSON.stringify(headers));
      assert.equal(await history?.isPaused(), true);
    }
    const resumed = await change('/queues/resume', OWN_PAGE, 'POST');
    assert.deepEqual([resumed.status, resumed.headers.get('location')], [303, '/queues']);
    assert.equal(await history?.isPaused(), false);
    assert.ok(!(await (await ask('/queues')).text()).includes('is paused'));
    assert.equal((await change('/queues/resume', { 'x-tandem-console': '1' }, 'POST')).status, 204);
  });

  it('opens anew after it could not be opened', async () => {
    let tries = 0;
    const routes = createDashboard({
      queue,
      auth: createConsoleAuth(null),
      open: () => {
        tries += 1;
        return tries === 1 ? Promise.reject(new Error('no memory')) : openBoard();
      },
    });
    routes.onError(() => new Response(null, { status: 500 }));
    assert.equal((await routes.request('/queues')).status, 500);
    assert.equal((await routes.request('/queues')).status, 200);
    assert.equal((await routes.request('/queues')).status, 200);
    assert.equal(tries, 2);
  });

  it('changes nothing, whoever asks, and says where jobs are steered', async () => {
    const [history] = await queue.queues();
    for (const [method, path] of [
      ['PUT', '/queues/api/queues/pause'],
      ['PUT', '/queues/api/queues/history/pause'],
      ['PUT', '/queues/api/queues/history/empty'],
      ['PUT', '/queues/api/queues/history/obliterate'],
      ['PUT', '/queues/api/queues/history/job_1.1/clean'],
      ['PUT', '/queues/api/queues/history/concurrency'],
      ['POST', '/queues/api/queues/history/add'],
      ['PATCH', '/queues/api/queues/history/job_1.1/update-data'],
    ] as const) {
      const refused = await change(path, { ...OWN_PAGE, 'x-tandem-console': '1' }, method);
      assert.equal(refused.status, 403, path);
      assert.match(await refused.text(), /on the status page/, path);
    }
    assert.equal(await history?.isPaused(), false);
    assert.deepEqual(await queue.held(), new Set(['job_1']));
  });

  it('is behind the token with all its parts', async () => {
    const { app } = createTestConsole({ queue }, { token: 'k'.repeat(40) });
    const page = await app.request('/queues');
    assert.equal(page.status, 401);
    assert.match(await page.text(), /Access token/);
    for (const path of ['/queues/api/queues', '/queues/static/favicon.ico', '/queues/queue/history'])
      assert.equal((await app.request(path)).status, 401, path);
    assert.equal((await app.request('/queues/resume', { method: 'POST', headers: OWN_PAGE })).status, 401);
    const allowed = await app.request('/queues', { headers: { authorization: `Bearer ${'k'.repeat(40)}` } });
    assert.equal(allowed.status, 200);
  });

  it('says in words that the store of the queue is away', async () => {
    const away = queueAt('redis://127.0.0.1:1', folder);
    try {
      const { app } = createTestConsole({ queue: away });
      let page = await app.request('/queues');
      for (let left = 10; left > 0 && page.status === 200; left -= 1) page = await app.request('/queues');
      assert.equal(page.status, 503);
      assert.match(await page.text(), /The job queue does not answer.*QUEUE_UNAVAILABLE/s);
      assert.equal((await app.request('/queues/api/queues')).status, 503);
    } finally {
      await away.close();
    }
  });

  it('asks for patience while the queue starts', async () => {
    const starting = { ...quietPorts().queue, queues: () => new Promise<never>(() => undefined) };
    const answer = await createTestConsole({ queue: starting }).app.request('/queues');
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /waking up.*http-equiv="refresh"|http-equiv="refresh".*waking up/s);
  });
});
