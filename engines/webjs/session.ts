import { rm } from 'node:fs/promises';
import type { Page as PuppeteerPage } from 'puppeteer';
import type { Client } from 'whatsapp-web.js';
import { backoffMs } from '#engines/contract/kit/backoff.ts';
import { diskError } from '#engines/contract/kit/disk-error.ts';
import { errorOfReason } from '#engines/contract/kit/reason-errors.ts';
import { type EngineAccount, type EngineReason, reasonTexts } from '#engines/contract/state.ts';
import { requireBrowser } from '#kernel/browser-path.ts';
import { nowSeconds } from '#kernel/clock.ts';
import { TandemError, toErrorBody, toTandemError } from '#kernel/errors.ts';
import { readAccount } from './account.ts';
import { profileDir } from './browser.ts';
import { createBrowserDriver } from './browser-driver.ts';
import { createConnection } from './connection.ts';
import { sayGoodbye } from './farewell.ts';
import type { Life } from './life.ts';
import { createLinking } from './linking.ts';
import { createPage } from './page-calls.ts';
import { classOf, isFromLibrary } from './page-errors.ts';
import type { Session, SessionDeps } from './session-face.ts';
import type { LinkedSession } from './session-file.ts';
import { createTimers } from './timers.ts';
import { takePulse } from './watchdog.ts';

/** How often a full or read-only disk is tried again. */
const RECOVER_TRY_MS = 2_000;
/** How often a machine without a browser is looked over: looking costs next to nothing. */
const BROWSER_LOOK_MS = 15_000;
/** Another program has the profile; nothing hurries. */
const PROFILE_TRY_MS = 60_000;
/** What the browser needs to write the session to disk. Below the time that the engine has to stop. */
const CLOSE_GRACE_MS = 3_000;
/** One that hung or crashed has nothing more to write that it could. */
const BROKEN_GRACE_MS = 1_000;
/** After so long without a failure the next one counts as the first. */
const STABLE_MS = 60_000;
const PROBE_ANSWER_MS = 5_000;

/** Its page is well enough to write everything down before it goes. */
const CLOSES_WELL = new Set<EngineReason>(['never-ready', 'connection-lost', 'client-outdated']);
/** Trying at once would change nothing. */
const WAITS = new Set<EngineReason>(['page-changed', 'profile-in-use']);

