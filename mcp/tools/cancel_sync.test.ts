import assert from 'node:assert/strict';
import { openToolClient, type ToolClient } from './testing/tool-client.ts';

describe('tools: cancelling by chat', () => {
  let tools: ToolClient;
  beforeEach(async () => {
    tools = await openToolClient();
  });
  afterEach(() => tools.close());

  it('names the call that stops the job which has the chat among others', async () => {
    const { job_id } = (await tools.call('retrieve_full_history')).data;
    const { message, hint, details } = await tools.refuses('NO_ACTIVE_SYNC', 'cancel_sync', {
      chat: 'Book club',
    });
    assert.match(String(message), /together with others/);
    assert.ok(String(hint).includes(`cancel_sync with job_id ${job_id}`), String(hint));
    assert.deepEqual(details, { other_job_id: job_id });
    await tools.call('cancel_sync', { job_id });
    const after = await tools.refuses('NO_ACTIVE_SYNC', 'cancel_sync', { chat: 'Book club' });
    assert.equal(after.details, undefined);
  });

  it('names no job that has nothing to do with the chat', async () => {
    await tools.call('fetch_history', { chat: 'Anna Müller', wait_s: 0 });
    const { details } = await tools.refuses('NO_ACTIVE_SYNC', 'cancel_sync', { chat: 'Book club' });
    assert.equal(details, undefined);
  });
});
