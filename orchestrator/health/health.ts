import { type EngineLevel, isConnected } from '#engines/contract/state.ts';
import type { EngineView, Health } from '../services/ports.ts';

/** Everything that speaks for or against an engine. */
export interface HealthFacts {
  readonly processUp: boolean;
  /** The last probe was answered. */
  readonly reachable: boolean;
  /** Since the last probe; null = there was none yet. */
  readonly probeAgeMs: number | null;
  /** Null = it never said. */
  readonly level: EngineLevel | null;
  /** Something that it offers does not work now. */
  readonly isImpaired: boolean;
  /** False = it is linked to another account than the history's. */
  readonly isOurAccount: boolean;
  /** Of calls within the last minute that speak against it. */
  readonly recentErrors: number;
  /** It is being brought back on purpose. */
  readonly isRecovering: boolean;
}

/** What decided; `none` when nothing is wrong. */
export type HealthReason =
  | 'process'
  | 'probe'
  | 'starting'
  | 'account'
  | 'level'
  | 'impairment'
  | 'recovery'
  | 'errors'
  | 'none';

/** Single calls fail for reasons of their own. */
const ERRORS_TO_DOUBT = 3;
/** The longest pause between probes that can be set is ten minutes; a probe that is older was never made. */
const PROBE_TOO_OLD_MS = 12 * 60_000;

export function healthOf(facts: HealthFacts): { readonly health: Health; readonly because: HealthReason } {
  if (!facts.processUp) return { health: 'unreachable', because: 'process' };
  if (!facts.reachable) return { health: 'unreachable', because: 'probe' };
  if (facts.level === null) return { health: 'unreachable', because: 'starting' };
  if (!facts.isOurAccount) return { health: 'error', because: 'account' };
  if (!isConnected(facts.level)) return { health: 'error', because: 'level' };
  if (facts.level === 'degraded') return { health: 'degraded', because: 'level' };
  if (facts.isImpaired) return { health: 'degraded', because: 'impairment' };
  if (facts.isRecovering) return { health: 'degraded', because: 'recovery' };
  if (facts.recentErrors >= ERRORS_TO_DOUBT) return { health: 'degraded', because: 'errors' };
  if ((facts.probeAgeMs ?? 0) > PROBE_TOO_OLD_MS) return { health: 'degraded', because: 'probe' };
  return { health: 'ok', because: 'none' };
}

export function factsOf(view: EngineView, recentErrors: number, nowMs: number): HealthFacts {
  return {
    processUp: view.processUp,
    reachable: view.reachable,
    probeAgeMs: view.checkedAtMs === null ? null : nowMs - view.checkedAtMs,
    level: view.status?.level ?? null,
    isImpaired: (view.status?.impaired.length ?? 0) > 0,
    isOurAccount: view.error?.code !== 'ACCOUNT_MISMATCH',
    recentErrors,
    isRecovering: view.recovery !== null && view.recovery.mode !== 'warmup',
  };
}
