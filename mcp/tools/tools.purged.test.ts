import assert from 'node:assert/strict';
import { club, message, NOW_SECONDS, START_SECONDS } from '#orchestrator/services/testing/sample-history.ts';
import { openToolClient, type ToolClient } from './testing/tool-client.ts';

/** Everything that is to be kept is held, from the time of the purge on. */
describe('tools: after a purge', () => {
  let tools: ToolClient;
  let cut: string;
  before(async () => {
    tools = await openToolClient();
    const { world } = tools;
    await world.learn([
      { kind: 'connection', level: 'ready', reason: 'none', at: NOW_SECONDS - 100 },
      message(club, NOW_SECONDS - START_SECONDS - 30, 'kept', { via: 'live' }),
    ]);
    await world.history.maintenance.purge(NOW_SECONDS - 60, 1_000);
    cut = world.services.parts.times.iso(NOW_SECONDS - 60);
  });
  after(() => tools.close());

  it('lists begin no job for what was deleted, and say that it was', async () => {
    const { data } = await tools.call('list_messages', { chat: club, fill_gaps: true });
    const coverage = data.coverage as { complete: boolean; missing: unknown[]; purged_before?: string };
    assert.deepEqual([(data.messages as unknown[]).length, data.gaps_job], [1, undefined]);
    assert.deepEqual([coverage.complete, coverage.missing, coverage.purged_before], [true, [], cut]);
    const older = (await tools.call('list_messages', { chat: club, before: cut, fill_gaps: true })).data;
    assert.deepEqual([older.messages, older.reason, older.gaps_job], [[], 'PURGED', undefined]);
    assert.deepEqual((await tools.call('list_jobs')).data.jobs, []);
  });

  it('the status, the sums, the chat and the diagnostics tell the same', async () => {
    const chat = (await tools.call('get_sync_status', { chat: club })).data;
    assert.deepEqual(
      [chat.coverage, chat.missing, chat.progress, chat.purged_before, chat.next_step],
      ['complete', [], 100, cut, undefined],
    );
    const sums = (await tools.call('get_sync_status')).data.coverage_summary as Record<string, number>;
    assert.equal(sums.complete, sums.chats);
    assert.equal((await tools.call('get_message_statistics', { chat: club })).data.coverage, 'complete');
    const one = (await tools.call('get_chat', { chat: club })).data.chat as { history_end: string };
    assert.equal(one.history_end, 'purged');
  });
});
