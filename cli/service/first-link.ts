import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineName } from '#engines/contract/capability.ts';
import { isLinked } from '#orchestrator/services/linking/choose-engine.ts';
import type { EngineView } from '#orchestrator/services/ports.ts';
import type { RunningService } from './service.ts';

/** After a failed attempt: soon enough for a network that just comes up, rare enough to be no burden. */
const PAUSE_FIRST_MS = 5_000;
const PAUSE_MAX_MS = 300_000;
const LOOK_EVERY_MS = 500;

type FirstLinkService = {
  readonly orchestrator: Pick<RunningService['orchestrator'], 'engines'>;
  readonly ports: Pick<RunningService['ports'], 'link'>;
};

/**
 * Shows a QR code when the service comes up without a link, engine by engine: the second when the first is linked. Tries
 * again while WhatsApp cannot be reached. Once a code was shown and nobody scanned it, it is over: the person asks for the
 * next one, on the page or by `tandem link`.
 */
export async function offerFirstLink(service: FirstLinkService, signal: AbortSignal): Promise<void> {
  for (const { engine } of service.orchestrator.engines()) {
    if (!(await offer(service, engine, signal))) return;
  }
}

/** True when the next engine may be offered. */
async function offer(service: FirstLinkService, engine: EngineName, signal: AbortSignal): Promise<boolean> {
  let pauseMs = PAUSE_FIRST_MS;
  let shown = false;
  const wait = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  while (!signal.aborted) {
    const view = service.orchestrator.engines().find((one) => one.engine === engine);
    if (view === undefined || isLinked(view)) return true;
    // It cannot be linked before something else is mended; that is no reason to keep the others back.
    if (isBroken(view)) return true;
    const level = view.status?.level ?? 'starting';
    if (shown) {
      if (level === 'unlinked' || level === 'logged-out') return false;
      await wait(LOOK_EVERY_MS);
      continue;
    }
    if (level === 'starting') {
      await wait(LOOK_EVERY_MS);
      continue;
    }
    // After a logout on the phone nobody waits for a new code.
    if (level !== 'unlinked') return false;
    try {
      await service.ports.link({ engine, phone: null });
      shown = true;
    } catch {
      // What went wrong is in the engine's status, which the narrator tells.
      await wait(pauseMs);
      pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2);
    }
  }
  return false;
}

function isBroken({ status, error }: EngineView): boolean {
  return status?.level === 'failed' || status?.level === 'conflict' || error?.code === 'ENGINE_START_FAILED';
}
