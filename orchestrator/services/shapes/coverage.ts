import type { ChatCoverage } from '#history/contracts/coverage.ts';
import type { ChatRecord } from '#history/contracts/records.ts';

export const coverages = ['complete', 'partial', 'unknown'] as const;

/**
 * `complete` = everything that is to be kept is held; `partial` = something is held, or the phone said how far it goes; `unknown` =
 * neither. What the phone said counts less than what is proven to be here.
 */
export type Coverage = (typeof coverages)[number];

export function coverageOf(
  { held, complete }: ChatCoverage,
  { historyEnd }: Pick<ChatRecord, 'historyEnd'>,
): Coverage {
  if (complete) return 'complete';
  return held.length > 0 || historyEnd !== 'unknown' ? 'partial' : 'unknown';
}
