import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page as PuppeteerPage } from 'puppeteer';
import type { Client } from 'whatsapp-web.js';
import type { EngineAccount, EngineBrowser, EngineReason } from '#engines/contract/state.ts';
import { requireBrowser } from '#kernel/browser-path.ts';
import { type Clock, nowSeconds } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import { TandemError, toErrorBody, toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { readAccount } from './account.ts';
import { backoffMs } from './backoff.ts';
import { launchOptions, noteBrowser, ownUserAgent, profileDir, sweep } from './browser.ts';
import type { Impairments } from './impairments.ts';
import { createLife, type Life } from './life.ts';
import type { LinkDesk } from './link.ts';
import type { Page } from './page.ts';
import { logOut, refreshQr, takeOver } from './page-acts.ts';
import { createPage } from './page-calls.ts';
import { classOf, isFromLibrary, isGone } from './page-errors.ts';
import { diskError, errorOfReason } from './reason-errors.ts';
import type { Self } from './self.ts';
import type { LinkedSession, SessionFile } from './session-file.ts';
import { decideState, reasonOfAction, type StateAction } from './states.ts';
import type { StatusBoard } from './status-board.ts';
import { createTimers } from './timers.ts';
import { type Pulse, takePulse } from './watchdog.ts';

export type LinkRequest = { readonly method: 'qr' } | { readonly method: 'code'; readonly phone: string };

/** Connects, stays connected, and says at every moment what is wrong. At most one browser lives at a time. */
export interface Session {
  /** Connects when a device is linked; returns without waiting for the connection. */
  start(): Promise<void>;
  close(): Promise<void>;
  readonly page: Page;
  self(): Self;
  isLinked(): boolean;
  /** Starts over with a fresh profile, unless a QR attempt runs already. Throws BROWSER_MISSING, ENGINE_STARTING. */
  beginLink(how: LinkRequest): Promise<void>;
  /** Unlinks the device and destroys its profile. */
  logout(): Promise<{ readonly unlinkedOnServer: boolean; readonly sessionDeleted: boolean }>;
  /** A round trip through the page, which says whether it is connected; in milliseconds. */
  probe(signal: AbortSignal): Promise<number>;
  /** Loads the page again with the same session; false when there is none to load. Returns at once. */
  reload(): boolean;
  /** The same, done when the page is ready again. Throws NOT_AUTHENTICATED, NOT_CONNECTED, WHATSAPP_API_ERROR. */
  reloaded(signal: AbortSignal): Promise<void>;
  /** The disk refuses. Synchronous: after it nothing is taken from the page any more. */
  fail(reason: 'session-store-failed' | 'outbox-failed', error: unknown): void;
  /** A rejection that nobody awaited: true when it came from the library, which then is looked at. */
  leaked(error: unknown): boolean;
  /** What works in the page of today has changed. */
  impairmentsChanged(): void;
}

export interface SessionDeps {
  readonly engineDir: string;
  readonly config: Pick<
    Config,
    | 'webjsExecutable'
    | 'webjsArgs'
    | 'webjsHeadless'
    | 'webjsSandbox'
    | 'webjsUserAgent'
    | 'webjsReadyTimeoutMs'
    | 'webjsCallTimeoutMs'
    | 'webjsHeartbeatMs'
  >;
  readonly sessionFile: SessionFile;
  readonly board: StatusBoard;
  readonly desk: LinkDesk;
  readonly impairments: Impairments;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly linkTimeoutMs: number;
  /** Called once for each new client, before its first event: events of the library are heard here. */
  readonly attach: (client: Client, page: Page) => void;
  /** The page is ready: after each start and each reload, once for each document. */
  readonly onOpen: (client: Client) => void;
  /** The page is gone, or loads again. */
  readonly onClosed: () => void;
  /** True when everything held back is on disk again. */
  readonly canWrite: () => boolean;
}

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
/** A page that has not come back by itself after so long is loaded again. */
const OFFLINE_MAX_MS = 120_000;
const LOGOUT_ANSWER_MS = 5_000;
const PROBE_ANSWER_MS = 5_000;
/** The page asks for another code by itself after so long. */
const CODE_VALID_MS = 180_000;

export function createSession(deps: SessionDeps): Session {
  const { engineDir, config, sessionFile, board, desk, clock, logger } = deps;
  let life: Life | null = null;
  /** Events and promises of older lives are ignored by it. */
  let generation = 0;
  let linked: LinkedSession | null = null;
  let started = false;
  let closed = false;
  let loggingOut = false;
  let linkMethod: LinkRequest['method'] | null = null;
  let failures = 0;
  let takeovers = 0;
  let outdated = false;
  let offline: { readonly reason: EngineReason; readonly sinceMs: number } | null = null;
  let slow = false;
  /** The browser before the next one: two must never share the profile. */
  let closing: Promise<void> = Promise.resolve();
  let userAgent: { readonly executable: string; readonly text: string | null } | null = null;
  const readyWaiters = new Set<{ resolve(): void; reject(error: TandemError): void }>();
  const timers = createTimers();

  const isLinked = () => linked !== null;

  // --- start and end of a browser ---

  /** Ends the browser without waiting for it; its events count no more. */
  function letGo(graceMs: number): Promise<void> {
    const gone = life;
    generation += 1;
    life = null;
    offline = null;
    slow = false;
    timers.clear();
    const { browser } = board.get();
    board.set({
      connectedSinceMs: null,
      nextAttemptAtMs: null,
      browser: browser === null ? null : { ...browser, pid: null },
    });
    if (gone === null) return closing;
    deps.onClosed();
    closing = Promise.all([closing, gone.end(graceMs)])
      .then(() => undefined)
      .catch((error: unknown) => logger.warn('browser not closed cleanly', { error: classOf(error) }));
    return closing;
  }

  /** Starts a browser on the profile as it is. The level was set by the caller. */
  async function connect(): Promise<void> {
    void letGo(CLOSE_GRACE_MS);
    const mine = generation;
    await closing;
    let executable: string;
    try {
      ({ executable } = requireBrowser({ setting: config.webjsExecutable }));
      const ended = await sweep(engineDir);
      if (ended > 0) logger.warn('a browser of an earlier engine was ended', { processes: ended });
      if (userAgent?.executable !== executable) {
        userAgent = { executable, text: config.webjsUserAgent ?? (await ownUserAgent(executable)) };
      }
    } catch (error) {
      if (mine === generation && !closed) onNoStart(toTandemError(error));
      return;
    }
    if (mine !== generation || closed) return;
    const agent = userAgent.text;
    const next = createLife(
      {
        engineDir,
        launch: (signal) => launchOptions(config, executable, agent, signal),
        readyTimeoutMs: config.webjsReadyTimeoutMs,
        callTimeoutMs: config.webjsCallTimeoutMs,
        heartbeatMs: config.webjsHeartbeatMs,
      },
      {
        onLaunched: (browser) => onLaunched(browser, executable),
        onQr: (text) => onQr(text, next),
        onAuthenticated,
        onReady: () => void onReady(next, mine),
        onReloading: () => {
          deps.onClosed();
          board.set({ level: 'connecting', reason: 'restart-required', connectedSinceMs: null });
          awaitReady();
        },
        onState,
        onPulse: (pulse) => onPulse(pulse, next),
        onSlow: (now) => {
          slow = now;
          settleLevel();
        },
        onPageError: (name) => showBrowser({ lastPageError: { name, atMs: clock.now() } }),
        onDead,
      },
    );
    life = next;
    deps.attach(next.client, page);
    awaitReady();
    next.start();
  }

  function onNoStart(error: TandemError): void {
    logger.warn('browser not started', { error });
    if (error.code !== 'BROWSER_MISSING') {
      onDead('browser-died', error);
      return;
    }
    if (linkMethod !== null) {
      endLink('browser-missing', error);
      return;
    }
    waitForBrowser(error);
  }

  function waitForBrowser(error: TandemError): void {
    board.set({ level: 'failed', reason: 'browser-missing', lastError: toErrorBody(error) });
    timers.set('next', BROWSER_LOOK_MS, settleDown);
  }

  function onLaunched(browser: Browser, executable: string): void {
    const pid = browser.process()?.pid ?? null;
    if (pid !== null) noteBrowser(engineDir, pid);
    const before = board.get().browser;
    board.set({
      browser: {
        pid,
        executable,
        version: before?.version ?? null,
        pageVersion: null,
        restarts: before?.restarts ?? 0,
        lastPageError: before?.lastPageError ?? null,
      },
    });
    browser.version().then(
      (version) => showBrowser({ version }),
      () => undefined,
    );
  }

  function showBrowser(change: Partial<EngineBrowser>): void {
    const { browser } = board.get();
    if (browser !== null) board.set({ browser: { ...browser, ...change } });
  }

  /** From a start, or from the phone's word, until the page can be used. */
  function awaitReady(): void {
    timers.set('ready', config.webjsReadyTimeoutMs, () => {
      onDead(life?.missesSomething() ? 'page-changed' : 'never-ready', null);
    });
  }

  // --- linking ---

  function onQr(text: string, from: Life): void {
    timers.stop('ready');
    if (linkMethod === 'qr') {
      desk.showQr(text);
      return;
    }
    if (linkMethod === null) {
      // The page has forgotten what this profile was linked as.
      if (isLinked() && !loggingOut) void forget('logged-out', 'logged-out');
      return;
    }
    if (codeFor === null) return;
    const phone = codeFor;
    codeFor = null;
    void requestCode(from, phone);
  }

  /** The number that a code is to be asked for, until it was. */
  let codeFor: string | null = null;

  async function requestCode(from: Life, phone: string): Promise<void> {
    const mine = generation;
    from.client.on('code', (code: string) => {
      if (mine === generation && linkMethod === 'code') desk.showCode(code, CODE_VALID_MS);
    });
    try {
      await from.client.requestPairingCode(phone, true, CODE_VALID_MS);
    } catch (cause) {
      if (mine !== generation || linkMethod !== 'code') return;
      endLink('link-expired', new TandemError('AUTH_PAIRING_FAILED', { engine: 'webjs', cause }));
    }
  }

  function onAuthenticated(): void {
    awaitReady();
    if (linkMethod === null) return;
    timers.stop('link');
    linkMethod = null;
    if (!keep({ account: null, linkedAt: nowSeconds(clock) })) return;
    board.set({ level: 'connecting', reason: 'none', offer: null });
    desk.linked();
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

  function endLink(reason: EngineReason, error: TandemError): void {
    linkMethod = null;
    codeFor = null;
    void letGo(BROKEN_GRACE_MS);
    board.set({ level: 'unlinked', reason, lastError: errorOfReason(reason) ?? toErrorBody(error) });
    desk.over(error);
    desk.clear();
  }

  // --- connected ---

  async function onReady(from: Life, mine: number): Promise<void> {
    const puppeteerPage = from.page();
    if (puppeteerPage === null) return;
    let account: EngineAccount;
    try {
      account = await readAccount(puppeteerPage);
    } catch {
      // The next document, or the watchdog, has the word.
      return;
    }
    if (mine !== generation || !from.isReady()) return;
    timers.stop('ready');
    offline = null;
    if (!keep({ account, linkedAt: linked?.linkedAt ?? nowSeconds(clock) })) return;
    timers.set('stable', STABLE_MS, () => {
      failures = 0;
      takeovers = 0;
    });
    outdated = false;
    board.set({
      account,
      sync: {
        phase: 'done',
        percent: 100,
        chats: board.get().sync.chats,
        messages: board.get().sync.messages,
      },
      connectedSinceMs: clock.now(),
      reconnectAttempts: 0,
      nextAttemptAtMs: null,
      lastError: null,
    });
    settleLevel();
    for (const one of [...readyWaiters]) one.resolve();
    deps.onOpen(from.client);
  }

  /** The level of a page that is ready. */
  function settleLevel(): void {
    if (life === null || !life.isReady() || linked?.account === null) return;
    if (offline !== null) board.set({ level: 'recovering', reason: offline.reason });
    else if (slow) board.set({ level: 'degraded', reason: 'page-hung' });
    else if (deps.impairments.any()) board.set({ level: 'degraded', reason: 'page-changed' });
    else board.set({ level: 'ready', reason: 'none' });
  }

  function onPulse(pulse: Pulse, from: Life): void {
    if (pulse.version !== null) showBrowser({ pageVersion: pulse.version });
    if (pulse.state === null) return;
    if (linkMethod !== null) {
      // The library means to do this and asks the wrong side for it.
      if (pulse.state === 'UNPAIRED_IDLE')
        from
          .page()
          ?.evaluate(refreshQr)
          .catch(() => undefined);
      return;
    }
    if (!from.isReady()) return;
    if (offline !== null && pulse.state !== 'CONNECTED' && clock.now() - offline.sinceMs > OFFLINE_MAX_MS) {
      onDead(offline.reason, null);
      return;
    }
    // What the library has not told: it hears changes only.
    if (pulse.state !== 'CONNECTED' ? offline === null : offline !== null) onState(pulse.state);
  }

  function onState(state: string): void {
    if (loggingOut) return;
    const action = decideState({ state, takeovers, reloadedAsOutdated: outdated });
    if (action.do === 'nothing') {
      if (offline !== null) logger.info('page connected again');
      offline = null;
      settleLevel();
      return;
    }
    board.set({ lastDisconnect: { code: null, reason: reasonOfAction(action), atMs: clock.now() } });
    logger.info('page state', { state, action: action.do });
    act(action);
  }

  function act(action: Exclude<StateAction, { do: 'nothing' }>): void {
    switch (action.do) {
      case 'wait':
        offline ??= { reason: action.reason, sinceMs: clock.now() };
        settleLevel();
        return;
      case 'take-over': {
        if (timers.runs('takeover')) return;
        takeovers += 1;
        offline = { reason: 'replaced', sinceMs: clock.now() };
        settleLevel();
        const from = life;
        timers.set('takeover', backoffMs(takeovers, 'normal', deps.random()), () => {
          from
            ?.page()
            ?.evaluate(takeOver)
            .catch(() => from.check());
        });
        return;
      }
      case 'forget':
        void forget(action.reason, 'logged-out');
        return;
      case 'restart':
        outdated ||= action.reason === 'client-outdated';
        onDead(action.reason, null);
        return;
      case 'stop':
        void letGo(CLOSE_GRACE_MS);
        board.set({ level: action.level, reason: action.reason, lastError: errorOfReason(action.reason) });
    }
  }

  /** The page, its browser or the way there is gone: another browser, after a pause. */
  function onDead(reason: EngineReason, error: unknown): void {
    if (closed) return;
    logger.warn('browser or page lost', { reason, error: error === null ? null : classOf(error) });
    board.set({ lastDisconnect: { code: null, reason, atMs: clock.now() } });
    if (linkMethod !== null) {
      endLink(
        reason,
        new TandemError('ENGINE_START_FAILED', { engine: 'webjs', details: { stage: 'page', reason } }),
      );
      return;
    }
    void letGo(reason === 'never-ready' || reason === 'connection-lost' ? CLOSE_GRACE_MS : BROKEN_GRACE_MS);
    for (const one of [...readyWaiters]) one.reject(new TandemError('CONNECTION_LOST', { engine: 'webjs' }));
    if (!isLinked()) {
      settleDown();
      return;
    }
    failures += 1;
    const waits = reason === 'page-changed' || reason === 'profile-in-use';
    const pause =
      reason === 'profile-in-use'
        ? PROFILE_TRY_MS
        : backoffMs(failures, waits ? 'slow' : 'normal', deps.random());
    showBrowser({ restarts: (board.get().browser?.restarts ?? 0) + 1 });
    board.set({
      level: waits ? 'failed' : 'recovering',
      reason,
      lastError: errorOfReason(reason),
      reconnectAttempts: board.get().reconnectAttempts + 1,
      nextAttemptAtMs: clock.now() + pause,
    });
    timers.set('next', pause, () => void connect());
  }

  // --- the session itself ---

  function settleDown(): void {
    if (closed) return;
    if (isLinked()) {
      board.set({ level: 'connecting', reason: 'none', account: linked?.account ?? null, lastError: null });
      void connect();
      return;
    }
    try {
      requireBrowser({ setting: config.webjsExecutable });
    } catch (error) {
      waitForBrowser(toTandemError(error));
      return;
    }
    board.set({ level: 'unlinked', reason: 'not-linked', account: null, lastError: null });
  }

  /** Ends the browser and destroys its profile. */
  async function forget(reason: EngineReason, level: 'logged-out' | 'unlinked'): Promise<void> {
    void letGo(BROKEN_GRACE_MS);
    const mine = generation;
    linked = null;
    failures = 0;
    try {
      await clearProfile();
    } catch (error) {
      return fail('session-store-failed', error);
    }
    if (mine !== generation) return;
    board.set({ level, reason, account: null, lastError: errorOfReason(reason), reconnectAttempts: 0 });
  }

  async function clearProfile(): Promise<void> {
    await closing;
    sessionFile.remove();
    await rm(profileDir(engineDir), { recursive: true, force: true, maxRetries: 4 });
  }

  function fail(reason: 'session-store-failed' | 'outbox-failed', error: unknown): void {
    if (closed || (board.get().level === 'failed' && board.get().reason === reason)) return;
    logger.error('the disk refuses, so the engine stopped listening', { reason, error });
    linkMethod = null;
    void letGo(CLOSE_GRACE_MS);
    board.set({ level: 'failed', reason, lastError: toErrorBody(diskError(error)) });
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
    const now = life?.page() ?? null;
    if (life === null || now === null || !life.isReady() || offline !== null) {
      throw new TandemError('NOT_CONNECTED', { engine: 'webjs', details: { reason: board.get().reason } });
    }
    const { client, check } = life;
    return { client, page: now, gone: life.gone(), suspect: check };
  }

  const page = createPage({ open, callTimeoutMs: config.webjsCallTimeoutMs });

  return {
    start: async () => {
      try {
        linked = sessionFile.read();
        await sweep(engineDir);
        if (linked === null) await clearProfile();
      } catch (error) {
        started = true;
        return fail('session-store-failed', error);
      }
      started = true;
      settleDown();
    },
    close: async () => {
      closed = true;
      const gone = letGo(CLOSE_GRACE_MS);
      desk.over(new TandemError('SHUTTING_DOWN', { engine: 'webjs' }));
      await gone;
      board.set({ level: 'stopped', reason: 'none' });
    },
    page,
    self: () => ({ pn: linked?.account?.pn ?? null, lid: linked?.account?.lid ?? null }),
    isLinked,
    beginLink: async (how) => {
      if (!started || closed) throw new TandemError('ENGINE_STARTING', { engine: 'webjs' });
      requireBrowser({ setting: config.webjsExecutable });
      if (how.method === 'qr' && linkMethod === 'qr') return;
      if (linkMethod !== null) desk.over(new TandemError('AUTH_PAIRING_FAILED', { engine: 'webjs' }));
      void letGo(BROKEN_GRACE_MS);
      const mine = generation;
      desk.clear();
      linkMethod = how.method;
      codeFor = how.method === 'code' ? how.phone : null;
      board.set({ level: 'linking', reason: 'none', account: null, lastError: null, offer: null });
      try {
        await clearProfile();
      } catch (error) {
        if (mine === generation) fail('session-store-failed', error);
        throw diskError(error);
      }
      if (mine !== generation) throw new TandemError('AUTH_PAIRING_FAILED', { engine: 'webjs' });
      void connect();
      timers.set('link', deps.linkTimeoutMs, () => {
        endLink('link-expired', new TandemError('AUTH_LINK_TIMEOUT', { engine: 'webjs' }));
      });
    },
    logout: async () => {
      if (!isLinked()) return { unlinkedOnServer: false, sessionDeleted: false };
      loggingOut = true;
      try {
        const unlinkedOnServer = await tellServer();
        await forget('not-linked', 'unlinked');
        return { unlinkedOnServer, sessionDeleted: !isLinked() };
      } finally {
        loggingOut = false;
      }
    },
    probe: async (signal) => {
      const startedAt = performance.now();
      const { state } = await page.run(
        'session.probe',
        ({ pupPage }) => takePulse(pupPage as PuppeteerPage),
        {
          deadlineMs: Math.min(PROBE_ANSWER_MS, config.webjsCallTimeoutMs),
          signal,
        },
      );
      if (state !== 'CONNECTED') {
        throw new TandemError('NOT_CONNECTED', { engine: 'webjs', details: { reason: 'connection-lost' } });
      }
      return performance.now() - startedAt;
    },
    reload,
    reloaded: async (signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const one = { resolve, reject };
      const onAbort = () => reject(signal.reason);
      open();
      signal.addEventListener('abort', onAbort, { once: true });
      readyWaiters.add(one);
      try {
        reload();
        await promise;
      } finally {
        readyWaiters.delete(one);
        signal.removeEventListener('abort', onAbort);
      }
    },
    fail,
    leaked: (error) => {
      if (!isFromLibrary(error)) return false;
      life?.check();
      return true;
    },
    impairmentsChanged: settleLevel,
  };

  function reload(): boolean {
    if (!started || closed || !isLinked()) return false;
    failures = 0;
    takeovers = 0;
    if (life?.isReady()) life.reload();
    else settleDown();
    return true;
  }

  async function tellServer(): Promise<boolean> {
    const now = life?.page() ?? null;
    if (now === null || !life?.isReady() || offline !== null) return false;
    const told = now.evaluate(logOut).then(
      () => true,
      // The page says goodbye by leaving.
      (error: unknown) => isGone(error),
    );
    return Promise.race([told, delay(LOGOUT_ANSWER_MS, false, { ref: false })]);
  }
}
