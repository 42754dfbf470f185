import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { until } from '#kernel/testing/until.ts';
import { cancelSync } from '#mcp/tools/cancel_sync.ts';
import { exportChatData } from '#mcp/tools/export_chat_data.ts';
import { fetchHistory } from '#mcp/tools/fetch_history.ts';
import { fetchHistoryBulk } from '#mcp/tools/fetch_history_bulk.ts';
import { getBulkSyncStatus } from '#mcp/tools/get_bulk_sync_status.ts';
import { getJob } from '#mcp/tools/get_job.ts';
import { getSyncCheckpoints } from '#mcp/tools/get_sync_checkpoints.ts';
import { getSyncStatus } from '#mcp/tools/get_sync_status.ts';
import { listMessages } from '#mcp/tools/list_messages.ts';
import { pauseJob } from '#mcp/tools/pause_job.ts';
import { resumeSync } from '#mcp/tools/resume_sync.ts';
import { retrieveFullHistory } from '#mcp/tools/retrieve_full_history.ts';
import { smartSyncAndSearch } from '#mcp/tools/smart_sync_and_search.ts';
import { syncHistoryToDatabase } from '#mcp/tools/sync_history_to_database.ts';
import { deepShape } from '#simulator/account/presets.ts';
import { type Assistant, connectAssistant } from '../rig/assistant.ts';
import { assertSame, compareStore } from '../rig/compare.ts';
import { compareCoverage } from '../rig/coverage.ts';
import { startLinked } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { createWorld, type World } from '../rig/world.ts';

const CHATS = 6;
const MESSAGES_PER_CHAT = 120;
const PUSHED = 20;
/** With the one that comes live. */
const IN_EACH_CHAT = MESSAGES_PER_CHAT + 1;
/** So that there is time to steer a job in the middle of a page. */
const SLOW_PHONE_MS = 1_000;
/** Messages of the second in which a connection began are nobody's. */
const SECOND_OF_ITS_OWN_MS = 2_100;
const ABSENT = '120363999999999999@g.us';

