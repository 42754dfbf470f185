import { setTimeout as sleep } from 'node:timers/promises';
import { isLinked } from '#orchestrator/services/linking/choose-engine.ts';
import type { RunningService } from './service.ts';

/** After a failed attempt: soon enough for a network that just comes up, rare enough to be no burden. */
const PAUSE_FIRST_MS = 5_000;
const PAUSE_MAX_MS = 300_000;
const LOOK_EVERY_MS = 500;

/**
 * Shows a QR code when the service comes up without a link, and tries again while WhatsApp cannot be reached. Once a
 * code was shown it is over: when nobody scans it, the person asks for the next one, on the page or by `tandem link`.
 */
export async function offerFirstLink(service: RunningService, signal: AbortSignal): Promise<void> {
  let pauseMs = PAUSE_FIRST_MS;
  const wait = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  while (!signal.aborted) {
    const [view] = service.orchestrator.engines();
    if (view === undefined || isLinked(view)) return;
    if (view.status === null || view.status.level === 'starting') {
      await wait(LOOK_EVERY_MS);
      continue;
    }
    // After a logout on the phone nobody waits for a new code.
    if (view.status.level !== 'unlinked') return;
    try {
      await service.ports.link({ engine: view.engine, phone: null });
      return;
    } catch {
      // What went wrong is in the engine's status, which the narrator tells.
      await wait(pauseMs);
      pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2);
    }
  }
}
