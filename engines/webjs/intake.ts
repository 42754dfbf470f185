import { setTimeout as delay } from 'node:timers/promises';
import type { KnownLinks } from '#engines/contract/kit/known-links.ts';
import type { Self } from '#engines/contract/kit/self.ts';
import { type Clock, nowSeconds } from '#kernel/clock.ts';
import type { Logger } from '#kernel/logger.ts';
import type { InitialSync } from './initial-sync.ts';
import { observeDrained } from './live.ts';
import { toJid } from './normalise/wid.ts';
import type { AskPage } from './page-helpers.ts';
import type { Reconcile } from './reconcile.ts';
import type { Teller } from './teller.ts';
import type { Told } from './told.ts';

/**
 * Brings what the page learns into the outbox. The page acknowledges to the server by itself and keeps what it got on its own
 * disk, so nothing is lost with this process: its journal is taken while the page lives, and after each load the page is
 * compared with what was told.
 */
export interface Intake {
  /** A new document is ready. */
  opened(): void;
  closed(): void;
  /** Something happened; without a word the page is asked every now and then. */
  wake(): void;
  /** A device was just linked. */
  linked(): void;
  /** Everything that the page held when it was linked has not been told yet. */
  syncing(): boolean;
  close(): Promise<void>;
}

export interface IntakeDeps {
  readonly ask: AskPage;
  readonly teller: Teller;
  readonly told: Told;
  readonly links: KnownLinks;
  readonly sync: InitialSync;
  readonly reconcile: Reconcile;
  readonly self: () => Self;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The first sync is done. */
  readonly onSynced: () => void;
}

/** What the library hears wakes us at once; this is for what it does not hear. */
const LOOK_EVERY_MS = 1_000;
const DRAIN_MAX = 200;
/** A page that fails is asked again after this; when it is gone, a new one opens the next round. */
const FAILED_PAUSE_MS = 2_000;
/** The phone goes on handing out history for a while after linking, and tells nobody when a part of it has come. */
const LATE_HISTORY_MS = [15_000, 60_000, 240_000, 900_000] as const;

export function createIntake(deps: IntakeDeps): Intake {
  const { ask, teller, told, links, sync, reconcile, clock, logger } = deps;
  let life = new AbortController();
  life.abort();
  let running: Promise<unknown> = Promise.resolve();
  let rouse: () => void = () => undefined;
  let isAwake = false;
  let reconcileAgain = false;

  function wake(): void {
    isAwake = true;
    rouse();
  }

  async function rest(signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      rouse = resolve;
    });
    if (isAwake) rouse();
    const timer = new AbortController();
    const ended = AbortSignal.any([signal, timer.signal]);
    await Promise.race([woken, delay(LOOK_EVERY_MS, undefined, { signal: ended }).catch(() => undefined)]);
    timer.abort();
    isAwake = false;
  }

  /** Takes the journal until the page goes away. */
  async function drain(connectedAt: number, signal: AbortSignal): Promise<void> {
    let after = 0;
    while (!signal.aborted) {
      const drained = await ask('drain', { after, max: DRAIN_MAX }, { signal });
      if (!teller.tell(observeDrained(drained, teller, connectedAt))) return;
      for (const { kind, print, found } of drained.entries) {
        // Of these the rest is remembered with the message itself.
        if (print === undefined || kind === 'reaction') continue;
        told.remember(chatOf(found) ?? '', [print]);
      }
      after = drained.last;
      if (drained.lost > 0) {
        logger.debug('events of the page lost', { lost: drained.lost });
        reconcileAgain = true;
      }
      teller.reportOddities();
      if (drained.more) continue;
      if (reconcileAgain && !sync.pending()) {
        reconcileAgain = false;
        await reconcile((await sync.levels(signal)).ids, signal);
      }
      await rest(signal);
    }
  }

  async function lateHistory(signal: AbortSignal): Promise<void> {
    for (const pause of LATE_HISTORY_MS) {
      await delay(pause, undefined, { signal, ref: false });
      for (const chat of (await sync.levels(signal)).ids) await sync.push(chat, signal);
    }
  }

  async function insist(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await work();
        return;
      } catch (error) {
        if (signal.aborted) return;
        logger.debug('page not read', { error });
        await delay(FAILED_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    const connectedAt = nowSeconds(clock);
    const { pn, lid } = deps.self();
    teller.tell(links.fresh(pn, lid, 'own', connectedAt));
    const isFirst = sync.pending();
    // From here on nothing that happens is missed; what happened before is looked for.
    await insist(signal, async () => {
      await ask('watch', undefined, { signal });
    });
    await Promise.all([
      insist(signal, () => drain(connectedAt, signal)),
      insist(signal, async () => {
        await sync.run(signal);
        if (isFirst) deps.onSynced();
        // Also behind the first sync, which may have been cut short and gone on below where it stopped.
        await reconcile((await sync.levels(signal)).ids, signal);
        if (isFirst) await lateHistory(signal);
      }),
    ]);
  }

  return {
    opened: () => {
      life.abort();
      life = new AbortController();
      const { signal } = life;
      running = running
        .then(() => run(signal))
        .catch((error: unknown) => logger.warn('intake stopped', { error }));
    },
    closed: () => {
      life.abort();
      // What was told last may not have reached the disk.
      links.clear();
    },
    wake,
    linked: () => sync.begin(),
    syncing: () => sync.pending(),
    close: async () => {
      life.abort();
      await running;
    },
  };
}

function chatOf(model: unknown): string | null {
  const { id } = (model ?? {}) as { id?: unknown };
  const { remote } = (id ?? {}) as { remote?: unknown };
  return typeof remote === 'string' ? remote : toJid(remote);
}