describe('history and jobs through tools', function () {
  this.timeout(60_000);
  let world: World;
  let service: Service;
  let assistant: Assistant;
  let jids: readonly string[];

  before(async () => {
    world = await createWorld('deep', deepShape(CHATS, MESSAGES_PER_CHAT, PUSHED));
    service = await startLinked(world, {
      TANDEM_TOOLSETS: 'all',
      TANDEM_HISTORY_DELAY_MS: '0',
      TANDEM_HISTORY_WAIT_MS: '1500',
    });
    assistant = await connectAssistant(service);
    const chats = [...world.simulator.oracle.chats()].filter(({ messages }) => messages > 0);
    jids = chats.map(({ canonicalJid }) => canonicalJid);
    assert.equal(jids.length, CHATS);
    // Between the push and the first live second nobody vouches for anything: a newer message opens that hole to be closed.
    await sleep(SECOND_OF_ITS_OWN_MS);
    for (const { chatKey } of chats) {
      world.simulator.account.receive({ chat: chatKey, content: { type: 'text', text: 'hello' } });
    }
    await until(
      async () => ((await service.status()).store?.messages ?? 0) >= CHATS * (PUSHED + 1),
      'the live messages',
    );
  });
  after(async () => {
    await assistant?.close();
    await world?.close();
  });

  const chat = (n: number) => jids[n] ?? assert.fail(`there is no chat ${n}`);
  const slowly = async <T>(work: () => Promise<T>): Promise<T> => {
    const { phone } = world.simulator.faults;
    Object.assign(phone, { onDemandDelayMs: SLOW_PHONE_MS });
    try {
      return await work();
    } finally {
      Object.assign(phone, { onDemandDelayMs: 0 });
    }
  };
  /** Follows a job as an assistant does. */
  const end = async (job_id: string) =>
    until(async () => {
      const job = await assistant.call(getJob, { job_id, wait_s: 20 });
      return job.ended ? job : null;
    }, 'end of the job');

  it('fetches a few older messages of one chat while the caller waits', async () => {
    const { job_id } = await assistant.call(fetchHistory, { chat: chat(0), max_messages: 50 });
    // The first job of all waits for its queue to start.
    const job = await end(job_id);
    assert.deepEqual([job.status, job.ended, job.next], ['completed', true, undefined], JSON.stringify(job));
    const { items, parts } = await assistant.call(getJob, { job_id, items: [] });
    assert.deepEqual(
      [items?.map(({ chat_jid, status, reason }) => [chat_jid, status, reason]), parts?.done],
      [[[chat(0), 'done', 'max-messages']], 1],
    );
    const status = await assistant.call(getSyncStatus, { chat: chat(0) });
    assert.deepEqual([status.status, status.is_active, status.coverage], ['paused', false, 'partial']);
    assert.ok((status.messages_synced ?? 0) >= 50);
    assert.deepEqual(
      status.missing?.map(({ reason }) => reason),
      ['user-limit'],
    );
  });

  it('R:jobs-answer-at-once cancels by chat and resumes to the end', async () => {
    const begun = await slowly(async () => {
      const job = await assistant.call(fetchHistory, { chat: chat(1), wait_s: 0 });
      assert.deepEqual([job.ended, job.reused], [false, false]);
      const again = await assistant.call(fetchHistory, { chat: chat(1), wait_s: 0 });
      assert.deepEqual([again.job_id, again.reused], [job.job_id, true]);
      await assistant.refuses('SYNC_IN_PROGRESS', 'fetch_history', { chat: chat(1), max_messages: 10 });
      await until(
        async () => (await assistant.call(getJob, { job_id: job.job_id })).status === 'running',
        'a turn',
      );
      const { job_id } = await assistant.call(cancelSync, { chat: chat(1) });
      assert.equal(job_id, job.job_id);
      return job;
    });
    const cancelled = await end(begun.job_id);
    assert.equal(cancelled.status, 'cancelled');
    await assistant.refuses('JOB_ENDED', 'cancel_sync', { job_id: begun.job_id });
    await assistant.refuses('NO_ACTIVE_SYNC', 'cancel_sync', { chat: chat(1) });
    const { checkpoints } = await assistant.call(getSyncCheckpoints, { status: ['cancelled'] });
    assert.deepEqual(
      checkpoints.map(({ chat_jid, job_id }) => [chat_jid, job_id]),
      [[chat(1), begun.job_id]],
    );

    const resumed = await assistant.call(resumeSync, { chat: chat(1), wait_s: 20 });
    assert.deepEqual([resumed.job_id, resumed.status, resumed.reused], [begun.job_id, 'completed', true]);
    const status = await assistant.call(getSyncStatus, { chat: chat(1) });
    assert.deepEqual(
      [
        status.status,
        status.coverage,
        status.start_proven,
        status.missing,
        status.progress,
        status.message_count,
      ],
      ['complete', 'complete', true, [], 100, IN_EACH_CHAT],
    );
    await assistant.refuses('JOB_ENDED', 'resume_sync', { job_id: begun.job_id });
  });

  it('pauses a job until it is resumed', async () => {
    const { job_id } = await slowly(async () => {
      const job = await assistant.call(fetchHistory, { chat: chat(2), wait_s: 0 });
      await until(
        async () => (await assistant.call(getJob, { job_id: job.job_id })).status === 'running',
        'a turn',
      );
      return assistant.call(pauseJob, { job_id: job.job_id });
    });
    const paused = await until(async () => {
      const job = await assistant.call(getJob, { job_id, wait_s: 1 });
      return job.status === 'paused' ? job : null;
    }, 'pause');
    assert.match(paused.next ?? '', /resume_sync/);
    const resumed = await assistant.call(resumeSync, { job_id, wait_s: 20 });
    assert.deepEqual([resumed.status, resumed.ended], ['completed', true]);
  });

  it('fetches several chats as one job and tells how each does', async () => {
    const { job_id } = await assistant.call(fetchHistoryBulk, {
      chats: [chat(2), chat(3)],
      max_messages: 1_000,
      wait_s: 20,
    });
    const status = await assistant.call(getBulkSyncStatus, { job_id, wait_s: 20 });
    assert.deepEqual([status.status, status.has_more, status.totals.done], ['completed', false, 2]);
    assert.deepEqual(
      new Set(status.chats.map(({ chat_jid, status: of, reason }) => `${chat_jid} ${of} ${reason}`)),
      new Set([chat(2), chat(3)].map((jid) => `${jid} done start-proven`)),
    );
  });

  it('a search that finds nothing fetches older history and searches again', async () => {
    const stored = new Set(
      [...world.simulator.oracle.messages()].filter(({ pushed }) => pushed).map(({ text }) => text),
    );
    const wanted = [...world.simulator.oracle.messages()].find(
      ({ chatJid, pushed, text }) => chatJid === chat(4) && !pushed && text !== null && !stored.has(text),
    );
    assert.ok(wanted?.text);
    const query = `in:${chat(4)} "${wanted.text.replaceAll('"', ' ')}"`;
    const first = await assistant.call(smartSyncAndSearch, { query, include_history: false });
    assert.deepEqual([first.hits, first.searched_again], [[], false]);
    const { found_first, searched_again, chats, job } = await assistant.call(smartSyncAndSearch, { query });
    assert.deepEqual([found_first, searched_again, chats.map(({ jid }) => jid)], [0, true, [chat(4)]]);
    await end(job?.job_id ?? '');
    const last = await assistant.call(smartSyncAndSearch, { query });
    assert.ok(last.hits.some(({ id }) => id === wanted.id));
    assert.deepEqual([last.searched_again, last.job], [false, undefined]);
  });

  it('a list says that its time is not held, and fills the gap', async () => {
    const list = { chat: chat(5), order: 'oldest', limit: 200 } as const;
    const { coverage, gaps_job } = await assistant.call(listMessages, { ...list, fill_gaps: true });
    assert.equal(coverage?.complete, false);
    await end(gaps_job?.job_id ?? '');
    const filled = await assistant.call(listMessages, { ...list, fill_gaps: true });
    assert.deepEqual([filled.coverage?.complete, filled.coverage?.start_proven], [true, true]);
    assert.deepEqual([filled.gaps_job, filled.total], [undefined, IN_EACH_CHAT]);
  });

  it('exports a chat into a file that the link gives', async () => {
    const begun = await assistant.call(exportChatData, { chat: chat(5), wait_s: 20 });
    assert.equal(begun.sample.length, 5);
    const done = await end(begun.job_id);
    assert.ok(done.export);
    const { url, sha256, bytes, messages, resource } = done.export;
    assert.equal(messages, IN_EACH_CHAT);
    const file = Buffer.from(await (await fetch(url)).arrayBuffer());
    assert.deepEqual([file.length, createHash('sha256').update(file).digest('hex')], [bytes, sha256]);
    const read = (await assistant.readResource(resource)) as Record<string, unknown>;
    assert.deepEqual([read.sha256, read.messages], [sha256, messages]);
    await assert.rejects(assistant.readResource('whatsapp://exports/job_000000000000000000'));
  });

  it('nothing is left outside of the store, so taking in adds nothing', async () => {
    const { complete, messages_added, errors } = await assistant.call(syncHistoryToDatabase, { wait_s: 20 });
    assert.deepEqual([complete, messages_added, errors], [true, 0, []]);
  });

  it('says what is wrong with a chat, a job, a limit', async () => {
    await assistant.refuses('CHAT_NOT_FOUND', 'fetch_history', { chat: ABSENT });
    await assistant.refuses('CHAT_NOT_FOUND', 'fetch_history_bulk', { chats: [chat(0), ABSENT] });
    for (const tool of ['get_job', 'cancel_sync', 'resume_sync', 'pause_job', 'get_bulk_sync_status']) {
      await assistant.refuses('JOB_NOT_FOUND', tool, { job_id: 'job_000000000000000000' });
    }
    for (const max_messages of [0, 10_000_000]) {
      await assistant.refuses('VALIDATION_ERROR', 'fetch_history', { chat: chat(0), max_messages });
    }
    await assert.rejects(assistant.readResource('whatsapp://jobs/job_000000000000000000'));
  });

  it('fetches everything, with progress and changes of the resource on the way', async () => {
    const client = new Client({ name: 'e2e', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${service.url}/mcp`)));
    try {
      const changes: string[] = [];
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
        changes.push(params.uri);
      });
      const progress: number[] = [];
      const { job_id } = await slowly(async () => {
        const job = await assistant.call(retrieveFullHistory, {});
        assert.deepEqual([job.ended, job.reused], [false, false]);
        const again = await assistant.call(retrieveFullHistory, {});
        assert.deepEqual([again.job_id, again.reused], [job.job_id, true]);
        await client.subscribeResource({ uri: `whatsapp://jobs/${job.job_id}` });
        const shown = await assistant.call(getSyncStatus, {});
        assert.equal(shown.history_jobs?.[0]?.job_id, job.job_id);
        await client.callTool({ name: 'get_job', arguments: { job_id: job.job_id, wait_s: 20 } }, undefined, {
          onprogress: (step) => progress.push(step.progress),
        });
        return job;
      });
      const job = await end(job_id);
      assert.equal(job.status, 'completed', JSON.stringify(job));
      assert.ok(progress.length > 1, `${progress.length} steps of progress`);
      assert.deepEqual(
        progress,
        [...new Set(progress)].sort((a, b) => a - b),
        'it only grows',
      );
      await until(() => changes.length > 0, 'a change of the resource');
      assert.deepEqual([...new Set(changes)], [`whatsapp://jobs/${job_id}`]);
      const read = (await assistant.readResource(`whatsapp://jobs/${job_id}`)) as Record<string, unknown>;
      assert.deepEqual([read.job_id, read.status], [job_id, 'completed']);
    } finally {
      await client.close();
    }
    const { statistics, coverage_summary, history_jobs } = await assistant.call(getSyncStatus, {});
    assert.deepEqual([statistics?.message_count, history_jobs], [CHATS * IN_EACH_CHAT, []]);
    assert.deepEqual(coverage_summary, { chats: CHATS, complete: CHATS, partial: 0, unknown: 0 });
    const again = await assistant.call(retrieveFullHistory, { wait_for_completion: true });
    assert.deepEqual([again.status, again.is_latest], ['completed', true], JSON.stringify(again));
  });

  it('and the store holds what the account holds', async () => {
    await service.stop();
    assertSame(await compareStore(world.dataDir, world.simulator.oracle.messages()));
    // What came live in the last minute before a stop is not vouched for afterwards.
    const { falselyClaimed, unproven } = await compareCoverage(world.dataDir, world.simulator);
    assert.deepEqual({ falselyClaimed, unproven }, { falselyClaimed: [], unproven: [] });
  });
});
