import assert from 'node:assert/strict';
import { engineLevels } from '#engines/contract/state.ts';
import type { Health } from '../services/ports.ts';
import { type HealthFacts, type HealthReason, healthOf } from './health.ts';

const WELL: HealthFacts = {
  processUp: true,
  reachable: true,
  probeAgeMs: 1_000,
  level: 'ready',
  isImpaired: false,
  isOurAccount: true,
  recentErrors: 0,
  isRecovering: false,
};

describe('health of an engine', () => {
  const table: readonly (readonly [Partial<HealthFacts>, Health, HealthReason])[] = [
    [{}, 'ok', 'none'],
    [{ level: 'syncing', probeAgeMs: null, recentErrors: 2 }, 'ok', 'none'],
    [{ processUp: false, reachable: false, isOurAccount: false }, 'unreachable', 'process'],
    [{ reachable: false, isOurAccount: false }, 'unreachable', 'probe'],
    [{ level: null }, 'unreachable', 'starting'],
    [{ isOurAccount: false, isRecovering: true }, 'error', 'account'],
    [{ level: 'recovering', recentErrors: 9 }, 'error', 'level'],
    [{ level: 'degraded', isImpaired: true }, 'degraded', 'level'],
    [{ level: 'degraded' }, 'degraded', 'level'],
    [{ level: 'connecting', isImpaired: true }, 'error', 'level'],
    [{ isImpaired: true, isRecovering: true }, 'degraded', 'impairment'],
    [{ isRecovering: true, recentErrors: 9 }, 'degraded', 'recovery'],
    [{ recentErrors: 3 }, 'degraded', 'errors'],
    [{ probeAgeMs: 13 * 60_000 }, 'degraded', 'probe'],
  ];

  it('follows from the facts, the gravest first', () => {
    for (const [facts, health, because] of table)
      assert.deepEqual(healthOf({ ...WELL, ...facts }), { health, because }, JSON.stringify(facts));
  });

  it('is ok or degraded exactly where the engine is connected', () => {
    const serving = engineLevels.filter((level) =>
      ['ok', 'degraded'].includes(healthOf({ ...WELL, level }).health),
    );
    assert.deepEqual(serving, ['syncing', 'ready', 'degraded']);
  });
});
