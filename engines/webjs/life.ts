import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'puppeteer';
import type { Client } from 'whatsapp-web.js';
import type { EngineReason } from '#engines/contract/state.ts';
import { closeBrowser, type launchOptions, profileDir } from './browser.ts';
import { createClient } from './client.ts';
import { classOf, isChanged, isGone, reasonOfStart } from './page-errors.ts';
import { createWatchdog, type Pulse, type Watchdog } from './watchdog.ts';

/** One browser with its page, from the start of the process to its end. */
export interface Life {
  readonly client: Client;
  /** Null before the browser runs. */
  page(): Page | null;
  /** Aborted when the page is gone, loads anew, or this life ends. */
  gone(): AbortSignal;
  isReady(): boolean;
  /** The phone has confirmed, or the kept session was taken; the page is not ready yet. */
  isAuthenticated(): boolean;
  /** Since it began, the page has missed something that it should have. */
  missesSomething(): boolean;
  start(): void;
  check(): void;
  reload(): void;
  /** Resolves when no process of it is left. */
  end(graceMs: number): Promise<void>;
}

/** All are called only while the life has not ended. */
export interface LifeHooks {
  readonly onLaunched: (browser: Browser) => void;
  readonly onQr: (text: string) => void;
  /** Once for each document. */
  readonly onAuthenticated: () => void;
  /** Once for each document. */
  readonly onReady: () => void;
  /** A page that was ready loads again. */
  readonly onReloading: () => void;
  readonly onState: (state: string) => void;
  readonly onPulse: (pulse: Pulse) => void;
  readonly onSlow: (slow: boolean) => void;
  readonly onPageError: (name: string) => void;
  /** Once; the owner ends it. */
  readonly onDead: (reason: EngineReason, error: unknown) => void;
}

export interface LifeSettings {
  readonly engineDir: string;
  /** Given the signal that aborts the start of the browser. */
  readonly launch: (signal: AbortSignal) => ReturnType<typeof launchOptions>;
  /** Null = its own is known only once it runs. */
  readonly userAgent: string | null;
  readonly readyTimeoutMs: number;
  readonly callTimeoutMs: number;
  readonly heartbeatMs: number;
}

/** While it is not ready yet, the page is looked at more often: there is something to help with. */
const EARLY_BEAT_MS = 1_000;
const VERSION_TIMEOUT_MAX_MS = 30_000;
/** A start that was aborted is over by then. */
const ABORTED_START_MS = 5_000;
/** So many looks in a row must find a page ready that did not tell the library. */
const RESCUE_AFTER_PULSES = 2;
/** Not everything that a page misses keeps it from being ready. */
const MISSING_GRACE_MS = 3_000;

