import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import type { Backend, Session, SessionEvents } from './backend.ts';
import { reasonOf, unavailable } from './entry.ts';
import { type Lanes, type LanesOptions, openLanes } from './lanes.ts';
import type { QueueHealth, QueueState } from './port.ts';

/** Between two tries to open a store that refused, e.g. because of a wrong password. */
const REOPEN_PAUSE_MS = 2_000;

export interface Live {
  readonly session: Session;
  readonly lanes: Lanes;
}

export interface Lifecycle {
  readonly live: Live | null;
  health(): QueueHealth;
  /** Opens the store if it is not open. Rejects with QUEUE_UNAVAILABLE or SHUTTING_DOWN. */
  wake(): Promise<Live>;
  /** Lets an idle store go. */
  sleep(): Promise<void>;
  /** For good. Turns that do not yield in time are left behind. */
  close(yielding: () => void): Promise<void>;
}

export interface LifecycleOptions extends Omit<LanesOptions, 'session'> {
  readonly backend: Backend;
  readonly clock: Clock;
  /** The store is open; before anybody else uses it. */
  readonly opened: (live: Live) => Promise<void>;
  /** Entries may be missing. */
  readonly ready: () => void;
  /** The store died in mid-work: nothing of it can be trusted. */
  readonly broken: () => void;
}

/** asleep → starting → up ⇄ down; and back to asleep when idle. */
export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { backend, clock, timing } = options;
  const closing = new AbortController();
  let health: QueueHealth = { state: 'asleep', error: null, since: clock.now() };
  let live: Live | null = null;
  let opening: Promise<Live> | null = null;
  let leaving: Promise<void> = Promise.resolve();

  function become(state: QueueState, error: string | null = null): void {
    if (health.state === state && health.error === error) return;
    health = { state, error, since: health.state === state ? health.since : clock.now() };
  }

  const eventsFor = (isCurrent: () => boolean): SessionEvents => ({
    lost: (reason) => isCurrent() && become('down', reason),
    back: () => {
      if (!isCurrent() || live === null) return;
      become('up');
      options.ready();
    },
    broken: (reason) => isCurrent() && live !== null && breakDown(live, reason),
  });

  function breakDown(broken: Live, reason: string): void {
    live = null;
    become('down', reason);
    options.broken();
    leaving = leave(broken, () => undefined);
    // Nothing else would bring the turns back that were lost with it.
    leaving.then(wake).catch(() => undefined);
  }

  async function open(): Promise<Live> {
    if (health.state !== 'down') become('starting');
    await leaving;
    closing.signal.throwIfAborted();
    for (;;) {
      try {
        return await openOnce();
      } catch (error) {
        if (closing.signal.aborted) throw error;
        become('down', reasonOf(error));
        options.report('The job queue could not be opened', error);
        if (backend.sleeps) throw error;
        await pause(REOPEN_PAUSE_MS, undefined, { signal: closing.signal });
      }
    }
  }

  async function openOnce(): Promise<Live> {
    let isCurrent = true;
    const session = await backend.open(
      eventsFor(() => isCurrent && !closing.signal.aborted),
      closing.signal,
    );
    const mine: Live = { session, lanes: openLanes({ ...options, session }) };
    try {
      await mine.lanes.ready();
      closing.signal.throwIfAborted();
      await options.opened(mine);
    } catch (error) {
      isCurrent = false;
      await leave(mine, () => undefined);
      throw error;
    }
    live = mine;
    become('up');
    options.ready();
    return mine;
  }

  function wake(): Promise<Live> {
    if (closing.signal.aborted) return Promise.reject(new TandemError('SHUTTING_DOWN'));
    if (live !== null) return Promise.resolve(live);
    opening ??= open().finally(() => {
      opening = null;
    });
    return opening.catch((error: unknown) => {
      throw closing.signal.aborted ? new TandemError('SHUTTING_DOWN') : unavailable(error);
    });
  }

  async function leave(gone: Live, yielding: () => void): Promise<void> {
    const close = async () => {
      await gone.lanes.closeWorkers(yielding);
      await gone.lanes.closeQueues();
    };
    const enough = new AbortController();
    const limit = pause(timing.closeGraceMs, undefined, { signal: enough.signal }).catch(() => undefined);
    await Promise.race([
      close().catch((error: unknown) => options.report('Closing the queue', error)),
      limit,
    ]);
    enough.abort();
    await gone.session.close();
  }

  return {
    get live() {
      return live;
    },
    health: () => health,
    wake,
    async sleep() {
      const gone = live;
      if (gone === null) return;
      live = null;
      become('asleep');
      leaving = leave(gone, () => undefined);
      await leaving;
    },
    async close(yielding) {
      closing.abort();
      yielding();
      await opening?.catch(() => undefined);
      const gone = live;
      live = null;
      if (gone !== null) leaving = leave(gone, yielding);
      await leaving;
      become('asleep');
    },
  };
}
