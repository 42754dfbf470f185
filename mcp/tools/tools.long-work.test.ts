import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { club, message } from '#orchestrator/services/testing/sample-history.ts';
import { openToolClient, type ToolClient } from './testing/tool-client.ts';

/** Nobody works on jobs here: what they do is in the tests of their kinds. */
describe('tools: long actions', () => {
  let tools: ToolClient;
  before(async () => {
    tools = await openToolClient({
      commands: { 'community.read': () => Promise.reject(new Error('not asked')) },
    });
  });
  after(() => tools.close());

  it('marking a community counts first, then begins a job that a second call joins', async () => {
    const counted = (await tools.call('mark_community_as_read', { community: 'Neighbours', dry_run: true }))
      .data;
    assert.deepEqual([counted.dry_run, counted.job_id], [true, undefined]);
    assert.ok((counted.chats as unknown[]).length > 0);
    const begun = (await tools.call('mark_community_as_read', { community: 'Neighbours', wait_s: 0 })).data;
    assert.deepEqual([begun.kind, begun.status, begun.dry_run], ['mark-community', 'queued', false]);
    const again = (await tools.call('mark_community_as_read', { community_jid: 'Neighbours', wait_s: 0 }))
      .data;
    assert.deepEqual([again.job_id, again.reused], [begun.job_id, true]);
    const older = (await tools.call('mark_community_as_read_with_history', { community: 'Neighbours' })).data;
    assert.notEqual(older.job_id, begun.job_id);
    const patient = (
      await tools.call('mark_community_as_read_with_history', { community: 'Neighbours', sync_timeout: 7 })
    ).data;
    assert.equal(patient.job_id, older.job_id, 'another patience is no other marking');
    for (const tool of ['mark_community_as_read', 'mark_community_as_read_with_history']) {
      await tools.refuses('NOT_A_COMMUNITY', tool, { community: club });
      await tools.refuses('COMMUNITY_NOT_FOUND', tool, { community: 'Nowhere' });
    }
    await tools.refuses('VALIDATION_ERROR', 'mark_community_as_read_with_history', {
      community: 'Neighbours',
      sync_timeout: 0,
    });
  });

  it('mark_chats_read, fetch_media and rebuild_search_index begin jobs', async () => {
    const counted = (await tools.call('mark_chats_read', { chats: ['Book club'], dry_run: true })).data;
    assert.deepEqual([counted.chats_unread, counted.unread], [1, 2]);
    const marked = (await tools.call('mark_chats_read', { chats: ['Book club'], wait_s: 0 })).data;
    assert.equal(marked.kind, 'mark-read');
    const { details } = await tools.refuses('CHAT_NOT_FOUND', 'mark_chats_read', {
      chats: ['Book club', 'Nowhere'],
    });
    assert.deepEqual(
      [(details as { given: string }).given, (details as { place: number }).place],
      ['Nowhere', 2],
    );
    assert.equal((await tools.call('fetch_media', { types: ['image'] })).data.kind, 'fetch-media');
    await tools.refuses('VALIDATION_ERROR', 'fetch_media', { types: ['smell'] });
    assert.equal((await tools.call('rebuild_search_index', { wait_s: 0 })).data.kind, 'rebuild-search');
    await tools.refuses('VALIDATION_ERROR', 'rebuild_search_index', { wait_s: 21 });
  });

  it('export_chat_data shows a sample, and no text enters the job', async () => {
    const { data, label } = await tools.call('export_chat_data', { chat: 'Book club', wait_s: 0 });
    assert.deepEqual([data.kind, data.export, (data.sample as unknown[]).length], ['export', undefined, 3]);
    assert.ok(label);
    const text = (data.sample as { text?: string }[]).find((one) => one.text !== undefined)?.text ?? '';
    const row = await tools.world.history.jobs.get(String(data.job_id));
    assert.ok(text.length > 0 && !JSON.stringify(row).includes(text));
    await tools.refuses('EXPORT_TOO_LARGE', 'export_chat_data', {
      chat: 'Book club',
      max_messages: 2_000_000,
    });
    await tools.refuses('VALIDATION_ERROR', 'export_chat_data', { chat: 'Book club', include_media: true });
    await tools.refuses('CHAT_NOT_FOUND', 'export_chat_data', { chat: 'Nowhere' });
  });

  it('purge_old_messages wants a yes and a date', async () => {
    await tools.refuses('VALIDATION_ERROR', 'purge_old_messages', { before: '2020-01-01' });
    await tools.refuses('VALIDATION_ERROR', 'purge_old_messages', { confirm: true });
    await tools.refuses('INVALID_TIME', 'purge_old_messages', { before: 'once', confirm: true });
    await tools.refuses('INVALID_TIME', 'purge_old_messages', { before: '2099-01-01', confirm: true });
    const dry = (await tools.call('purge_old_messages', { before: '2026-03-02', dry_run: true })).data;
    assert.deepEqual([dry.dry_run, dry.with_files, dry.job_id], [true, 1, undefined]);
    assert.ok(Number(dry.messages) > 0);
    const begun = await tools.call('purge_old_messages', { before: '2020-01-01', confirm: true, wait_s: 0 });
    assert.deepEqual([begun.data.kind, begun.data.dry_run], ['purge', false]);
  });

  it('smart_sync_and_search fetches nothing when something is found, or when it is told so', async () => {
    const { hits } = (await tools.call('search_messages', { query: 'book*' })).data;
    assert.ok((hits as unknown[]).length > 0, 'the sample has it');
    const found = (await tools.call('smart_sync_and_search', { query: 'book*' })).data;
    assert.deepEqual([found.searched_again, found.chats, found.job], [false, [], undefined]);
    assert.equal(found.found_first, (found.hits as unknown[]).length);
    const told = await tools.call('smart_sync_and_search', { query: 'zeppelin', include_history: false });
    assert.deepEqual([told.data.searched_again, told.data.hits], [false, []]);
    await tools.refuses('QUERY_TOO_LONG', 'smart_sync_and_search', { query: 'x'.repeat(600) });
  });

  it('sync_history_to_database adds nothing when nothing is left', async () => {
    const { data } = await tools.call('sync_history_to_database');
    assert.deepEqual([data.complete, data.messages_added, data.errors], [true, 0, []]);
    await tools.refuses('VALIDATION_ERROR', 'sync_history_to_database', { wait_s: 600 });
  });

  it('clear_temp_storage removes ended jobs and their exports, and what was kept aside only with force', async () => {
    const { world } = tools;
    const { job_id } = (await tools.call('export_chat_data', { chat: 'Book club', format: 'csv', wait_s: 0 }))
      .data;
    const id = String(job_id);
    const { exports } = world.services.parts;
    const file = exports.fileOf(id, 'csv');
    writeFileSync(file, 'time,text\n');
    await tools.call('cancel_sync', { job_id: id });
    await world.history.ingest.apply({
      engine: 'baileys',
      outboxId: 'sample',
      seq: 1_000,
      observations: [message('4915112345678@s.whatsapp.net', 10, 'kept')],
      quarantined: [{ seq: 1_000, problem: 'not JSON', json: '{' }],
    });
    const recent = (await tools.call('clear_temp_storage')).data;
    assert.deepEqual([recent.jobs, recent.exports, recent.quarantined], [0, 0, 0]);
    await tools.refuses('INVALID_TIME', 'clear_temp_storage', { older_than: '2099-01-01' });
    world.clock.advance(2 * 86_400_000);
    const before = await world.history.overview();
    const { details } = await tools.refuses('UNMERGED_DATA', 'clear_temp_storage', { only_merged: false });
    assert.deepEqual(details, { observations: 1 });
    assert.ok(existsSync(file), 'a refusal deletes nothing');
    const cleared = (await tools.call('clear_temp_storage', { only_merged: false, force: true })).data;
    assert.deepEqual([cleared.jobs, cleared.exports, cleared.quarantined], [1, 1, 1]);
    assert.equal(cleared.bytes_freed, 'time,text\n'.length + 1);
    assert.equal(await world.history.ingest.quarantinedCount(), 0);
    await tools.refuses('JOB_NOT_FOUND', 'get_job', { job_id: id });
    assert.equal((await world.history.overview()).messages, before.messages, 'messages stay');
    const again = (await tools.call('clear_baileys_temp_data')).data;
    assert.deepEqual([again.rows_deleted, again.bytes_freed], [0, 0]);
  });
});
