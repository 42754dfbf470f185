import { until } from '#kernel/testing/until.ts';
import type { Simulator } from '#simulator/simulator.ts';
import type { Engine } from '../../engine.ts';
import type { Observation, ObservationOf } from '../../observation.ts';
import type { EngineStatus } from '../../state.ts';

/** What tests do with any engine beside a simulated account, in one process. */
export interface BenchParts {
  /** All that is in the outbox; nothing is pruned. */
  observations(): readonly Observation[];
  of<K extends Observation['kind']>(kind: K): readonly ObservationOf<K>[];
  /** Looks again every few milliseconds until there is something; rejects after the timeout. */
  until<T>(look: () => T | null | undefined | false, what: string, timeoutMs?: number): Promise<T>;
  level(...levels: readonly EngineStatus['level'][]): Promise<EngineStatus>;
  linkByQr(): Promise<void>;
  /** Linked, and what is pushed of history is in the outbox. */
  synced(): Promise<void>;
}

export interface BenchPartsDeps {
  /** The one that runs now. */
  readonly engine: () => Engine;
  readonly simulator: Simulator;
  readonly waitMs: number;
  /** Said beside what did not come. */
  readonly clue: () => string;
}

export function createBenchParts({ engine, simulator, waitMs, clue }: BenchPartsDeps): BenchParts {
  let readTo = 0;
  const seen: Observation[] = [];
  const observations = () => {
    for (;;) {
      const entries = engine().outbox.read(readTo, 5_000);
      const last = entries.at(-1);
      if (last === undefined) return seen;
      for (const { json } of entries) seen.push(...(JSON.parse(json) as Observation[]));
      readTo = last.seq;
    }
  };
  const lookFor: BenchParts['until'] = (look, what, timeoutMs = waitMs) =>
    until(look, () => `${what} (${clue()})`, timeoutMs);
  const level: BenchParts['level'] = (...wanted) =>
    lookFor(
      () => {
        const status = engine().status();
        return wanted.includes(status.level) && status;
      },
      `level ${wanted.join(' or ')}`,
    );
  const linkByQr = async () => {
    const result = await engine().commands['link.qr']?.({}, AbortSignal.timeout(waitMs));
    if (result?.state !== 'offered' || result.offer.method !== 'qr') throw new Error('no QR');
    const answer = await simulator.phone.scanQr(result.offer.text);
    if (answer !== 'linked') throw new Error(`the phone says ${answer}`);
    await level('syncing', 'ready');
  };
  return {
    observations,
    of: (kind) => observations().filter((one) => one.kind === kind) as never,
    until: lookFor,
    level,
    linkByQr,
    synced: async () => {
      await linkByQr();
      await level('ready');
    },
  };
}
