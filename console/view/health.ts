import { type EngineLevel, isConnected } from '#engines/contract/state.ts';
import type { EngineView } from '#orchestrator/services/ports.ts';

/** For monitoring: open to everybody, so it says how things are and nothing about the account. */
export interface HealthView {
  readonly ok: boolean;
  readonly reason: 'ready' | 'awaiting-link' | 'starting' | 'recovering' | 'not-ready';
  readonly ready: boolean;
  readonly degraded: boolean;
  readonly engines: readonly { readonly engine: string; readonly level: EngineLevel | 'unreachable' }[];
}

/** A reconnection shorter than this is no outage; monitors should not page anybody for it. */
const GRACE_MS = 180_000;

/** Ready when at least one engine is; also healthy while one waits for its link, starts or reconnects within the grace time. */
export function buildHealth(engines: readonly EngineView[], startedAtMs: number, nowMs: number): HealthView {
  const reasons = engines.map((engine) => engineReason(engine, startedAtMs, nowMs));
  const order = ['ready', 'recovering', 'starting', 'awaiting-link'] as const;
  const reason = order.find((known) => reasons.includes(known)) ?? 'not-ready';
  return {
    ok: reason !== 'not-ready',
    reason,
    ready: reason === 'ready',
    degraded: reason === 'ready' && reasons.some((known) => known !== 'ready'),
    engines: engines.map((engine) => ({
      engine: engine.engine,
      level: engine.reachable && engine.status !== null ? engine.status.level : 'unreachable',
    })),
  };
}

function engineReason(engine: EngineView, startedAtMs: number, nowMs: number): HealthView['reason'] {
  const { status } = engine;
  if (status === null) return nowMs - startedAtMs < GRACE_MS ? 'starting' : 'not-ready';
  if (engine.reachable && isConnected(status.level)) return 'ready';
  const troubledSince = status.lastDisconnect?.atMs ?? status.sinceMs;
  switch (status.level) {
    case 'unlinked':
    case 'linking':
      return 'awaiting-link';
    case 'logged-out':
    case 'conflict':
    case 'failed':
      return 'not-ready';
    default:
      return nowMs - Math.max(troubledSince, startedAtMs) < GRACE_MS ? 'recovering' : 'not-ready';
  }
}
