import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { ME } from '../../account/model.ts';
import { shapeOf } from '../../account/presets.ts';
import { createFixedWorld } from '../../account/world.ts';
import { createSimulator, type Simulator } from '../../simulator.ts';
import { connectBaileys, createMemoryAuth, trust } from '../../testing/baileys-client.ts';

const RESTART_REQUIRED = 515;
const SILENCE_MS = 300;

describe('linking a real Baileys by an 8-character code', () => {
  let simulator: Simulator;
  let phoneNumber: string;

  before(async () => {
    const shape = shapeOf('tiny');
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    phoneNumber = simulator.account.person(ME).pn?.split('@')[0] ?? '';
  });
  after(() => simulator.close());

  const withCode = async () => {
    const auth = createMemoryAuth();
    const client = connectBaileys(simulator, auth);
    await until(() => client.events('connection.update').some(({ qr }) => qr), 'QR');
    return { auth, client, code: await client.socket.requestPairingCode(phoneNumber) };
  };

  it('links when the owner types the code, in any case and with a dash', async () => {
    const { auth, client, code } = await withCode();
    const typed = `${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase();
    assert.equal(await simulator.phone.enterCode(typed), 'linked');
    assert.equal(await client.closed(), RESTART_REQUIRED);
    const linked = connectBaileys(simulator, auth);
    await linked.open();
    assert.match(linked.auth.creds.me?.id ?? '', new RegExp(`^${phoneNumber}:\\d+@s.whatsapp.net$`));
    await linked.end();
  });

  it('leaves the companion in silence when the code is wrong', async () => {
    const { client, code } = await withCode();
    const wrong = `${code.startsWith('A') ? 'B' : 'A'}${code.slice(1)}`;
    assert.equal(await simulator.phone.enterCode(wrong), 'wrong-code');
    await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
    assert.ok(!client.events('connection.update').some(({ connection }) => connection === 'close'));
    assert.equal(client.auth.creds.account, undefined);
    await client.end();
  });

  it('has nothing to answer without a request', async () => {
    assert.equal(await simulator.phone.enterCode('ABCDEFGH'), 'no-request');
  });

  it('does not take a code for another phone number', async () => {
    const auth = createMemoryAuth();
    const client = connectBaileys(simulator, auth);
    await until(() => client.events('connection.update').some(({ qr }) => qr), 'QR');
    const code = await client.socket.requestPairingCode('15550000000');
    assert.equal(await simulator.phone.enterCode(code), 'no-request');
    await client.end();
  });
});
