import type { ChatRecord } from '#history/contracts/records.ts';

export const coverages = ['complete', 'partial', 'unknown'] as const;

/** `complete` = the phone said that nothing older exists; `partial` = it said that there is more; `unknown` = it said nothing. */
export type Coverage = (typeof coverages)[number];

const OF_END = { 'start-reached': 'complete', 'more-on-phone': 'partial', unknown: 'unknown' } as const;

export function coverageOf({ historyEnd }: Pick<ChatRecord, 'historyEnd'>): Coverage {
  return OF_END[historyEnd];
}
