import assert from 'node:assert/strict';
import { anna, community } from '#orchestrator/services/testing/sample-history.ts';
import { openToolClient, type ToolClient } from './testing/tool-client.ts';

/** Nobody works on jobs here: what they do is in test/e2e/history-tools.test.ts. */
describe('tools: history and jobs', () => {
  let tools: ToolClient;
  before(async () => {
    tools = await openToolClient();
  });
  after(() => tools.close());

  const fresh = async (chat = 'Book club') =>
    String((await tools.call('fetch_history', { chat, wait_s: 0 })).data.job_id);
  const cancelAll = async () => {
    const { data } = await tools.call('list_jobs', { status: ['queued', 'paused'] });
    for (const { job_id } of data.jobs as { job_id: string }[]) await tools.call('cancel_sync', { job_id });
  };
  afterEach(async () => {
    await cancelAll();
    tools.world.clock.advance(1_000);
  });

  it('retrieve_full_history answers at once, and a second call joins', async () => {
    const { data } = await tools.call('retrieve_full_history');
    assert.deepEqual([data.status, data.ended, data.reused, data.is_latest], ['queued', false, false, false]);
    assert.match(String(data.next), /get_job/);
    const again = await tools.call('retrieve_full_history', { engines: ['baileys', 'webjs'] });
    assert.deepEqual([again.data.job_id, again.data.reused], [data.job_id, true]);
    const other = await tools.call('retrieve_full_history', { since: '2026-01-01', engines: ['baileys'] });
    assert.notEqual(other.data.job_id, data.job_id);
    await tools.refuses('INVALID_TIME', 'retrieve_full_history', { since: 'long ago' });
    await tools.refuses('INVALID_TIME', 'retrieve_full_history', { since: '2999-01-01' });
    await tools.refuses('VALIDATION_ERROR', 'retrieve_full_history', { engines: ['pigeon'] });
  });

  it('refuses at once to fetch through an engine that is not configured, and names those that are', async () => {
    for (const [tool, args] of [
      ['retrieve_full_history', { engines: ['webjs'] }],
      ['fetch_history', { chat: 'Book club', engine: 'webjs' }],
    ] as const) {
      const { hint, details } = await tools.refuses('CAPABILITY_UNAVAILABLE', tool, args);
      assert.deepEqual(details, { asked: ['webjs'], configured: ['baileys'] });
      assert.match(String(hint), /baileys/);
    }
    assert.equal((await tools.call('list_jobs', { status: ['queued'] })).data.count, 0);
  });

  it('takes one value for a list of one, and says of a wrong one what is expected', async () => {
    const one = await tools.call('retrieve_full_history', { engines: 'baileys' });
    const list = await tools.call('retrieve_full_history', { engines: ['baileys'] });
    assert.equal(list.data.job_id, one.data.job_id);
    const { message } = await tools.refuses('VALIDATION_ERROR', 'retrieve_full_history', {
      engines: 'pigeon',
    });
    assert.match(String(message), /engines\.0: .*"baileys"/);
    await tools.refuses('CHAT_NOT_FOUND', 'fetch_history_bulk', { chats: 'Nowhere' });
  });

  it('a wait ends with the time, not with the job', async () => {
    const { data } = await tools.call('retrieve_full_history', { wait_for_completion: true, timeout: 1 });
    assert.equal(data.status, 'queued');
  });

  it('fetch_history takes 1 to 10,000 messages of a chat that is there and has some', async () => {
    const { data } = await tools.call('fetch_history', { chat_jid: 'Book club', wait_s: 0 });
    assert.deepEqual([data.kind, data.status, data.reused], ['history', 'queued', false]);
    for (const max_messages of [0, -1, 10_001, 10_000_000, 1.5]) {
      await tools.refuses('VALIDATION_ERROR', 'fetch_history', { chat: 'Book club', max_messages });
    }
    await tools.refuses('CHAT_NOT_FOUND', 'fetch_history', { chat: 'Nowhere' });
    const { details: wrong } = await tools.refuses('INVALID_TIME', 'fetch_history', {
      chat: 'Book club',
      since: 'x',
    });
    assert.equal((wrong as { field: string }).field, 'since');
    await tools.refuses('INVALID_TIME', 'fetch_history', { chat: 'Book club', since: '2999-01-01' });
    const { details } = await tools.refuses('SYNC_IN_PROGRESS', 'fetch_history', {
      chat: 'Book club',
      max_messages: 7,
    });
    assert.deepEqual(details, { job_id: data.job_id });
  });

  it('since is the oldest that is wanted, in every tool that fetches; older names of it go on', async () => {
    const since = '2025-01-01';
    for (const [tool, args] of [
      ['fetch_history', { chat: 'Book club' }],
      ['fetch_history_bulk', { chats: ['Book club', anna.pn] }],
      ['retrieve_full_history', {}],
    ] as const) {
      const { job_id } = (await tools.call(tool, { ...args, since, wait_s: 0 })).data;
      for (const other of tool === 'retrieve_full_history' ? ['after'] : ['until', 'after']) {
        const same = (await tools.call(tool, { ...args, [other]: since, wait_s: 0 })).data;
        assert.deepEqual([same.job_id, same.reused], [job_id, true], `${tool} ${other}`);
      }
    }
    const media = { chat: 'Book club', since, wait_s: 0 };
    const { job_id } = (await tools.call('fetch_media', { ...media, until: '2026-01-01' })).data;
    const same = (await tools.call('fetch_media', { ...media, before: '2026-01-01' })).data;
    assert.equal(same.job_id, job_id);
  });

  it('fetch_history of a community sends the caller to its groups', async () => {
    for (const [tool, args] of [
      ['fetch_history', { chat: community }],
      ['fetch_history_bulk', { chats: [anna.pn, community] }],
    ] as const) {
      const { message, hint } = await tools.refuses('NO_ANCHOR_MESSAGE', tool, args);
      assert.match(String(message), /community itself has no messages/);
      assert.match(
        String(hint),
        /get_community_groups.*fetch_history_bulk.*mark_community_as_read_with_history/s,
      );
      assert.doesNotMatch(String(hint), /Wait/);
    }
  });

  it('fetch_history with resume needs something to resume', async () => {
    await tools.refuses('NO_CHECKPOINT', 'fetch_history', { chat: anna.pn, resume: true });
    await tools.refuses('NO_CHECKPOINT', 'resume_sync', { chat: anna.pn });
  });

  it('resume_sync goes on with a cancelled job of the chat, and a job by its id', async () => {
    const job_id = await fresh();
    assert.equal((await tools.call('cancel_sync', { chat: 'Book club' })).data.status, 'cancelled');
    const { data } = await tools.call('resume_sync', { chat: 'Book club' });
    assert.deepEqual([data.job_id, data.status, data.reused], [job_id, 'queued', true]);
    assert.equal((await tools.call('pause_job', { sync_id: job_id })).data.status, 'paused');
    assert.equal((await tools.call('resume_sync', { job_id })).data.status, 'queued');
    await tools.call('cancel_sync', { job_id });
    for (const tool of ['cancel_sync', 'pause_job']) {
      const { hint } = await tools.refuses('JOB_ENDED', tool, { job_id });
      assert.match(String(hint), /resume_sync/, 'what was cancelled can go on');
    }
  });

  it('cancel_sync by chat says when nothing is fetched, and what else is', async () => {
    await tools.refuses('NO_ACTIVE_SYNC', 'cancel_sync', { chat: 'Book club' });
    const { data } = await tools.call('retrieve_full_history');
    const { details } = await tools.refuses('NO_ACTIVE_SYNC', 'cancel_sync', { chat: 'Book club' });
    assert.deepEqual(details, { other_job_id: data.job_id });
  });

  it('cancel_sync and resume_sync want a chat or a job, one of the two', async () => {
    for (const tool of ['cancel_sync', 'resume_sync']) {
      await tools.refuses('VALIDATION_ERROR', tool, {});
      await tools.refuses('VALIDATION_ERROR', tool, { chat: 'Book club', job_id: 'job_1' });
    }
  });

  it('get_job and list_jobs show what was begun, with parts when asked for', async () => {
    const job_id = await fresh();
    const { data, label } = await tools.call('get_job', { job_id, items: [] });
    assert.deepEqual([data.status, data.items, (data.parts as { queued: number }).queued], ['queued', [], 0]);
    assert.ok(label);
    const listed = (await tools.call('list_jobs', { kind: 'history', status: ['queued'] })).data;
    assert.deepEqual(
      (listed.jobs as { job_id: string }[]).map((job) => job.job_id),
      [job_id],
    );
    assert.equal((await tools.call('list_jobs', { kind: 'export' })).data.count, 0);
    await tools.refuses('VALIDATION_ERROR', 'list_jobs', { status: ['asleep'] });
  });

  it('list_jobs says that there are more, and hands out the rest', async () => {
    const begun = [await fresh()];
    for (const since of ['2023-01-01', '2024-01-01', '2025-01-01'])
      begun.push(String((await tools.call('retrieve_full_history', { since })).data.job_id));
    const query = { status: ['queued'], limit: 3 };
    const first = (await tools.call('list_jobs', query)).data;
    assert.deepEqual([first.count, first.has_more], [3, true]);
    const rest = (await tools.call('list_jobs', { ...query, cursor: first.next_cursor })).data;
    assert.deepEqual([rest.count, rest.has_more, rest.next_cursor], [1, false, undefined]);
    const ids = [first, rest].flatMap(({ jobs }) => (jobs as { job_id: string }[]).map((job) => job.job_id));
    assert.deepEqual(new Set(ids), new Set(begun));
    await tools.refuses('INVALID_CURSOR', 'list_jobs', { limit: 3, cursor: first.next_cursor });
  });

  it('a job of another owner is not there, for any tool', async () => {
    const { job_id } = await tools.services.olderHistory.fetch({ chat: 'Book club' }, 'somebody-else');
    for (const tool of ['get_job', 'pause_job', 'cancel_sync', 'resume_sync', 'get_bulk_sync_status']) {
      await tools.refuses('JOB_NOT_FOUND', tool, { job_id });
      await tools.refuses('JOB_NOT_FOUND', tool, { job_id: 'job_000000000000000000' });
    }
    assert.equal((await tools.call('list_jobs', { status: ['queued'] })).data.count, 0);
    await tools.refuses('NO_ACTIVE_SYNC', 'cancel_sync', { chat: 'Book club' });
    const { details } = await tools.refuses('SYNC_IN_PROGRESS', 'fetch_history', {
      chat: 'Book club',
      max_messages: 7,
    });
    assert.equal(details, undefined);
    const runs = (await tools.call('get_history_sync_status')).data.history_jobs as { job_id?: string }[];
    assert.deepEqual([runs.length, runs[0]?.job_id], [1, undefined]);
    await tools.services.jobs.cancel(job_id, null);
  });

  it('fetch_history_bulk takes chats that are all there, each once', async () => {
    const { data } = await tools.call('fetch_history_bulk', {
      chats: ['Book club', anna.pn, 'Book club'],
    });
    const { data: status } = await tools.call('get_bulk_sync_status', { job_id: data.job_id });
    assert.deepEqual([status.status, status.chats, status.has_more], ['queued', [], false]);
    const { details } = await tools.refuses('CHAT_NOT_FOUND', 'fetch_history_bulk', {
      chats: ['Book club', 'Nowhere', anna.pn],
    });
    assert.deepEqual(details, { field: 'chats', candidates: [], given: 'Nowhere', place: 2 });
    await tools.refuses('VALIDATION_ERROR', 'fetch_history_bulk', { chats: [] });
    await tools.refuses('VALIDATION_ERROR', 'fetch_history_bulk', { chats: Array(51).fill('Book club') });
  });

  it('get_history_sync_status, also as get_baileys_sync_status', async () => {
    const { data } = await tools.call('get_baileys_sync_status');
    const [engine] = data.engines as Record<string, unknown>[];
    assert.deepEqual([engine?.engine, engine?.connected, engine?.is_syncing], ['baileys', true, false]);
    assert.equal(typeof engine?.last_sync_time, 'string');
    await tools.refuses('VALIDATION_ERROR', 'get_history_sync_status', { engine: 'baileys' });
  });

  it('get_sync_checkpoints counts by state', async () => {
    const { data } = await tools.call('get_sync_checkpoints', { status: ['stalled'], limit: 1 });
    assert.deepEqual([data.checkpoints, data.total], [[], 0]);
    await tools.refuses('VALIDATION_ERROR', 'get_sync_checkpoints', { limit: 0 });
  });

  it('get_sync_status counts jobs and chats, and shows the job that fetches history', async () => {
    const quiet = (await tools.call('get_sync_status')).data;
    assert.deepEqual((quiet.jobs as { active: number }).active, 0);
    const sums = quiet.coverage_summary as Record<string, number>;
    assert.equal(sums.chats, (sums.complete ?? 0) + (sums.partial ?? 0) + (sums.unknown ?? 0));
    assert.deepEqual(quiet.history_jobs, []);
    const { data: begun } = await tools.call('retrieve_full_history');
    const [run] = (await tools.call('get_sync_status')).data.history_jobs as Record<string, unknown>[];
    assert.deepEqual([run?.job_id, run?.status, run?.messages_fetched], [begun.job_id, 'queued', 0]);
  });

  it('get_sync_status of a chat says what is held and missing, and what fetches it', async () => {
    const idle = (await tools.call('get_sync_status', { chat: 'Book club' })).data;
    assert.deepEqual(
      [idle.status, idle.is_active, idle.progress, idle.start_proven],
      ['not_started', false, -1, false],
    );
    assert.match(String(idle.hint), /fetch_history/);
    assert.ok((idle.missing as unknown[]).length > 0);
    const job_id = await fresh();
    const busy = (await tools.call('get_sync_status', { chat: 'Book club' })).data;
    assert.deepEqual([busy.is_active, (busy.history_job as { job_id: string }).job_id], [true, job_id]);
    const other = (await tools.call('get_sync_status', { chat: anna.pn })).data;
    assert.equal(other.is_active, false);
  });

  it('list_messages says whether its time is held, and asks for what is missing', async () => {
    const { data } = await tools.call('list_messages', { chat: 'Book club', limit: 1 });
    const coverage = data.coverage as { complete: boolean; missing: { reason: string }[] };
    assert.deepEqual([coverage.complete, coverage.missing.length], [false, 1]);
    assert.equal(data.gaps_job, undefined);
    const filled = (await tools.call('list_messages', { chat: 'Book club', fill_gaps: true })).data;
    const job = filled.gaps_job as { job_id: string; status: string };
    assert.equal(job.status, 'queued');
    const again = (await tools.call('list_messages', { chat: 'Book club', fill_gaps: true })).data;
    assert.equal((again.gaps_job as { job_id: string }).job_id, job.job_id);
    assert.equal((await tools.call('list_messages')).data.coverage, undefined);
    await tools.refuses('VALIDATION_ERROR', 'list_messages', { fill_gaps: true });
    await tools.call('cancel_sync', { job_id: job.job_id });
    await tools.call('fetch_history', { chat: 'Book club', max_messages: 3, wait_s: 0 });
    const busy = (await tools.call('list_messages', { chat: 'Book club', fill_gaps: true })).data;
    assert.equal((busy.gaps_error as { code: string }).code, 'SYNC_IN_PROGRESS');
  });
});
