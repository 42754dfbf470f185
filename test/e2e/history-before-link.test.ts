import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { getJob } from '#mcp/tools/get_job.ts';
import { retrieveFullHistory } from '#mcp/tools/retrieve_full_history.ts';
import { deepShape } from '#simulator/account/presets.ts';
import { type Assistant, connectAssistant } from '../rig/assistant.ts';
import { waitForHistory } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { createWorld, type World } from '../rig/world.ts';

const CHATS = 4;
const MESSAGES_PER_CHAT = 60;
const PUSHED = 20;

describe('older history that is asked for before the account is linked', function () {
  this.timeout(90_000);
  let world: World;
  let service: Service;
  let assistant: Assistant;

  before(async () => {
    world = await createWorld('deep', deepShape(CHATS, MESSAGES_PER_CHAT, PUSHED));
    service = await world.start({
      TANDEM_TOOLSETS: 'all',
      TANDEM_HISTORY_DELAY_MS: '0',
      TANDEM_HISTORY_WAIT_MS: '1500',
    });
    assistant = await connectAssistant(service);
  });
  after(async () => {
    await assistant?.close();
    await world?.close();
  });

  it('waits for the link and says so, then comes whole by itself', async () => {
    const { job_id } = await assistant.call(retrieveFullHistory, {});
    const job = () => assistant.call(getJob, { job_id });
    const waiting = await until(
      async () => {
        const now = await job();
        return now.status === 'waiting' || now.ended ? now : null;
      },
      'waiting',
      30_000,
    );
    assert.deepEqual([waiting.status, waiting.reason], ['waiting', 'not-linked']);
    assert.match(waiting.hint ?? '', /link one/);
    await waitForHistory(world, service);
    const ended = await until(
      async () => {
        const now = await job();
        return now.ended ? now : null;
      },
      'end of the job',
      30_000,
    );
    const { chats, messages_added } = ended.result as Record<string, number>;
    assert.deepEqual(
      [ended.status, chats, messages_added],
      ['completed', CHATS, CHATS * (MESSAGES_PER_CHAT - PUSHED)],
    );
  });
});