export function createLife(settings: LifeSettings, hooks: LifeHooks): Life {
  const launch = new AbortController();
  let browser: Browser | null = null;
  let page: Page | null = null;
  let watchdog: Watchdog | null = null;
  let starting: Promise<void> = Promise.resolve();
  let ending: Promise<void> | null = null;
  let dead = false;
  let misses = false;
  let gone = new AbortController();
  let document = 0;
  let authenticated = 0;
  let ready = 0;
  let unheard = 0;

  const client = createClient(
    {
      engineDir: settings.engineDir,
      launch: settings.launch(launch.signal),
      versionTimeoutMs: Math.min(settings.readyTimeoutMs, VERSION_TIMEOUT_MAX_MS),
    },
    {
      onLaunched: async (started, first) => {
        browser = started;
        page = first;
        if (ending !== null) return;
        hooks.onLaunched(started);
        watchdog = createWatchdog({
          browser: started,
          page: first,
          heartbeatMs: () =>
            isReady() ? settings.heartbeatMs : Math.min(EARLY_BEAT_MS, settings.heartbeatMs),
          deadlineMs: settings.callTimeoutMs,
          onPulse,
          onSlow: hooks.onSlow,
          onPageError: (name, changed) => {
            misses ||= changed;
            hooks.onPageError(name);
            if (changed) unlessReady();
          },
          onDead: (reason) => die(reason, null),
        });
        if (settings.userAgent === null) {
          await first.setUserAgent({ userAgent: (await started.userAgent()).replace('Headless', '') });
        }
      },
      onDocument: () => {
        const wasReady = isReady();
        document += 1;
        unheard = 0;
        gone.abort();
        gone = new AbortController();
        if (wasReady && ending === null) hooks.onReloading();
      },
      onBroken: (error) => {
        if (ending !== null) return;
        // The watchdog knows better whether the page is gone.
        if (isGone(error)) return watchdog?.check();
        misses ||= isChanged(error);
        hooks.onPageError(classOf(error));
        die(isChanged(error) ? 'page-changed' : 'never-ready', error);
      },
    },
  );

  /** What the library misses on its way to being ready it only tells the page. */
  function unlessReady(): void {
    const seen = document;
    setTimeout(() => {
      if (document === seen && authenticated === seen && !isReady()) die('page-changed', null);
    }, MISSING_GRACE_MS).unref();
  }

  const isReady = () => document > 0 && ready === document;

  function die(reason: EngineReason, error: unknown): void {
    if (dead || ending !== null) return;
    dead = true;
    gone.abort();
    hooks.onDead(reason, error);
  }

  function onPulse(pulse: Pulse): void {
    const lost =
      document > 0 &&
      authenticated !== document &&
      pulse.listening &&
      pulse.hasSynced &&
      pulse.state === 'CONNECTED';
    unheard = lost ? unheard + 1 : 0;
    // It had synced before the library listened: nobody will tell it any more.
    if (unheard === RESCUE_AFTER_PULSES) {
      page
        ?.evaluate(() =>
          (globalThis as unknown as { onAppStateHasSyncedEvent(): void }).onAppStateHasSyncedEvent(),
        )
        .catch(() => undefined);
    }
    hooks.onPulse(pulse);
  }

  const on = (event: string, listener: (...args: never[]) => void) => {
    client.on(
      event as never,
      ((...args: never[]) => {
        if (!dead && ending === null) listener(...args);
      }) as never,
    );
  };
  on('qr', (text: string) => hooks.onQr(text));
  on('authenticated', () => {
    if (authenticated === document) return;
    authenticated = document;
    hooks.onAuthenticated();
  });
  on('ready', () => {
    if (isReady()) return;
    ready = document;
    hooks.onReady();
  });
  on('change_state', (state: string) => hooks.onState(state));
  on('disconnected', (reason: string) => {
    // Other reasons are states, which were told before.
    if (reason === 'LOGOUT') hooks.onState('LOGOUT');
  });

  async function finish(graceMs: number): Promise<void> {
    watchdog?.stop();
    client.removeAllListeners();
    gone.abort();
    if (browser === null) {
      launch.abort();
      await Promise.race([starting, delay(ABORTED_START_MS, undefined, { ref: false })]);
    }
    if (browser !== null) await closeBrowser(browser, graceMs, profileDir(settings.engineDir));
  }

  return {
    client,
    page: () => page,
    gone: () => gone.signal,
    isReady,
    isAuthenticated: () => document > 0 && authenticated === document,
    missesSomething: () => misses,
    start: () => {
      starting = client.initialize().then(
        () => watchdog?.check(),
        (error: unknown) => {
          misses ||= isChanged(error);
          if (isChanged(error)) hooks.onPageError(classOf(error));
          die(page !== null && browser?.connected === false ? 'browser-died' : reasonOfStart(error), error);
        },
      );
    },
    check: () => watchdog?.check(),
    reload: () => {
      page?.reload({ waitUntil: 'load', timeout: settings.readyTimeoutMs }).catch((error: unknown) => {
        if (isGone(error)) watchdog?.check();
        else die(reasonOfStart(error), error);
      });
    },
    end: (graceMs) => {
      ending ??= finish(graceMs);
      return ending;
    },
  };
}
