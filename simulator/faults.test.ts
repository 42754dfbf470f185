import assert from 'node:assert/strict';
import type { AuthenticationState } from '@whiskeysockets/baileys';
import { until } from '#kernel/testing/until.ts';
import { shapeOf } from './account/presets.ts';
import { createFixedWorld } from './account/world.ts';
import type { StreamErrorCode } from './faults.ts';
import { createSimulator, type Simulator } from './simulator.ts';
import {
  type BaileysClient,
  connectBaileys,
  createMemoryAuth,
  linkByQr,
  trust,
} from './testing/baileys-client.ts';

const CONNECTION_CLOSED = 428;
const TIMED_OUT = 408;
const REPLACED = 440;
const LOGGED_OUT = 401;

describe('faults, as a real Baileys sees them', () => {
  let simulator: Simulator;
  let auth: AuthenticationState;

  before(async () => {
    const shape = shapeOf('tiny');
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    const client = await linkByQr(simulator);
    await until(() => client.messages().length >= simulator.oracle.counts().pushed, 'pushed history');
    await until(() => client.auth.creds.accountSyncCounter > 0, 'first sync');
    auth = client.auth;
    await client.end();
  });
  afterEach(() => simulator.faults.reset());
  after(() => simulator.close());

  const connected = async (): Promise<BaileysClient> => {
    const client = connectBaileys(simulator, auth);
    await client.open();
    return client;
  };
  const proveAlive = async (client: BaileysClient): Promise<void> => {
    const [chat] = simulator.account.chats();
    assert.ok(chat);
    const { id } = simulator.account.receive({
      chat: chat.key,
      content: { type: 'text', text: 'still there' },
    });
    await until(() => client.messages().some(({ key }) => key.id === id), 'message after reconnect');
  };

  for (const code of [403, 440, 500, 503, 515] satisfies readonly StreamErrorCode[]) {
    it(`stream error ${code} ends the connection with this code, and the device may come back`, async () => {
      const client = await connected();
      assert.equal(simulator.faults.streamError(code), 1);
      assert.equal(await client.closed(), code);
      const again = await connected();
      await proveAlive(again);
      await again.end();
    });
  }

  it('a drop is a closed connection', async () => {
    const client = await connected();
    simulator.faults.drop();
    assert.equal(await client.closed(), CONNECTION_CLOSED);
    await (await connected()).end();
  });

  it('a stanza cut in the middle arrives whole after the reconnect', async () => {
    const client = await connected();
    simulator.faults.cutNextStanza(1);
    const [chat] = simulator.account.chats();
    assert.ok(chat);
    const { id } = simulator.account.receive({ chat: chat.key, content: { type: 'text', text: 'cut' } });
    assert.equal(await client.closed(), CONNECTION_CLOSED);
    assert.ok(!client.messages().some(({ key }) => key.id === id));
    const again = await connected();
    await until(() => again.messages().some(({ key }) => key.id === id), 'the cut message');
    await again.end();
  });

  it('the same credentials twice end the older connection', async () => {
    const older = await connected();
    const newer = await connected();
    assert.equal(await older.closed(), REPLACED);
    await proveAlive(newer);
    await newer.end();
  });

  it('refuses logins with a reason, connections with a reset or a status', async () => {
    simulator.faults.failLogins(405);
    assert.equal(await connectBaileys(simulator, auth).closed(), 405);
    simulator.faults.refuseConnections('reset');
    assert.equal(await connectBaileys(simulator, auth).closed(), TIMED_OUT);
    // Baileys takes no notice of a status, nor of its own connect timeout then: it waits for ever.
    simulator.faults.refuseConnections(503);
    const stuck = connectBaileys(simulator, auth, { connectTimeoutMs: 100 });
    await assert.rejects(
      until(
        () => stuck.events('connection.update').some((update) => update.connection === 'close'),
        'end',
        500,
      ),
    );
    simulator.faults.refuseConnections(null);
    await (await connected()).end();
    await stuck.end();
  });

  it('does not know a device that was never linked', async () => {
    const stranger = createMemoryAuth();
    stranger.creds.me = { id: auth.creds.me?.id ?? '', name: 'stranger' };
    assert.equal(await connectBaileys(simulator, stranger).closed(), LOGGED_OUT);
  });

  it('delivers after the reconnect what came in between, in order and marked as offline', async () => {
    const chats = simulator.account.chats().slice(0, 3);
    const ids = [0, 1, 2, 3].flatMap((round) =>
      chats.map(
        (chat) =>
          simulator.account.receive({ chat: chat.key, content: { type: 'text', text: `${round}` } }).id,
      ),
    );
    await simulator.wire.settled();
    const client = await connected();
    const arrived = () =>
      client.messages().flatMap(({ key }) => (ids.includes(key.id ?? '') ? [key.id] : []));
    await until(() => arrived().length === ids.length, 'offline messages');
    assert.deepEqual(arrived(), ids);
    assert.ok(client.events('messages.upsert').every(({ type }) => type === 'append'));
    await client.end();
  });

  it('unlinks from the phone: 401 now and at the next login', async () => {
    const client = await connected();
    const [device] = simulator.wire.devices.devices();
    assert.ok(device && simulator.phone.unlink(device.id));
    assert.equal(await client.closed(), LOGGED_OUT);
    assert.equal(await connectBaileys(simulator, auth).closed(), LOGGED_OUT);
  });

  it('forgets a device that logs itself out', async () => {
    const client = await linkByQr(simulator);
    await client.socket.logout();
    assert.equal(await client.closed(), LOGGED_OUT);
    await until(() => simulator.wire.devices.devices().length === 0, 'end of the device');
  });
});
