import assert from 'node:assert/strict';
import '#simulator/testing/quiet-console.ts';
import { systemClock } from '#kernel/clock.ts';
import { loadConfig } from '#kernel/config.ts';
import { systemIds } from '#kernel/ids.ts';
import { isRunning } from '#kernel/processes.ts';
import { until } from '#kernel/testing/until.ts';
import { shapeOf } from '#simulator/account/presets.ts';
import { sampleMedia } from '#simulator/account/sample-media.ts';
import { clientEnvironment } from '#simulator/environment.ts';
import { createSimulator, type Simulator } from '#simulator/simulator.ts';
import { createOrchestrator, type Orchestrator } from './orchestrator.ts';
import { openTestHistory, silentLogger, type TestHistory } from './testing/history.ts';

describe('orchestrator with the real engine, a simulated account and the real store', function () {
  this.timeout(60_000);
  let simulator: Simulator;
  let home: TestHistory;
  let orchestrator: Orchestrator;
  let logs: string[];

  function open(): Orchestrator {
    const env = { ...clientEnvironment(simulator), TANDEM_DATA_DIR: home.dir };
    orchestrator = createOrchestrator({
      config: loadConfig({
        ...env,
        TANDEM_ENGINES: 'baileys',
        TANDEM_ENGINE_HEALTH_INTERVAL_MS: '1000',
        TANDEM_ENGINE_HEALTH_TIMEOUT_MS: '500',
      }),
      history: home.history,
      logger: silentLogger,
      clock: systemClock,
      ids: systemIds,
      env: { ...process.env, ...env },
      forwardLog: (line) => logs.push(line),
    });
    return orchestrator;
  }
  const view = () => orchestrator.engines()[0] ?? assert.fail('no engine');
  const pid = () => orchestrator.processes()[0]?.pid ?? assert.fail('no process');
  const level = (wanted: string) => until(() => view().status?.level === wanted, `level ${wanted}`);

  async function link(): Promise<void> {
    await level('unlinked');
    const { output } = await orchestrator.router.call('link.qr', {});
    assert.ok(output.state === 'offered' && output.offer.method === 'qr');
    assert.equal(await simulator.phone.scanQr(output.offer.text), 'linked');
  }
  /** Ids in the store, sorted; an id that stands there twice comes twice. */
  async function storedIds(): Promise<string[]> {
    const ids: string[] = [];
    for await (const { id, chatJid } of home.history.messages.everyId()) ids.push(`${chatJid} ${id}`);
    return ids.toSorted((a, b) => (a < b ? -1 : 1));
  }
  const pushedIds = () =>
    [...simulator.oracle.messages()]
      .filter((one) => one.pushed)
      .map((one) => `${one.chatJid} ${one.id}`)
      .toSorted((a, b) => (a < b ? -1 : 1));
  const complete = () =>
    until(async () => (await storedIds()).length >= pushedIds().length, 'store that equals the account');

  beforeEach(async () => {
    simulator = await createSimulator({ shape: shapeOf('tiny') });
    home = await openTestHistory();
    logs = [];
    await open().start();
  });
  afterEach(async () => {
    await orchestrator.stop();
    await simulator.close();
    await home.close();
  });

  it('links, stores the account once, answers, sends, and comes back after a restart', async () => {
    await level('unlinked');
    await assert.rejects(orchestrator.router.call('group.read', {}), { code: 'NOT_AUTHENTICATED' });
    await link();
    await level('ready');
    await complete();
    assert.deepEqual(await storedIds(), pushedIds());
    assert.equal((await home.history.account.get())?.pn, view().status?.account?.pn);

    const { output, engine } = await orchestrator.router.call('group.read', {});
    assert.ok(output.groups.length > 0);
    assert.equal(engine, 'baileys');

    const chat = simulator.account.chats().find((one) => one.peer !== null) ?? assert.fail('no chat');
    const sent = await orchestrator.sending.sendText({ chat: chat.jid, text: 'from the orchestrator' });
    assert.ok(simulator.account.messageById(chat.key, sent.messageId));
    await until(async () => (await home.history.messages.byId(sent.messageId)).length === 1, 'echo');

    await orchestrator.stop();
    await home.reopen();
    const away = simulator.account.receive({ chat: chat.key, content: { type: 'text', text: 'while away' } });
    await open().start();
    await until(async () => (await home.history.messages.byId(away.id)).length === 1, 'missed message');
    await level('ready');
    assert.ok(logs.every((line) => !line.includes('from the orchestrator') && !line.includes('while away')));
  });

  it('loses and doubles nothing when the engine is killed in the middle of the first sync', async () => {
    await link();
    await until(() => (orchestrator.ingest()[0]?.messagesAdded ?? 0) > 0, 'first messages');
    process.kill(pid(), 'SIGKILL');
    await until(() => !view().processUp, 'word of the death');
    assert.deepEqual([view().status?.level, view().status?.reason], ['recovering', 'process-died']);
    await assert.rejects(orchestrator.router.call('group.read', {}), { code: 'ENGINE_UNREACHABLE' });
    await level('ready');
    await complete();
    assert.deepEqual(await storedIds(), pushedIds());
  });

  it('recovers an engine on request, and shows that it does', async () => {
    await link();
    await level('ready');
    const before = pid();
    const { id } = orchestrator.recovery.start({ engine: 'baileys', mode: 'restart' });
    assert.equal(view().recovery?.id, id);
    await until(() => view().recovery === null, 'end of the recovery');
    const [done] = orchestrator.recovery.list();
    assert.deepEqual([done?.id, done?.state], [id, 'done']);
    assert.ok(!isRunning(before));
    assert.notEqual(pid(), before);
    await level('ready');
  });

  it('tries what a connected engine can do, without adding anything to the history', async () => {
    await link();
    await level('ready');
    await complete();
    const chat = simulator.account.chats().find((one) => one.peer !== null) ?? assert.fail('no chat');
    const { id } = simulator.account.receive({ chat: chat.key, content: sampleMedia({ kind: 'image' }) });
    await until(async () => (await home.history.messages.byId(id)).length === 1, 'picture');
    await until(
      () => view().selfTests.length === 2 && view().selfTests.every(({ state }) => state === 'passed'),
      'results of the self-tests',
      30_000,
    );
    assert.deepEqual(await storedIds(), pushedIds());
  });

  it('replaces an engine process that hangs', async () => {
    await level('unlinked');
    const hung = pid();
    process.kill(hung, 'SIGSTOP');
    await until(() => view().processUp && pid() !== hung, 'other process', 30_000);
    assert.ok(!isRunning(hung));
    assert.equal(orchestrator.processes()[0]?.generation, 2);
  });

  it('keeps an engine on another account away from the history and from calls, and unlinks it', async () => {
    await home.history.account.claim({ pn: '4915100000000@s.whatsapp.net', lid: null, pushName: null });
    const seen = new Set<string>();
    const look = setInterval(() => {
      seen.add(`${view().error?.code} ${view().status?.reason}`);
    }, 5);
    try {
      await link();
      await until(
        () => view().status?.lastError?.code === 'ACCOUNT_MISMATCH' && view().error === null,
        'end of the link',
      );
    } finally {
      clearInterval(look);
    }
    assert.ok(seen.has('ACCOUNT_MISMATCH account-mismatch'), [...seen].join());
    assert.deepEqual(view().status?.lastError?.details?.expected, '…0000@s.whatsapp.net');
    assert.ok((orchestrator.ingest()[0]?.discarded ?? 0) > 0);
    assert.deepEqual(await storedIds(), []);
    await assert.rejects(orchestrator.router.call('group.read', {}), {
      code: /NOT_AUTHENTICATED|DEVICE_REMOVED/,
    });
    // It can be linked again; here that is the wrong phone once more.
    const { output } = await orchestrator.router.call('link.qr', {});
    assert.equal(output.state, 'offered');
    await orchestrator.stop();
    await home.reopen();
    assert.deepEqual(await storedIds(), []);
  });
});
