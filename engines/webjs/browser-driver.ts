import type { Browser } from 'puppeteer';
import type { StatusBoard } from '#engines/contract/kit/status-board.ts';
import type { EngineBrowser } from '#engines/contract/state.ts';
import { requireBrowser } from '#kernel/browser-path.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import { type TandemError, toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { launchOptions, noteBrowser, ownUserAgent, sweep } from './browser.ts';
import { createLife, type Life, type LifeHooks } from './life.ts';
import { classOf } from './page-errors.ts';

export type BrowserConfig = Pick<
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

/** One browser at a time on the profile: starts it, ends it, and shows it on the board. */
export interface BrowserDriver {
  life(): Life | null;
  /** Starts one on the profile as it is, once the one before has ended. */
  begin(): Promise<void>;
  /** Ends it. Its events count no more from here on; resolves when no process is left. */
  letGo(graceMs: number): Promise<void>;
  /** Resolves when no process of the last that was let go is left. */
  ended(): Promise<void>;
  /** Ends what an earlier engine has left running. True when another browser has the profile, or may have it. */
  sweep(): Promise<boolean>;
  /** Changes with each begin and each letGo: what was awaited over one of them is out of date. */
  generation(): number;
  show(change: Partial<EngineBrowser>): void;
}

export interface DriverEvents
  extends Omit<LifeHooks, 'onLaunched' | 'onPageError' | 'onQr' | 'onReady' | 'onPulse'> {
  /** A life is about to start: the first moment to listen to its client. */
  readonly onLife: (life: Life) => void;
  readonly onQr: (text: string, life: Life) => void;
  readonly onReady: (life: Life) => void;
  readonly onPulse: (...args: [...Parameters<LifeHooks['onPulse']>, Life]) => void;
  /** Before the life could begin: BROWSER_MISSING, or a folder that cannot be written. */
  readonly onNoStart: (error: TandemError) => void;
  readonly onLetGo: () => void;
}

export interface DriverDeps {
  readonly engineDir: string;
  readonly config: BrowserConfig;
  readonly board: StatusBoard;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: DriverEvents;
}

export function createBrowserDriver(deps: DriverDeps): BrowserDriver {
  const { engineDir, config, board, clock, logger, events } = deps;
  let life: Life | null = null;
  let generation = 0;
  /** The browser before the next one: two must never share the profile. */
  let ended: Promise<void> = Promise.resolve();
  let userAgent: { readonly executable: string; readonly text: string | null } | null = null;

  function letGo(graceMs: number): Promise<void> {
    const gone = life;
    generation += 1;
    life = null;
    show({ pid: null });
    if (gone === null) return ended;
    events.onLetGo();
    ended = Promise.all([ended, gone.end(graceMs)])
      .then(() => undefined)
      .catch((error: unknown) => logger.warn('browser not closed cleanly', { error: classOf(error) }));
    return ended;
  }

  async function sweepUp(): Promise<boolean> {
    const { ended: left, locked } = await sweep(engineDir);
    if (left > 0) logger.warn('a browser of an earlier engine was ended', { processes: left });
    return locked;
  }

  async function prepare() {
    const { executable } = requireBrowser({ setting: config.webjsExecutable });
    const locked = await sweepUp();
    if (userAgent?.executable !== executable) {
      userAgent = { executable, text: config.webjsUserAgent ?? (await ownUserAgent(executable)) };
    }
    return { executable, agent: userAgent.text, locked };
  }

  async function begin(): Promise<void> {
    generation += 1;
    const mine = generation;
    await ended;
    let prepared: Awaited<ReturnType<typeof prepare>>;
    try {
      prepared = await prepare();
    } catch (error) {
      if (mine === generation) events.onNoStart(toTandemError(error));
      return;
    }
    if (mine !== generation) return;
    const { executable, agent, locked } = prepared;
    if (locked) {
      events.onDead('profile-in-use', null);
      return;
    }
    const next = createLife(
      {
        engineDir,
        launch: (signal) => launchOptions(config, executable, agent, signal),
        userAgent: agent,
        readyTimeoutMs: config.webjsReadyTimeoutMs,
        callTimeoutMs: config.webjsCallTimeoutMs,
        heartbeatMs: config.webjsHeartbeatMs,
      },
      {
        ...events,
        onLaunched: (browser) => onLaunched(browser, executable),
        onQr: (text) => events.onQr(text, next),
        onReady: () => events.onReady(next),
        onPulse: (pulse) => {
          if (pulse.version !== null) show({ pageVersion: pulse.version });
          events.onPulse(pulse, next);
        },
        onPageError: (name) => show({ lastPageError: { name, atMs: clock.now() } }),
      },
    );
    life = next;
    events.onLife(next);
    next.start();
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
      (version) => show({ version }),
      () => undefined,
    );
  }

  function show(change: Partial<EngineBrowser>): void {
    const { browser } = board.get();
    if (browser !== null) board.set({ browser: { ...browser, ...change } });
  }

  return {
    life: () => life,
    begin,
    letGo,
    ended: () => ended,
    sweep: sweepUp,
    generation: () => generation,
    show,
  };
}
