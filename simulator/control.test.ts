import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { shapeOf } from './account/presets.ts';
import { createFixedWorld } from './account/world.ts';
import { createSimulator, type Simulator } from './simulator.ts';
import { type BaileysClient, connectBaileys, createMemoryAuth, trust } from './testing/baileys-client.ts';

describe('the control API', () => {
  let simulator: Simulator;
  let client: BaileysClient;

  before(async () => {
    const shape = shapeOf('tiny');
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
  });
  after(async () => {
    await client.end();
    await simulator.close();
  });

  const get = async (path: string): Promise<unknown> => (await fetch(simulator.controlUrl + path)).json();
  const lines = async (path: string): Promise<readonly Record<string, unknown>[]> => {
    const text = await (await fetch(simulator.controlUrl + path)).text();
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };
  const post = async (
    path: string,
    body: object,
  ): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await fetch(simulator.controlUrl + path, { method: 'POST', body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('links a device from the text of its QR code', async () => {
    const auth = createMemoryAuth();
    const first = connectBaileys(simulator, auth);
    const qr = await until(() => first.events('connection.update').find((u) => u.qr)?.qr, 'QR');
    assert.deepEqual((await post('/link/qr', { text: 'nonsense' })).body, { result: 'unknown-qr' });
    assert.deepEqual((await post('/link/qr', { text: qr })).body, { result: 'linked' });
    await first.closed();
    client = connectBaileys(simulator, auth);
    await client.open();
    await until(() => client.messages().length >= simulator.oracle.counts().pushed, 'history');
    const devices = (await get('/devices')) as readonly {
      readonly online: boolean;
      readonly delivered: number;
    }[];
    assert.equal(devices.length, 1);
    assert.equal(devices[0]?.online, true);
    assert.equal(devices[0]?.delivered, simulator.oracle.counts().pushed);
  });

  it('tells the environment and lists the oracle in pages', async () => {
    const about = (await get('/')) as { readonly environment: Readonly<Record<string, string>> };
    assert.equal(about.environment.TANDEM_TEST_WA_ROOT, simulator.rootKeyHex);
    const all = await lines('/oracle');
    assert.equal(all.length, simulator.oracle.counts().messages);
    assert.deepEqual(await lines('/oracle?offset=3&limit=2'), all.slice(3, 5));
    const [chat] = simulator.account.chats();
    assert.ok(chat);
    assert.equal((await lines(`/oracle?chat=${encodeURIComponent(chat.jid)}`)).length, chat.size);
    assert.equal((await lines('/delivered/1')).length, simulator.oracle.counts().pushed);
  });

  it('makes people write, edit, react and take back', async () => {
    const chat = simulator.account.chats().find(({ peer }) => peer !== null);
    assert.ok(chat);
    const { body } = await post('/messages', { chat: chat.key, text: 'by remote control' });
    await until(() => client.messages().some(({ key }) => key.id === body.id), 'message');
    const target = { chat: chat.jid, id: body.id };
    assert.equal((await post('/changes', { ...target, change: 'edit', text: 'edited' })).status, 200);
    assert.equal(
      (await post('/changes', { ...target, change: 'react', by: chat.peer, emoji: '👍' })).status,
      200,
    );
    assert.equal((await post('/changes', { ...target, change: 'revoke' })).status, 200);
    assert.equal((await post('/changes', { ...target, change: 'delete-for-me' })).status, 200);
    const vote = { ...target, change: 'vote', by: chat.peer, options: ['no poll'] };
    assert.equal((await post('/changes', vote)).status, 404);
    const [last] = (await lines(`/oracle?chat=${chat.key}`)).slice(-1);
    assert.deepEqual([last?.revoked, last?.deletedForMe], [true, true]);
    assert.equal((await post('/changes', { chat: chat.jid, id: 'NONE', change: 'revoke' })).status, 404);
  });

  it('shows what recipients received', async () => {
    const [chat] = simulator.account.chats();
    assert.ok(chat);
    const sent = await client.socket.sendMessage(chat.jid, { text: 'to be seen' });
    await until(() => simulator.wire.mailbox.byId(sent?.key.id ?? '').length > 0, 'delivery').catch(
      () => null,
    );
    const received = await lines(`/received?id=${sent?.key.id}`);
    assert.ok(received.length >= 2);
    assert.ok(received.every(({ text }) => text === 'to be seen'));
  });

  it('breaks the page on command and shows what pages asked', async () => {
    const set = { messageKeys: 'minified', refusal: 503 };
    assert.equal((await post('/web-faults', { fault: 'set', set })).status, 200);
    assert.equal((await post('/web-faults', { fault: 'set', set: { refusal: 'maybe' } })).status, 400);
    const { args } = simulator.web;
    const about = (await get('/')) as { readonly environment: Readonly<Record<string, string>> };
    assert.deepEqual(JSON.parse(about.environment.TANDEM_WEBJS_ARGS ?? ''), args);
    assert.deepEqual((await post('/web-faults', { fault: 'iframe', times: 2 })).body, { pages: 0 });
    assert.equal((await post('/web-faults', { fault: 'reset' })).status, 200);
    assert.deepEqual(await lines('/page-calls'), []);
  });

  it('orders what becomes of requests for older messages, and shows them', async () => {
    const [chat, other] = simulator.account.chats();
    assert.ok(chat && other);
    const orders = {
      onDemandByChat: { [chat.jid]: { mode: 'twice', times: 1 }, [other.key]: 'silent' },
      onDemandNext: ['empty-end'],
      otherChat: other.jid,
      deadAnchorsNext: 0,
      onDemandJitterMs: 5,
    };
    const { body, status } = await post('/phone', orders);
    assert.equal(status, 200);
    assert.deepEqual(
      [body.onDemandByChat, body.otherChat],
      [{ [chat.key]: { mode: 'twice', times: 1 }, [other.key]: 'silent' }, other.key],
    );
    assert.equal((await post('/phone', { onDemandByChat: { nobody: 'silent' } })).status, 404);
    assert.equal((await post('/phone', { onDemand: 'sing' })).status, 400);
    const anchor = simulator.account.message(chat.key, chat.pushedFrom);
    assert.ok(anchor);
    const key = { remoteJid: chat.jid, id: anchor.id, fromMe: anchor.fromMe };
    const requestId = await client.socket.fetchMessageHistory(3, key, anchor.time);
    const seen = await until(async () => {
      const [asked] = await lines(`/history-requests?chat=${chat.key}`);
      return asked?.deliveries === 2 && asked;
    }, 'second delivery');
    assert.deepEqual([seen.requestId, seen.outcome], [requestId, 'answered']);
    assert.equal((await lines('/history-counts'))[0]?.asked, 1);
    assert.deepEqual((await post('/history-answers', { requestId })).body, { delivered: true });
    assert.equal((await post('/history-answers', { requestId: 'NONE' })).status, 404);
    assert.equal((await post('/faults', { fault: 'reset' })).status, 200);
    assert.deepEqual(simulator.faults.phone.onDemandByChat, {});
  });

  it('deletes and merges chats, and shows read marks', async () => {
    const { account } = simulator;
    const chat = account.chats().find(({ peer }) => peer !== null && account.person(peer).lid === null);
    assert.ok(chat);
    assert.equal((await post('/merges', { chat: chat.key, lid: 'nonsense' })).status, 400);
    const merged = await post('/merges', { chat: chat.key, lid: '277777777770008@lid', tell: false });
    assert.equal(merged.body.jid, '277777777770008@lid');
    assert.deepEqual((await post('/deletions', { chat: chat.jid })).body, { deleted: true });
    assert.equal((await post('/deletions', { chat: chat.jid })).status, 404);
    const unread = account.chats().find(({ unreadCount }) => unreadCount > 1);
    assert.ok(unread);
    const [marks] = await lines(`/read-marks?chat=${unread.key}`);
    assert.deepEqual(marks?.unreadIds, simulator.readMarks.of(unread.key).unreadIds);
    assert.ok((await lines('/read-marks')).length > 1);
  });

  it('orders faults and refuses malformed orders', async () => {
    assert.equal((await post('/phone', { onDemand: 'silent' })).body.onDemand, 'silent');
    assert.equal((await post('/faults', { fault: 'reset' })).status, 200);
    assert.equal(simulator.faults.phone.onDemand, 'answer');
    assert.equal((await post('/faults', { fault: 'stream-error', code: 999 })).status, 400);
    assert.equal((await post('/messages', { chat: 'nobody', text: 'x' })).status, 404);
    assert.deepEqual((await post('/faults', { fault: 'stream-error', code: 503 })).body, { devices: 1 });
    assert.equal(await client.closed(), 503);
  });
});
