import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '#kernel/testing/until.ts';
import { ME } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { linkByQr, trust } from '../testing/baileys-client.ts';
import { linkWebjs, startWebjs } from '../testing/webjs-client.ts';
import { toWid } from './projection/wids.ts';

describe('linking a browser to the account', () => {
  let simulator: Simulator;

  before(async () => {
    simulator = await createSimulator({ shape: shapeOf('tiny') });
    trust(simulator);
  });
  after(() => simulator.close());

  const companions = () => simulator.wire.devices.companions();

  it('goes on without a QR code after a restart on the same profile', async () => {
    const first = await linkWebjs(simulator);
    await first.end({ keepProfile: true });
    const [chat] = simulator.account.chats();
    assert.ok(chat);
    const missed = simulator.account.receive({
      chat: chat.key,
      content: { type: 'text', text: 'meanwhile' },
    });
    const second = await startWebjs(simulator.web, { dataPath: first.dataPath });
    await second.ready();
    assert.equal(second.events('qr').length, 0);
    const [newest] = await (await second.client.getChatById(toWid(chat.jid))).fetchMessages({ limit: 1 });
    assert.equal(newest?.id.id, missed.id);
    assert.ok(simulator.deliveries.has('1', chat.key, missed.index));
    assert.equal(companions().length, 1);
    await second.client.logout();
    await until(() => companions().length === 0, 'removal');
    await second.end();
    assert.ok(!existsSync(join(second.dataPath, 'session')));
  });

  it('links by a code that the owner types', async () => {
    const number = simulator.account.person(ME).pn?.split('@')[0] ?? '';
    const pairWithPhoneNumber = { phoneNumber: number, showNotification: true };
    const browser = await startWebjs(simulator.web, { client: { pairWithPhoneNumber } });
    const code = String(await until(() => browser.events('code').at(-1)?.args[0], 'code'));
    assert.match(code, /^[1-9A-Z]{8}$/);
    const wrong = `${code.startsWith('A') ? 'B' : 'A'}${code.slice(1)}`;
    assert.equal(await simulator.phone.enterCode(wrong), 'wrong-code');
    const typed = `${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase();
    assert.equal(await simulator.phone.enterCode(typed), 'linked');
    await browser.ready();
    await browser.client.logout();
    await browser.end();
  });

  it('stands in the device list beside a Baileys and is shown a new QR code when the phone unlinks it', async () => {
    const baileys = await linkByQr(simulator);
    const browser = await linkWebjs(simulator);
    const web = companions().find(({ speaksWire }) => !speaksWire);
    assert.ok(web?.online);
    const own = simulator.account.person(ME).pn ?? '';
    const devices = await baileys.socket.getUSyncDevices([own], false, false);
    assert.ok(devices.some(({ device }) => device === web.id));

    assert.ok(simulator.phone.unlink(web.id));
    await until(() => browser.events('disconnected').length > 0, 'disconnection');
    assert.deepEqual(browser.events('disconnected')[0]?.args, ['LOGOUT']);
    const before = browser.events('qr').length;
    const qr = await until(() => browser.events('qr')[before]?.args[0], 'new QR');
    assert.equal(await simulator.phone.scanQr(String(qr)), 'linked');
    await until(() => browser.events('ready').length > 1, 'second ready');
    assert.equal(companions().length, 2);
    await browser.end();
    await baileys.end();
  });

  it('shows the QR code at once when it was unlinked while it was closed', async () => {
    const first = await linkWebjs(simulator);
    await first.end({ keepProfile: true });
    const web = companions().find((companion) => !companion.speaksWire && !companion.online);
    assert.ok(web && simulator.phone.unlink(web.id));
    for (const companion of companions()) simulator.phone.unlink(companion.id);
    const second = await startWebjs(simulator.web, { dataPath: first.dataPath });
    await until(() => second.events('qr').length > 0, 'QR');
    assert.equal(await simulator.phone.scanQr('2@nobody,a,b,c,1'), 'unknown-qr');
    await second.end();
  });
});
