import type { GapReason } from '#history/contracts/coverage.ts';
import type { CoverageState } from '../view/coverage.ts';

/** Why something is missing; the legend of the picture, which its script reads too. */
export const REASON_WORDS: Readonly<Record<GapReason, string>> = {
  'never-pushed': 'not asked for yet',
  'engine-offline': 'no engine was connected',
  'phone-silent': 'asked, the phone stayed silent',
  'phone-empty': 'asked, nothing came, without proof',
  'user-limit': 'a limit that was asked for',
  purged: 'removed by the retention setting',
  unknown: 'not known why',
};

export const STATE_WORDS: Readonly<Record<CoverageState, string>> = {
  complete: 'Complete',
  partial: 'Partly held',
  unknown: 'Unknown',
};