export function createSession(deps: SessionDeps): Session {
  const { engineDir, config, sessionFile, board, desk, clock, logger } = deps;
  const timers = createTimers();
  let linked: LinkedSession | null = null;
  let started = false;
  let closed = false;
  let loggingOut = false;
  let failures = 0;
  const readyWaiters = new Set<PromiseWithResolvers<void>>();

  const isLinked = () => linked !== null;

  const connection = createConnection({
    ...deps,
    timers,
    life: () => driver.life(),
    onForget: (reason) => void forget(reason, 'logged-out'),
    onDead: (reason) => onDead(reason, null),
    onStop: (level, reason) => {
      void driver.letGo(CLOSE_GRACE_MS);
      board.set({ level, reason, lastError: errorOfReason('webjs', reason) });
    },
  });

  const linking = createLinking({
    desk,
    onConfirmed: () => {
      timers.stop('link');
      awaitReady();
    },
    onFailed: (error) => endLink('link-expired', error),
  });

  const driver = createBrowserDriver({
    ...deps,
    events: {
      onLife: (life) => {
        deps.attach(life.client, page);
        awaitReady();
      },
      onNoStart,
      onQr: (text, life) => {
        timers.stop('ready');
        if (linking.method() !== null) {
          if (!timers.runs('link')) awaitPhone();
          linking.onQr(text, life);
        } else if (isLinked() && !loggingOut) {
          // The page has forgotten what this profile was linked as.
          void forget('logged-out', 'logged-out');
        }
      },
      onAuthenticated,
      onReady: (life) => void onReady(life),
      onReloading: () => {
        onPageGone();
        board.set({ level: 'connecting', reason: 'restart-required' });
        awaitReady();
      },
      onLetGo: () => {
        timers.clear();
        onPageGone();
      },
      onState: (state) => {
        if (!loggingOut) connection.onState(state);
      },
      onPulse: (pulse, life) => {
        linking.onPulse(pulse, life);
        if (!loggingOut) connection.onPulse(pulse);
      },
      onSlow: connection.onSlow,
      onDead,
    },
  });

  function onPageGone(): void {
    connection.closed();
    board.set({ connectedSinceMs: null });
    deps.onClosed();
  }

  function connect(): void {
    timers.clear();
    board.set({ nextAttemptAtMs: null });
    void driver.letGo(CLOSE_GRACE_MS);
    void driver.begin();
  }

  /** From a start, or from the phone's word, until the page can be used. */
  function awaitReady(): void {
    timers.set('ready', config.webjsReadyTimeoutMs, () => {
      onDead(driver.life()?.missesSomething() ? 'page-changed' : 'never-ready', null);
    });
  }

  function awaitPhone(): void {
    timers.set('link', deps.linkTimeoutMs, () => {
      endLink('link-expired', new TandemError('AUTH_LINK_TIMEOUT', { engine: 'webjs' }));
    });
  }

  function onAuthenticated(): void {
    awaitReady();
    if (linking.method() === null) return;
    timers.stop('link');
    linking.end();
    if (!keep({ account: null, linkedAt: nowSeconds(clock) })) return;
    deps.onLinked();
    board.set({ level: 'connecting', reason: 'none', offer: null });
    desk.linked();
  }

  async function onReady(life: Life): Promise<void> {
    const from = life.page();
    if (from === null) return;
    const mine = driver.generation();
    let account: EngineAccount;
    try {
      account = await readAccount(from);
    } catch {
      // The next document, or the watchdog, has the word.
      return;
    }
    if (mine !== driver.generation() || !life.isReady()) return;
    timers.stop('ready');
    if (!keep({ account, linkedAt: linked?.linkedAt ?? nowSeconds(clock) })) return;
    timers.set('stable', STABLE_MS, () => {
      failures = 0;
      connection.forgive();
    });
    board.set({
      account,
      connectedSinceMs: clock.now(),
      reconnectAttempts: 0,
      nextAttemptAtMs: null,
      lastError: null,
    });
    connection.opened();
    for (const one of readyWaiters) one.resolve();
    deps.onOpen(life.client);
  }

  function keep(session: LinkedSession): boolean {
    linked = session;
    try {
      sessionFile.write(session);
      return true;
    } catch (error) {
      fail('session-store-failed', error);
      return false;
    }
  }

  /** The page, its browser or the way there is gone: another browser, after a pause. */
  function onDead(reason: EngineReason, cause: unknown): void {
    if (closed) return;
    logger.warn('browser or page lost', { reason, error: cause === null ? null : classOf(cause) });
    board.set({ lastDisconnect: { code: null, reason, atMs: clock.now() } });
    if (linking.method() !== null) {
      const error = new TandemError('ENGINE_START_FAILED', {
        engine: 'webjs',
        message: reasonTexts[reason].means,
        hint: 'Start linking again; if it lasts, run `tandem doctor`.',
        details: { stage: 'page', reason },
      });
      endLink(reason, error);
      return;
    }
    void driver.letGo(CLOSES_WELL.has(reason) ? CLOSE_GRACE_MS : BROKEN_GRACE_MS);
    for (const one of readyWaiters) one.reject(new TandemError('CONNECTION_LOST', { engine: 'webjs' }));
    if (!isLinked()) {
      settleDown();
      return;
    }
    failures += 1;
    const waits = WAITS.has(reason);
    const pause =
      reason === 'profile-in-use'
        ? PROFILE_TRY_MS
        : backoffMs(failures, waits ? 'slow' : 'normal', deps.random());
    driver.show({ restarts: (board.get().browser?.restarts ?? 0) + 1 });
    board.set({
      level: waits ? 'failed' : 'recovering',
      reason,
      lastError: errorOfReason('webjs', reason),
      reconnectAttempts: board.get().reconnectAttempts + 1,
      nextAttemptAtMs: clock.now() + pause,
    });
    timers.set('next', pause, connect);
  }

  function onNoStart(error: TandemError): void {
    if (closed) return;
    if (error.code !== 'BROWSER_MISSING') {
      onDead('browser-died', error);
      return;
    }
    if (linking.method() === null) waitForBrowser(error);
    else endLink('browser-missing', error);
  }

  function waitForBrowser(error: TandemError): void {
    logger.warn('no browser found', { error });
    board.set({ level: 'failed', reason: 'browser-missing', lastError: toErrorBody(error) });
    timers.set('next', BROWSER_LOOK_MS, settleDown);
  }

  function endLink(reason: EngineReason, error: TandemError): void {
    linking.end();
    timers.clear();
    void driver.letGo(BROKEN_GRACE_MS);
    board.set({ level: 'unlinked', reason, lastError: errorOfReason('webjs', reason) ?? toErrorBody(error) });
    desk.over(error);
    desk.clear();
  }

  function settleDown(): void {
    if (closed) return;
    if (isLinked()) {
      board.set({ level: 'connecting', reason: 'none', account: linked?.account ?? null, lastError: null });
      connect();
      return;
    }
    try {
      requireBrowser({ setting: config.webjsExecutable });
      board.set({ level: 'unlinked', reason: 'not-linked', account: null, lastError: null });
    } catch (error) {
      waitForBrowser(toTandemError(error));
    }
  }

  /** Ends the browser and destroys its profile. */
  async function forget(reason: EngineReason, level: 'logged-out' | 'unlinked'): Promise<void> {
    timers.clear();
    void driver.letGo(BROKEN_GRACE_MS);
    const mine = driver.generation();
    linked = null;
    failures = 0;
    try {
      await clearProfile();
    } catch (error) {
      fail('session-store-failed', error);
      return;
    }
    if (mine !== driver.generation()) return;
    board.set({
      level,
      reason,
      account: null,
      lastError: errorOfReason('webjs', reason),
      reconnectAttempts: 0,
    });
  }

  async function clearProfile(): Promise<void> {
    await driver.ended();
    await driver.sweep();
    sessionFile.remove();
    await rm(profileDir(engineDir), { recursive: true, force: true, maxRetries: 4 });
  }

  function fail(reason: 'session-store-failed' | 'outbox-failed', error: unknown): void {
    if (closed || (board.get().level === 'failed' && board.get().reason === reason)) return;
    logger.error('the disk refuses, so the engine stopped listening', { reason, error });
    linking.end();
    void driver.letGo(CLOSE_GRACE_MS);
    board.set({ level: 'failed', reason, lastError: toErrorBody(diskError('webjs', error)) });
    timers.set('next', RECOVER_TRY_MS, recover);
  }

  function recover(): void {
    try {
      if (linked === null) linked = sessionFile.read();
      else sessionFile.write(linked);
      if (deps.canWrite()) {
        settleDown();
        return;
      }
    } catch (error) {
      logger.debug('the disk still refuses', { error });
    }
    timers.set('next', RECOVER_TRY_MS, recover);
  }

  function open() {
    if (!started) throw new TandemError('ENGINE_STARTING', { engine: 'webjs' });
    if (!isLinked()) throw new TandemError('NOT_AUTHENTICATED', { engine: 'webjs' });
    const life = driver.life();
    const from = life?.page() ?? null;
    if (life === null || from === null || !life.isReady() || connection.isOffline()) {
      throw new TandemError('NOT_CONNECTED', { engine: 'webjs', details: { reason: board.get().reason } });
    }
    return { client: life.client, page: from, gone: life.gone(), suspect: life.check };
  }

  const page = createPage({ open, callTimeoutMs: config.webjsCallTimeoutMs });

  function reload(): boolean {
    if (!started || closed || !isLinked()) return false;
    failures = 0;
    connection.forgive();
    const life = driver.life();
    if (life?.isReady()) life.reload();
    else settleDown();
    return true;
  }

  return {
    start: async () => {
      try {
        linked = sessionFile.read();
        if (linked === null) await clearProfile();
        started = true;
        settleDown();
      } catch (error) {
        started = true;
        fail('session-store-failed', error);
      }
    },
    close: async () => {
      closed = true;
      timers.clear();
      const gone = driver.letGo(CLOSE_GRACE_MS);
      desk.over(new TandemError('SHUTTING_DOWN', { engine: 'webjs' }));
      await gone;
      board.set({ level: 'stopped', reason: 'none' });
    },
    page,
    self: () => ({ pn: linked?.account?.pn ?? null, lid: linked?.account?.lid ?? null }),
    isLinked,
    connectionEnd: connection.end,
    beginLink: async (how) => {
      if (!started || closed) throw new TandemError('ENGINE_STARTING', { engine: 'webjs' });
      requireBrowser({ setting: config.webjsExecutable });
      if (how.method === 'qr' && linking.method() === 'qr') return;
      if (linking.method() !== null) desk.over(new TandemError('AUTH_PAIRING_FAILED', { engine: 'webjs' }));
      timers.clear();
      void driver.letGo(BROKEN_GRACE_MS);
      desk.clear();
      linking.begin(how);
      board.set({ level: 'linking', reason: 'none', account: null, lastError: null, offer: null });
      awaitPhone();
      const cleared = clearProfile();
      const mine = driver.generation();
      try {
        await cleared;
      } catch (error) {
        if (mine === driver.generation()) fail('session-store-failed', error);
        throw diskError('webjs', error);
      }
      if (mine !== driver.generation()) throw new TandemError('AUTH_PAIRING_FAILED', { engine: 'webjs' });
      void driver.begin();
    },
    logout: async () => {
      if (!isLinked()) return { unlinkedOnServer: false, sessionDeleted: false };
      loggingOut = true;
      try {
        const life = driver.life();
        const from = life?.isReady() && !connection.isOffline() ? life.page() : null;
        const unlinkedOnServer = from !== null && (await sayGoodbye(from));
        await forget('not-linked', 'unlinked');
        return { unlinkedOnServer, sessionDeleted: !isLinked() };
      } finally {
        loggingOut = false;
      }
    },
    probe: async (signal) => {
      const startedAt = performance.now();
      const look = (client: Client) => takePulse(client.pupPage as PuppeteerPage);
      const deadlineMs = Math.min(PROBE_ANSWER_MS, config.webjsCallTimeoutMs);
      const { state } = await page.run('session.probe', look, { deadlineMs, signal });
      if (state !== 'CONNECTED') {
        throw new TandemError('NOT_CONNECTED', { engine: 'webjs', details: { reason: 'connection-lost' } });
      }
      return performance.now() - startedAt;
    },
    reload,
    reloaded: async (signal) => {
      open();
      const ready = Promise.withResolvers<void>();
      const onAbort = () => ready.reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      readyWaiters.add(ready);
      try {
        reload();
        await ready.promise;
      } finally {
        readyWaiters.delete(ready);
        signal.removeEventListener('abort', onAbort);
      }
    },
    fail,
    leaked: (error) => {
      if (!isFromLibrary(error)) return false;
      driver.life()?.check();
      return true;
    },
    settle: connection.settle,
  };
}
