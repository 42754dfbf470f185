import assert from 'node:assert/strict';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { launch } from 'puppeteer';
import { type EngineReason, reasonTexts } from '#engines/contract/state.ts';
import { requireBrowser } from '#kernel/browser-path.ts';
import { TandemError } from '#kernel/errors.ts';
import { argumentsOf, descendantsOf } from '#kernel/processes.ts';
import { type Bench, type BenchOptions, createBench } from './testing/bench.ts';

/** Each way in which the library, its page or its browser fails: the state, what the engine does, and the words. */
describe('webjs: failures', function () {
  this.timeout(60_000);
  let bench: Bench;

  const linked = async (options: BenchOptions = {}) => {
    bench = await createBench(options);
    await bench.synced();
  };
  const faults = () => bench.simulator.web.faults;
  const now = () => {
    const { level, reason } = bench.engine.status();
    return `${level}/${reason}`;
  };
  /** Waits until this was shown at some moment since the last call. */
  const seen = async (wanted: string, timeoutMs?: number) => {
    const reason = wanted.split('/')[1] as EngineReason;
    assert.ok(reasonTexts[reason].means.length > 10 && reasonTexts[reason].action.length > 10);
    await bench.until(() => bench.history().includes(wanted), wanted, timeoutMs);
  };
  const readyAgain = async () => {
    await bench.until(() => now() === 'ready/none', 'readiness');
  };
  const restarts = () => bench.engine.status().browser?.restarts ?? 0;
  const messagesLike = (text: string) =>
    bench.of('message').filter((one) => JSON.stringify(one).includes(text));
  const receive = (text: string) => {
    const [chat] = bench.simulator.account.chats();
    bench.simulator.account.receive({ chat: chat?.key ?? '', content: { type: 'text', text } });
  };
  /** What comes after a failure comes once. */
  const hearsOnce = async (text: string) => {
    receive(text);
    await bench.until(() => messagesLike(text).length > 0, text);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(messagesLike(text).length, 1);
  };
  const ready = () => bench.history().filter((one) => one === 'ready/none').length;

  describe('that leave the browser alive', () => {
    before(() => linked());
    after(() => bench.close());
    afterEach(() => assert.equal(restarts(), 0));

    it('F4: a reload is prepared once', async () => {
      faults().reload();
      await seen('connecting/restart-required');
      await readyAgain();
      assert.equal(restarts(), 0);
      await hearsOnce('after the reload');
    });

    it('F7, F18: frames that navigate and a second sync change nothing', async () => {
      const before = ready();
      faults().iframe(3);
      faults().syncAgain();
      faults().syncAgain();
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal(ready(), before);
      await hearsOnce('after frames and syncs');
    });

    it('F16: a page that is only slow is kept', async () => {
      faults().hang(2_500);
      await seen('degraded/page-hung');
      await readyAgain();
      assert.equal(restarts(), 0);
    });

    it('a connection that breaks below the page comes back by itself', async () => {
      faults().pageState('TIMEOUT');
      await seen('recovering/connection-lost');
      faults().pageState('CONNECTED');
      await readyAgain();
      faults().drop();
      await readyAgain();
      assert.equal(restarts(), 0);
      await hearsOnce('after the drop');
    });

    it('F17: no copy of the page is kept', async () => {
      assert.equal(existsSync('.wwebjs_cache'), false);
      assert.equal(existsSync(join(bench.engineDir, '.wwebjs_cache')), false);
    });
  });

  describe('each of an engine of its own', () => {
    afterEach(() => bench.close());

    it('F1: a page that had synced before anybody listened becomes ready all the same', async () => {
      await linked();
      faults().set({ syncsEarly: true });
      await bench.restart();
      await readyAgain();
      assert.equal(restarts(), 0);
      await hearsOnce('after the lost ready');
    });

    it('F2: a crashed renderer is noticed at once, and the browser started again', async () => {
      await linked();
      for (const pid of descendantsOf(bench.browserPid())) {
        if (argumentsOf(pid).join(' ').includes('--type=renderer')) process.kill(pid, 'SIGKILL');
      }
      await seen('recovering/page-crashed', 2_000);
      await readyAgain();
      assert.equal(restarts(), 1);
      await bench.until(() => bench.browsers().length === 1, 'one browser');
      await hearsOnce('after the crash');
    });

    it('F3: a killed browser is started again; what came meanwhile is told', async () => {
      await linked();
      process.kill(bench.browserPid(), 'SIGKILL');
      await seen('recovering/browser-died', 2_000);
      receive('while there was no browser');
      await readyAgain();
      await bench.until(() => messagesLike('while there was no browser').length === 1, 'the message');
      assert.equal(restarts(), 1);
      await hearsOnce('after the kill');
    });

    it('F3: a profile that has lost its session is logged out, and can be linked again', async () => {
      await linked();
      await bench.engine.close();
      rmSync(join(bench.engineDir, 'session', 'Default'), { recursive: true });
      await bench.restart();
      await bench.level('logged-out');
      assert.equal(now(), 'logged-out/logged-out');
      await bench.synced();
    });

    it('F5: a page that has lost its device is logged out, and its profile destroyed', async () => {
      await linked();
      faults().pageState('UNPAIRED');
      await bench.level('logged-out');
      assert.equal(now(), 'logged-out/logged-out');
      assert.equal(bench.engine.status().lastError?.code, 'DEVICE_REMOVED');
      assert.equal(bench.engine.status().account, null);
      assert.equal(existsSync(join(bench.engineDir, 'session')), false);
      assert.deepEqual(bench.browsers(), []);
    });

    it('F5: a conflict is won back a few times, then a person decides', async () => {
      await linked();
      for (let round = 0; round < 3; round += 1) {
        faults().pageState('CONFLICT');
        await bench.until(() => now() === 'recovering/replaced', 'conflict');
        await readyAgain();
      }
      faults().pageState('CONFLICT');
      await bench.level('conflict');
      assert.equal(now(), 'conflict/replaced');
      assert.equal(bench.engine.status().lastError?.code, 'SESSION_REPLACED');
      await bench.until(() => bench.browsers().length === 0, 'end of the browser');
      // The person has decided.
      const again = await bench.engine.commands['session.reconnect']?.({}, AbortSignal.timeout(5_000));
      assert.deepEqual(again, { started: true });
      await readyAgain();
    });

    it('F6: a QR that nobody scanned is replaced', async () => {
      bench = await createBench();
      const first = await bench.engine.commands['link.qr']?.({}, AbortSignal.timeout(15_000));
      assert.equal(first?.state, 'offered');
      faults().idleQr();
      const { offer } = bench.engine.status();
      await bench.until(() => {
        const shown = bench.engine.status().offer;
        return shown !== null && JSON.stringify(shown) !== JSON.stringify(offer);
      }, 'another QR');
      const shown = bench.engine.status().offer;
      assert.ok(shown?.method === 'qr');
      assert.equal(await bench.simulator.phone.scanQr(shown.text), 'linked');
      await readyAgain();
    });

    for (const [refusal, words] of [
      ['reset', 'F8: no connection to the page'],
      [503, 'F8: an error instead of the page'],
    ] as const) {
      it(`${words} is tried again, and leaves no browser behind`, async () => {
        await linked();
        faults().set({ refusal });
        await bench.restart();
        if (refusal === 'reset') await seen('recovering/page-unreachable');
        // A process that Chromium forks bears the browser's name until it has one of its own.
        await bench.until(() => bench.browsers().length <= 1, 'end of the browser before');
        faults().reset();
        await bench.until(() => now() === 'ready/none', 'readiness', 35_000);
        await bench.until(() => bench.browsers().length === 1, 'one browser');
      });
    }

    it('F9: a page that never says its version is given up and tried again', async () => {
      await linked({ env: { TANDEM_WEBJS_READY_TIMEOUT_MS: '5000' } });
      faults().set({ hidesVersion: true });
      await bench.restart();
      await seen('recovering/never-ready');
      assert.ok(restarts() >= 1);
      faults().reset();
      await readyAgain();
      await bench.until(() => bench.browsers().length === 1, 'one browser');
    });

    it('a page that loads and is never ready is given up and tried again', async () => {
      await linked({ env: { TANDEM_WEBJS_READY_TIMEOUT_MS: '5000' } });
      faults().set({ neverReady: true });
      await bench.restart();
      await seen('recovering/never-ready');
      faults().reset();
      await readyAgain();
    });

    it('F10: linking ends by itself when nobody comes', async () => {
      bench = await createBench({ linkTimeoutSeconds: 8 });
      await bench.engine.commands['link.qr']?.({}, AbortSignal.timeout(15_000));
      await bench.level('unlinked');
      assert.equal(now(), 'unlinked/link-expired');
      assert.equal(bench.engine.status().offer, null);
      await bench.until(() => bench.browsers().length === 0, 'end of the browser');
    });

    for (const module of ['WAWebConnModel', 'WAWebSyncGatingUtils', 'WAWebUserPrefsMeUser']) {
      it(`F11: without ${module} it says that WhatsApp Web has changed, and goes on when it is back`, async () => {
        await linked();
        faults().set({ missingModules: [module] });
        await bench.restart();
        await seen('failed/page-changed');
        assert.ok((bench.engine.status().nextAttemptAtMs ?? 0) > 0);
        // Its class, never its text.
        assert.match(bench.engine.status().browser?.lastPageError?.name ?? '', /^\w+$/);
        faults().reset();
        await readyAgain();
      });
    }

    it('F12: a profile that another browser uses is left alone', async () => {
      bench = await createBench();
      await bench.synced();
      await bench.engine.close();
      const profile = join(bench.engineDir, 'session');
      const { executable } = requireBrowser({ setting: null });
      const args = ['--no-sandbox', ...bench.simulator.web.args];
      const other = await launch({ executablePath: executable, userDataDir: profile, pipe: true, args });
      try {
        await bench.restart();
        await seen('failed/profile-in-use');
        assert.equal(other.connected, true);
      } finally {
        await other.close();
      }
      // Nobody waits for the next try.
      await bench.engine.commands['session.reconnect']?.({}, AbortSignal.timeout(5_000));
      await readyAgain();
    });

    it('F14: an unlinked phone logs it out, and it can be linked again', async () => {
      await linked();
      const [page] = bench.simulator.web.pages();
      assert.equal(bench.simulator.phone.unlink(page?.device.id ?? 0), true);
      await bench.level('logged-out');
      assert.equal(now(), 'logged-out/logged-out');
      assert.equal(existsSync(join(bench.engineDir, 'session')), false);
      await bench.synced();
      await hearsOnce('after linking again');
    });

    it('F16: a page that does not answer is replaced', async () => {
      await linked();
      faults().hang();
      await seen('degraded/page-hung');
      await seen('recovering/page-hung');
      await readyAgain();
      assert.equal(restarts(), 1);
      await bench.until(() => bench.browsers().length === 1, 'one browser');
    });

    it('F16: a call that does not come back has the page looked at, long before the next beat', async () => {
      await linked({ env: { TANDEM_WEBJS_HEARTBEAT_MS: '600000' } });
      faults().hang();
      // The fault takes another way into the page than the call: the first calls may still be answered.
      const answers = async () => {
        for (;;) await bench.engine.commands['session.probe']?.({}, AbortSignal.timeout(20_000));
      };
      await assert.rejects(
        answers,
        (error) => error instanceof TandemError && error.code === 'ENGINE_TIMEOUT',
      );
      await seen('recovering/page-hung');
      await readyAgain();
    });

    it('what the library leaves behind is recognised, has the page looked at, and changes nothing', async () => {
      await linked({ env: { TANDEM_WEBJS_HEARTBEAT_MS: '600000' } });
      assert.equal(bench.engine.leaked(new TypeError('of our own')), false);
      assert.equal(bench.engine.leaked(new Error('Protocol error: Target closed')), true);
      assert.equal(bench.engine.leaked('auth timeout'), true);
      assert.equal(now(), 'ready/none');
      faults().hang();
      assert.equal(bench.engine.leaked(new Error('Attempted to use detached Frame')), true);
      await seen('recovering/page-hung');
      await readyAgain();
    });

    it('a call under way when the browser dies is told so, and no other waits for it', async () => {
      await linked();
      const { engine } = bench;
      faults().hang(1_000);
      const probe = engine.commands['session.probe']?.({}, AbortSignal.timeout(10_000));
      process.kill(bench.browserPid(), 'SIGKILL');
      await assert.rejects(
        async () => probe,
        (error) => error instanceof TandemError && error.code === 'CONNECTION_LOST',
      );
      await assert.rejects(
        async () => engine.commands['session.probe']?.({}, AbortSignal.timeout(10_000)),
        (error) => error instanceof TandemError && error.code === 'NOT_CONNECTED',
      );
      await readyAgain();
    });

    it('says that no browser was found, and goes on when there is one', async () => {
      bench = await createBench({ env: { TANDEM_WEBJS_EXECUTABLE: '/nowhere/chromium' } });
      assert.equal(now(), 'failed/browser-missing');
      assert.equal(bench.engine.status().lastError?.code, 'BROWSER_MISSING');
      await assert.rejects(
        async () => bench.engine.commands['link.qr']?.({}, AbortSignal.timeout(5_000)),
        (error) => error instanceof TandemError && error.code === 'BROWSER_MISSING',
      );
    });

    it('removes the lock that a dead browser left, and none that may live', async () => {
      bench = await createBench();
      await bench.synced();
      await bench.engine.close();
      const profile = join(bench.engineDir, 'session');
      await mkdir(profile, { recursive: true });
      // Above the largest pid that Linux gives out.
      symlinkSync(`${hostname()}-4194399`, join(profile, 'SingletonLock'));
      await bench.restart();
      await readyAgain();
      await bench.engine.close();
      symlinkSync('another-machine-77', join(profile, 'SingletonLock'));
      await bench.restart();
      await seen('failed/profile-in-use');
      rmSync(join(profile, 'SingletonLock'));
      await bench.engine.commands['session.reconnect']?.({}, AbortSignal.timeout(5_000));
      await readyAgain();
    });
  });
});
