import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { shapeOf } from '../account/presets.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { linkWebjs, startWebjs, type WebjsClient } from '../testing/webjs-client.ts';

const SHORT_MS = 400;

describe('pages that misbehave on command', () => {
  let simulator: Simulator;
  let browser: WebjsClient | null = null;

  before(async () => {
    simulator = await createSimulator({ shape: shapeOf('tiny') });
  });
  afterEach(async () => {
    simulator.web.faults.reset();
    simulator.faults.reset();
    await browser?.end();
    browser = null;
  });
  after(() => simulator.close());

  const link = async (): Promise<WebjsClient> => {
    browser = await linkWebjs(simulator);
    return browser;
  };
  const fails = (page: WebjsClient, why: RegExp): Promise<boolean> =>
    page.client.getChats().then(
      () => false,
      (error: unknown) => why.test(String(error)),
    );
  const later = () => new Promise((resolve) => setTimeout(resolve, SHORT_MS));

  it('has synced before anybody listens, until it is told to say so', async () => {
    simulator.web.faults.set({ syncsEarly: true });
    const first = await link();
    await first.end({ keepProfile: true });
    const page = await startWebjs(simulator.web, { dataPath: first.dataPath });
    browser = page;
    await later();
    assert.equal(page.events('ready').length, 0);
    assert.equal(await page.client.getState(), 'CONNECTED');
    await page.client.pupPage?.evaluate('window.onAppStateHasSyncedEvent()');
    await page.ready();
  });

  it('hangs, misses a module, breaks one chat, answers slowly, says ready again and again', async () => {
    const page = await link();
    const { faults } = simulator.web;
    assert.equal(faults.hang(SHORT_MS), 1);
    // The order does not arrive by the way that the question takes.
    await until(async () => {
      const busySince = Date.now();
      assert.equal(await page.client.getState(), 'CONNECTED');
      return Date.now() - busySince > SHORT_MS / 2;
    }, 'slow answer');

    const chat = simulator.account.chats().find(({ kind }) => kind === 'group');
    assert.ok(chat);
    faults.set({ brokenChats: [chat.key] });
    await until(() => fails(page, /'serialize'/), 'broken chat');
    faults.set({ brokenChats: [], missingModules: ['WALinkify'] });
    await until(() => fails(page, /unknown module "WALinkify"/), 'missing module');
    faults.set({ missingModules: [] });
    await until(async () => !(await fails(page, /./)), 'whole page');
    faults.set({ answerDelayMs: SHORT_MS });
    const askedAt = Date.now();
    await page.client.getChatById(chat.jid);
    assert.ok(Date.now() - askedAt >= SHORT_MS);
    faults.set({ answerDelayMs: 0 });

    faults.syncAgain();
    await until(() => page.events('ready').length > 1, 'second ready');
    const before = page.events('ready').length;
    faults.iframe(2);
    await later();
    faults.syncAgain();
    await until(() => page.events('ready').length >= before + 3, 'ready of every injection');
  });

  it('loses the session to another page, and takes it back', async () => {
    browser = await startWebjs(simulator.web, {
      client: { takeoverOnConflict: true, takeoverTimeoutMs: SHORT_MS },
    });
    const page = browser;
    await simulator.phone.scanQr(String(page.events('qr')[0]?.args[0]));
    await page.ready();
    simulator.web.faults.pageState('CONFLICT');
    await until(() => page.events('change_state').some(({ args }) => args[0] === 'CONFLICT'), 'conflict');
    const direct = simulator.account.chats().find(({ kind }) => kind === 'direct');
    assert.ok(direct);
    simulator.account.receive({ chat: direct.key, content: { type: 'text', text: 'meanwhile' } });
    await until(() => page.events('change_state').some(({ args }) => args[0] === 'CONNECTED'), 'takeover');
    await until(() => page.events('message').length === 1, 'message');
  });

  it('is unpaired, or idles over its QR code', async () => {
    browser = await startWebjs(simulator.web);
    const page = browser;
    assert.equal(simulator.web.faults.idleQr(), 1);
    await until(async () => (await page.client.getState()) === 'UNPAIRED_IDLE', 'idling');
    await page.client.pupPage?.evaluate("window.require('WAWebCmd').Cmd.refreshQR()");
    await until(() => page.events('qr').length > 1, 'new QR');
    await simulator.phone.scanQr(String(page.events('qr').at(-1)?.args[0]));
    await page.ready();
    simulator.web.faults.pageState('UNPAIRED');
    await until(() => page.events('disconnected').length > 0, 'disconnection');
    assert.deepEqual(page.events('disconnected')[0]?.args, ['UNPAIRED']);
  });

  it('never gets ready, hides its version or cannot be reached', async () => {
    const { faults } = simulator.web;
    faults.set({ neverReady: true });
    browser = await startWebjs(simulator.web);
    await simulator.phone.scanQr(String(browser.events('qr')[0]?.args[0]));
    await later();
    assert.equal(browser.events('ready').length, 0);
    assert.equal(await browser.client.getState(), 'OPENING');
    const impatient = { client: { authTimeoutMs: SHORT_MS } };
    faults.set({ neverReady: false, hidesVersion: true });
    await assert.rejects(startWebjs(simulator.web, impatient), (error) => error === 'auth timeout');
    faults.set({ hidesVersion: false, refusal: 'reset' });
    await assert.rejects(startWebjs(simulator.web, impatient), /net::ERR_/);
    faults.set({ refusal: 503 });
    await assert.rejects(startWebjs(simulator.web, impatient));
  });
});
