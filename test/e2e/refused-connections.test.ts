import assert from 'node:assert/strict';
import { reasonTexts } from '#engines/contract/state.ts';
import { until } from '#kernel/testing/until.ts';
import { listChats } from '#mcp/tools/list_chats.ts';
import { agrees } from '../rig/agreement.ts';
import { connectAssistant } from '../rig/assistant.ts';
import { engineOf, startLinked } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { createWorld, type World } from '../rig/world.ts';

/** Pauses of a busy server start with up to five seconds and double. */
const RECOVERY_MS = 25_000;

/**
 * The library waits for ever for a connection that is refused with an HTTP status: no event, no time limit.
 * The engine must notice by itself.
 */
describe('a server that refuses connections', () => {
  let world: World;
  let service: Service;

  beforeEach(async () => {
    world = await createWorld('tiny');
    service = await startLinked(world);
  });
  afterEach(() => world.close());

  const refusals = [
    { refusal: 503, reason: 'service-unavailable' },
    { refusal: 429, reason: 'service-unavailable' },
    { refusal: 403, reason: 'connection-lost' },
    { refusal: 'reset', reason: 'connection-lost' },
  ] as const;

  for (const { refusal, reason } of refusals) {
    it(`${refusal}: tries again and again, says why, and is back with the server R:told-what-to-do`, async () => {
      const { faults, account } = world.simulator;
      faults.refuseConnections(refusal);
      faults.drop();
      const tried = await until(async () => {
        const engine = await engineOf(service);
        return engine.level === 'recovering' && engine.reconnect_attempts >= 2 ? engine : null;
      }, 'a second attempt');
      assert.deepEqual([tried.reason, tried.means], [reason, reasonTexts[reason].means]);
      assert.equal(tried.linked, true, 'a refused connection says nothing about the device');

      const assistant = await connectAssistant(service);
      try {
        assert.ok((await assistant.call(listChats, {})).chats.length > 0, 'what is stored is still readable');
        const chat = account.chats().find(({ kind }) => kind === 'direct');
        account.receive({ chat: chat?.key ?? '', content: { type: 'text', text: 'sent meanwhile' } });
        faults.refuseConnections(null);
        await until(async () => (await engineOf(service)).level === 'ready', 'a ready engine', RECOVERY_MS);
        await agrees(world, assistant, chat?.key ?? '');
      } finally {
        await assistant.close();
      }
    });
  }

  it('from the start: linked but not connected, until the server is back', async () => {
    await service.stop();
    world.simulator.faults.refuseConnections(503);
    service = await world.start();
    const engine = await until(async () => {
      const now = await engineOf(service);
      return now.reconnect_attempts >= 1 ? now : null;
    }, 'a first attempt');
    assert.deepEqual([engine.linked, engine.level], [true, 'recovering']);
    world.simulator.faults.refuseConnections(null);
    await until(async () => (await engineOf(service)).level === 'ready', 'a ready engine', RECOVERY_MS);
  });
});
