import assert from 'node:assert/strict';
import '#simulator/testing/quiet-console.ts';
import type { EngineName } from '#engines/contract/capability.ts';
import { systemClock } from '#kernel/clock.ts';
import { loadConfig } from '#kernel/config.ts';
import { TandemError } from '#kernel/errors.ts';
import { systemIds } from '#kernel/ids.ts';
import { until } from '#kernel/testing/until.ts';
import { shapeOf } from '#simulator/account/presets.ts';
import { clientEnvironment } from '#simulator/environment.ts';
import { createSimulator, type Simulator } from '#simulator/simulator.ts';
import { createOrchestrator, type Orchestrator } from './orchestrator.ts';
import type { CallAttempt } from './services/ports.ts';
import { openTestHistory, silentLogger, type TestHistory } from './testing/history.ts';

describe('orchestrator with both real engines', function () {
  this.timeout(120_000);
  let simulator: Simulator;
  let home: TestHistory;
  let orchestrator: Orchestrator;

  const view = (engine: EngineName) =>
    orchestrator.engines().find((one) => one.engine === engine) ?? assert.fail('not configured');
  const pid = (engine: EngineName) =>
    orchestrator.processes().find((one) => one.engine === engine)?.pid ?? assert.fail('no process');
  const level = (engine: EngineName, wanted: string) =>
    until(() => view(engine).status?.level === wanted, `${engine} that is ${wanted}`, 60_000);

  async function link(engine: EngineName): Promise<void> {
    await level(engine, 'unlinked');
    const { output } = await orchestrator.router.call('link.qr', {}, { engine });
    assert.ok(output.state === 'offered' && output.offer.method === 'qr');
    assert.equal(await simulator.phone.scanQr(output.offer.text), 'linked');
    await level(engine, 'ready');
  }

  const read = () => orchestrator.router.call('group.read', {});

  before(async () => {
    simulator = await createSimulator({ shape: shapeOf('tiny') });
    home = await openTestHistory();
    const env = {
      ...clientEnvironment(simulator),
      TANDEM_DATA_DIR: home.dir,
      TANDEM_ENGINES: 'baileys,webjs',
      TANDEM_SELF_TEST: 'off',
    };
    orchestrator = createOrchestrator({
      config: loadConfig(env),
      history: home.history,
      logger: silentLogger,
      clock: systemClock,
      ids: systemIds,
      env: { ...process.env, ...env },
      forwardLog: () => undefined,
    });
    await orchestrator.start();
    await link('baileys');
    await link('webjs');
  });
  after(async () => {
    await orchestrator.stop();
    await simulator.close();
    await home.close();
  });

  const asked = ({ attempts }: { readonly attempts: readonly CallAttempt[] }) =>
    attempts.map(({ engine, code }) => `${engine} ${code}`).join(', ');

  /** Reads through a fault: the first one finds out, the next ones go where there is an answer. */
  async function readsThrough(first: readonly string[]): Promise<void> {
    const met = asked(await read());
    assert.ok(first.includes(met), met);
    for (let n = 0; n < 20; n += 1) {
      // On a busy machine the first may be asked beside a second that takes its time.
      assert.match(asked(await read()), /^webjs null/);
    }
  }

  it('goes on reading with the other one when the first is killed, and comes back to the first', async () => {
    assert.equal(asked(await read()), 'baileys null');
    process.kill(pid('baileys'), 'SIGKILL');
    await readsThrough(['baileys ENGINE_UNREACHABLE, webjs null', 'webjs null']);
    await level('baileys', 'ready');
    assert.equal((await read()).engine, 'baileys');
  });

  it('sends once, and takes what the other device saw for the proof', async () => {
    const chat = simulator.account.chats().find((one) => one.peer !== null) ?? assert.fail('no chat');
    const send = (text: string) =>
      orchestrator.sending.sendText({ chat: chat.jid, text, idempotencyKey: text });
    const arrived = (text: string) =>
      [...simulator.oracle.messages()].filter(({ text: found }) => found === text).length;

    simulator.faults.nextSends('unacknowledged');
    const seen = await send('acknowledged by nobody');
    assert.equal(seen.engine, 'baileys');
    assert.notEqual(seen.status, 'pending');
    assert.equal((await send('acknowledged by nobody')).duplicate, 'replayed');

    process.kill(pid('baileys'), 'SIGKILL');
    const other = await send('while the first one is dead').catch((error: TandemError) => error);
    if (other instanceof TandemError) assert.equal(other.code, 'DELIVERY_UNKNOWN');
    else assert.equal(other.engine, 'webjs');
    assert.deepEqual(['acknowledged by nobody', 'while the first one is dead'].map(arrived), [
      1,
      other instanceof TandemError ? 0 : 1,
    ]);
    await level('baileys', 'ready');
  });

  it('recovers the one with the browser on request, while the other serves', async () => {
    for (const mode of ['reconnect', 'resync', 'restart'] as const) {
      orchestrator.recovery.start({ engine: 'webjs', mode });
      assert.equal(view('webjs').recovery?.mode, mode);
      assert.equal((await read()).engine, 'baileys');
      await until(() => view('webjs').recovery === null, `end of ${mode}`, 60_000);
      const [done] = orchestrator.recovery.list();
      assert.deepEqual([done?.mode, done?.state, done?.error], [mode, 'done', null]);
    }
    await level('webjs', 'ready');
    assert.equal(view('webjs').status?.level, 'ready');
  });

  it('asks the other one beside one that hangs, and replaces it', async () => {
    const hung = pid('baileys');
    process.kill(hung, 'SIGSTOP');
    await readsThrough(['baileys ENGINE_TIMEOUT, webjs null']);
    await until(() => !view('baileys').reachable, 'word of it');
    await until(() => view('baileys').processUp && pid('baileys') !== hung, 'other process', 60_000);
    await level('baileys', 'ready');
  });
});
