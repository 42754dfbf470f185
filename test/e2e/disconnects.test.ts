import assert from 'node:assert/strict';
import { type EngineReason, reasonTexts } from '#engines/contract/state.ts';
import { until } from '#kernel/testing/until.ts';
import type { StreamErrorCode } from '#simulator/faults.ts';
import { assertSame, compareStore } from '../rig/compare.ts';
import { engineOf, startLinked, waitForHistory } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { createWorld, linkedDevice, scanWhenAsked, type World } from '../rig/world.ts';

/** Each way in which the server can end a connection: right level, right action, right words. R:told-what-to-do */
describe('the server ends the connection', () => {
  let world: World;
  let service: Service;

  beforeEach(async () => {
    world = await createWorld('tiny');
    service = await startLinked(world);
  });
  afterEach(() => world.close());

  // Pairing itself ends with a disconnect that the server orders; only later ones count.
  const comesBack = async (reason: EngineReason, code: number | null) => {
    const engine = await until(async () => {
      const now = await engineOf(service);
      return now.level === 'ready' && now.last_disconnect?.reason === reason ? now : null;
    }, `reconnection after ${reason}`);
    if (code !== null) assert.equal(engine.last_disconnect?.code, code);
    assert.equal(engine.last_disconnect?.means, reasonTexts[reason].means);
    assert.equal(engine.linked, true);
  };

  const staysAway = async (level: string, reason: EngineReason) => {
    const engine = await until(async () => {
      const now = await engineOf(service);
      return now.level === level ? now : null;
    }, `level ${level}`);
    assert.equal(engine.reason, reason);
    assert.equal(engine.means, reasonTexts[reason].means);
    assert.equal(engine.action, reasonTexts[reason].action);
    // A state that waits for a person does not change by itself.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.equal((await engineOf(service)).level, level);
    return engine;
  };

  const fails = (code: StreamErrorCode) => assert.equal(world.simulator.faults.streamError(code), 1);

  it('515: reconnects at once', async () => {
    fails(515);
    await comesBack('restart-required', 515);
  });

  it('503: reconnects after a pause', async () => {
    fails(503);
    await comesBack('service-unavailable', 503);
  });

  it('500: reconnects and keeps the credentials', async () => {
    fails(500);
    await comesBack('stream-error', 500);
  });

  it('a plain drop: reconnects', async () => {
    assert.equal(world.simulator.faults.drop(), 1);
    await comesBack('connection-lost', null);
  });

  it('440, replaced: stops, does not fight, says why', async () => {
    fails(440);
    await staysAway('conflict', 'replaced');
  });

  it('403, refused account: stops, never retries', async () => {
    fails(403);
    await staysAway('failed', 'forbidden');
  });

  it('401, logged out: keeps the messages, forgets the device, links anew', async () => {
    const before = (await service.status()).store?.messages;
    fails(401);
    const engine = await staysAway('logged-out', 'logged-out');
    assert.equal(engine.linked, false);
    assert.equal((await service.status()).store?.messages, before);
    await waitForHistory(world, service);
    assert.equal((await service.status()).store?.messages, before);
  });

  it('removed on the phone: the same as 401', async () => {
    const [companion] = world.simulator.wire.devices.companions();
    assert.ok(companion);
    world.simulator.phone.unlink(companion.id);
    await staysAway('logged-out', 'logged-out');
  });
});

describe('the connection breaks in the middle of the initial history', () => {
  it('nothing is lost and nothing is twice', async () => {
    const world = await createWorld('tiny', { pushedPerChat: 100 });
    try {
      world.simulator.faults.phone.chunkDelayMs = 80;
      const service = await world.start();
      await until(async () => {
        await scanWhenAsked(world, service);
        return ['syncing', 'ready'].includes((await engineOf(service)).level);
      }, 'a beginning history');
      for (let cut = 0; cut < 4; cut++) {
        world.simulator.faults.cutNextStanza(200);
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      await waitForHistory(world, service);
      await service.stop();
      const truth = world.simulator.oracle.delivered(world.simulator.deliveries, linkedDevice(world));
      assertSame(await compareStore(world.dataDir, truth));
    } finally {
      await world.close();
    }
  });
});
