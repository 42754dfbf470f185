import type { Clock } from '#kernel/clock.ts';
import type { ErrorCode } from '#kernel/errors.ts';

const FAILURES_TO_OPEN = 3;
const FAILURE_WINDOW_MS = 60_000;
const OPEN_MS = 30_000;

/** Errors that speak against the engine. Others (not found, refused, not connected) are answers. */
export const SPEAKS_AGAINST: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ENGINE_TIMEOUT',
  'ENGINE_UNREACHABLE',
  'ENGINE_PROTOCOL',
  'CONNECTION_LOST',
  'DELIVERY_UNKNOWN',
  'INTERNAL_ERROR',
]);

export interface OpenBreaker {
  /** What opened it, as far as it also describes the calls that are held back now. */
  readonly code: ErrorCode;
  readonly retryAfterSeconds: number;
}

/** One switch for each engine and capability: opens after repeated failures, lets one call try after a pause. */
export interface Breakers {
  /** Null = calls may pass. */
  openFor(engine: string, capability: string): OpenBreaker | null;
  /** Says that a call starts: the one that a half-open breaker lets through. Returns what `failed` asks for. */
  started(engine: string, capability: string): BreakerEpoch;
  succeeded(engine: string, capability: string): void;
  /** A call that started before the last reset says nothing of what there is now. */
  failed(engine: string, capability: string, code: ErrorCode, startedIn?: BreakerEpoch): void;
  /** Failures of the last minute that no success has followed, over all capabilities. */
  recentFailures(engine: string): number;
  /** A new process or connection starts with a clean slate. */
  reset(engine: string): void;
}

/** Counts the resets of an engine. */
export type BreakerEpoch = number;

interface Circuit {
  failuresAt: number[];
  openedAt: number | null;
  code: ErrorCode;
}

export function createBreakers(clock: Clock): Breakers {
  const circuits = new Map<string, Circuit>();
  const epochs = new Map<string, BreakerEpoch>();
  const epochOf = (engine: string) => epochs.get(engine) ?? 0;
  const keyOf = (engine: string, capability: string) => `${engine} ${capability}`;
  return {
    openFor: (engine, capability) => {
      const circuit = circuits.get(keyOf(engine, capability));
      if (!circuit || circuit.openedAt === null) return null;
      const leftMs = circuit.openedAt + OPEN_MS - clock.now();
      return leftMs <= 0
        ? null
        : { code: heldBack(circuit.code), retryAfterSeconds: Math.ceil(leftMs / 1_000) };
    },
    started: (engine, capability) => {
      const circuit = circuits.get(keyOf(engine, capability));
      // Half-open: this call decides; the others wait for it as long as a pause lasts.
      if (circuit && circuit.openedAt !== null) circuit.openedAt = clock.now();
      return epochOf(engine);
    },
    succeeded: (engine, capability) => {
      circuits.delete(keyOf(engine, capability));
    },
    failed: (engine, capability, code, startedIn = epochOf(engine)) => {
      if (startedIn !== epochOf(engine)) return;
      const key = keyOf(engine, capability);
      // Any answer of the engine, even a refusal, shows that this way works.
      if (!SPEAKS_AGAINST.has(code)) {
        circuits.delete(key);
        return;
      }
      const now = clock.now();
      const circuit = circuits.get(key) ?? { failuresAt: [], openedAt: null, code };
      circuit.failuresAt = [...circuit.failuresAt.filter((at) => at > now - FAILURE_WINDOW_MS), now];
      circuit.code = code;
      if (circuit.openedAt !== null || circuit.failuresAt.length >= FAILURES_TO_OPEN) circuit.openedAt = now;
      circuits.set(key, circuit);
    },
    recentFailures: (engine) => {
      const since = clock.now() - FAILURE_WINDOW_MS;
      let count = 0;
      for (const [key, { failuresAt }] of circuits)
        if (key.startsWith(`${engine} `)) count += failuresAt.filter((at) => at > since).length;
      return count;
    },
    reset: (engine) => {
      epochs.set(engine, epochOf(engine) + 1);
      for (const key of [...circuits.keys()]) if (key.startsWith(`${engine} `)) circuits.delete(key);
    },
  };
}

/** A call that is not made has no unknown outcome, whatever the calls before it had. */
function heldBack(code: ErrorCode): ErrorCode {
  return code === 'ENGINE_TIMEOUT' || code === 'ENGINE_PROTOCOL' ? code : 'ENGINE_UNREACHABLE';
}
