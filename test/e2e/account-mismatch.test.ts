import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { backendStatus } from '#mcp/tools/backend_status.ts';
import { getMessageStatistics } from '#mcp/tools/get_message_statistics.ts';
import { shapeOf } from '#simulator/account/presets.ts';
import { clientEnvironment } from '#simulator/environment.ts';
import { createSimulator, type Simulator } from '#simulator/simulator.ts';
import { type Assistant, connectAssistant } from '../rig/assistant.ts';
import { assertSame, compareStore } from '../rig/compare.ts';
import { waitForHistory } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { bothEngines, createWorld, linkedDevice, type World } from '../rig/world.ts';

describe('the second engine is linked with another phone', () => {
  let world: World;
  let other: Simulator;
  let service: Service;
  let assistant: Assistant;

  before(async function () {
    this.timeout(90_000);
    world = await createWorld('tiny');
    other = await createSimulator({ shape: shapeOf('tiny', { seed: 'somebody else' }) });
    // First the right phone alone, then a second engine whose page is another account's.
    service = await world.start();
    await waitForHistory(world, service);
    await service.stop();
    const { TANDEM_WEBJS_ARGS = '[]' } = clientEnvironment(other);
    service = await world.start({ ...bothEngines, TANDEM_WEBJS_ARGS, TANDEM_TOOLSETS: 'all' });
    assistant = await connectAssistant(service);
  });
  after(async () => {
    await assistant.close();
    await world.close();
    await other.close();
  });

  const webjs = async () => (await service.status()).engines.find(({ engine }) => engine === 'webjs');

  it('is named, unlinked and kept out; the first goes on alone R:one-account', async function () {
    this.timeout(90_000);
    await until(async () => (await webjs())?.level === 'unlinked', 'an engine to link', 30_000);
    await service.post('/api/link', { engine: 'webjs' });
    const offer = await until(async () => {
      const shown = (await webjs())?.offer;
      return shown?.method === 'qr' && shown;
    }, 'QR code');
    const before = await assistant.call(getMessageStatistics, {});
    await other.phone.scanQr(offer.text);
    const named = await until(async () => {
      const { engines } = await assistant.call(backendStatus, {});
      return engines.find(({ name, error }) => name === 'webjs' && error?.code === 'ACCOUNT_MISMATCH');
    }, 'ACCOUNT_MISMATCH in the status');
    assert.equal(named.whatsapp_connected, false);
    await until(
      () => !other.wire.devices.companions().some((one) => !one.removed()),
      'a phone without this device',
    );
    const { engines } = await assistant.call(backendStatus, {});
    assert.equal(engines.find(({ name }) => name === 'baileys')?.status, 'ok');
    assert.deepEqual(await assistant.call(getMessageStatistics, {}), before, 'nothing of it was stored');
  });

  it('nothing of the other account is in the store', async () => {
    await service.stop();
    const { oracle, deliveries } = world.simulator;
    assertSame(await compareStore(world.dataDir, oracle.delivered(deliveries, linkedDevice(world))));
  });
});
