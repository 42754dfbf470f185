import type { Browser, Page } from 'puppeteer';
import type { EngineReason } from '#engines/contract/state.ts';
import { classOf, isChanged, isGone, isNoAnswer } from './page-errors.ts';

/** What the page says of itself; nulls while it has not loaded so far. */
export interface Pulse {
  /** Of the connection to WhatsApp: CONNECTED, OPENING, TIMEOUT, CONFLICT, UNPAIRED, … */
  readonly state: string | null;
  readonly hasSynced: boolean;
  readonly version: string | null;
  /** The library waits for the page to have synced. */
  readonly listening: boolean;
}

export interface Watchdog {
  /** Looks now instead of at the next beat: a call has not come back, or a rejection was left behind. */
  check(): void;
  stop(): void;
}

export interface WatchdogOptions {
  readonly browser: Browser;
  readonly page: Page;
  /** Asked before each beat. */
  readonly heartbeatMs: () => number;
  /** No answer for so long = hung. */
  readonly deadlineMs: number;
  readonly onPulse: (pulse: Pulse) => void;
  /** The answer takes longer than it should; false = it came after all. */
  readonly onSlow: (slow: boolean) => void;
  /** Once. Nothing is heard from this page any more. */
  readonly onDead: (reason: EngineReason) => void;
  /** The page complained: class of the error, and whether it misses something. */
  readonly onPageError: (name: string, changed: boolean) => void;
}

/** An answer later than this part of the deadline is worth telling. */
const SLOW_PART = 1 / 3;
const CLOSED_MS = 100;

/**
 * The library says nothing when the page crashes, hangs or goes away with its browser: calls then wait for ever. So
 * the page is asked every few moments, and those who know are listened to.
 */
export function createWatchdog(options: WatchdogOptions): Watchdog {
  const { browser, page, heartbeatMs, deadlineMs } = options;
  let stopped = false;
  let asking = false;
  let timer: NodeJS.Timeout | null = setTimeout(beat, heartbeatMs());

  function dead(reason: EngineReason): void {
    if (stopped) return;
    stop();
    options.onDead(reason);
  }

  function beat(): void {
    if (stopped || asking) return;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    asking = true;
    let slow = false;
    const slowTimer = setTimeout(() => {
      slow = true;
      if (!stopped) options.onSlow(true);
    }, deadlineMs * SLOW_PART);
    const hungTimer = setTimeout(() => dead('page-hung'), deadlineMs);
    takePulse(page)
      .then(
        (pulse) => {
          if (stopped) return;
          if (slow) options.onSlow(false);
          options.onPulse(pulse);
        },
        (error: unknown) => onFailure(error),
      )
      .finally(() => {
        clearTimeout(slowTimer);
        clearTimeout(hungTimer);
        asking = false;
        if (!stopped) timer = setTimeout(beat, heartbeatMs());
      });
  }

  function onFailure(error: unknown): void {
    if (stopped) return;
    if (!browser.connected) {
      dead('browser-died');
      return;
    }
    if (isNoAnswer(error)) {
      dead('page-hung');
      return;
    }
    // Between two documents there is nothing to ask; a page that is gone for good says so as well.
    if (isGone(error) && (page.isClosed() || page.mainFrame().detached)) dead('page-crashed');
  }

  const onCrash = () => dead('page-crashed');
  // A browser that dies closes its pages first.
  const onClose = () =>
    setTimeout(() => dead(browser.connected ? 'page-crashed' : 'browser-died'), CLOSED_MS);
  const onDisconnected = () => dead('browser-died');
  const onPageError = (error: unknown) => options.onPageError(classOf(error), isChanged(error));
  page.on('error', onCrash);
  page.on('close', onClose);
  page.on('pageerror', onPageError);
  browser.on('disconnected', onDisconnected);

  function stop(): void {
    stopped = true;
    if (timer !== null) clearTimeout(timer);
    page.off('error', onCrash);
    page.off('close', onClose);
    page.off('pageerror', onPageError);
    browser.off('disconnected', onDisconnected);
  }

  return { check: beat, stop };
}

/** Cheap, and without any side effect in the page. */
export function takePulse(page: Page): Promise<Pulse> {
  return page.evaluate(() => {
    const window = globalThis as unknown as {
      require?: (name: string) => { Socket?: { state?: unknown; hasSynced?: unknown } };
      Debug?: { VERSION?: unknown };
      onAppStateHasSyncedEvent?: unknown;
    };
    let socket: { state?: unknown; hasSynced?: unknown } = {};
    try {
      socket = window.require?.('WAWebSocketModel').Socket ?? {};
    } catch {
      // Not there yet, or no more: the state is then unknown.
    }
    const version = window.Debug?.VERSION;
    return {
      state: typeof socket.state === 'string' ? socket.state : null,
      hasSynced: socket.hasSynced === true,
      version: typeof version === 'string' ? version.slice(0, 100) : null,
      listening: typeof window.onAppStateHasSyncedEvent === 'function',
    };
  });
}
