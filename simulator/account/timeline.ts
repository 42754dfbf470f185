import { mix } from './dice.ts';

/** When the messages of one chat were sent. */
export interface Timeline {
  /** Seconds; never decreases with the index, and now and then stays the same. */
  timeOf(index: number): number;
}

const DAY_SECONDS = 86_400;
const YEAR_SECONDS = 365 * DAY_SECONDS;
/** Messages come in bursts; within one the offsets below apply. */
const BURST = 5;
/** Squeezing may move a message later by up to the waking hour, and nothing may lie in the future. */
const NEWEST_AGE_SECONDS = 7 * 3_600;
/** Keeps bursts apart however dense a chat is: more than the longest burst plus its jitter. */
const MIN_BURST_SPACING_SECONDS = 320;
const WAKE_SECONDS = 6.5 * 3_600;
const AWAKE_SECONDS = 16 * 3_600;
const JITTER_SECONDS = 60;
/** The second and third message of a burst share a second; in every eighth burst four do. */
const OFFSETS_SECONDS = [0, 14, 14, 33, 51] as const;
const SAME_SECOND_OFFSETS = [0, 0, 0, 0, 21] as const;

/** Squeezes each day into the hours when people are awake; keeps the order. */
const daytime = (time: number): number => {
  const midnight = time - (time % DAY_SECONDS);
  return midnight + WAKE_SECONDS + Math.floor(((time % DAY_SECONDS) * AWAKE_SECONDS) / DAY_SECONDS);
};

export const createTimeline = (
  seed: number,
  ordinal: number,
  historySize: number,
  now: number,
  yearsBack: number,
): Timeline => {
  const idleUpTo = Math.min(45 * DAY_SECONDS, (yearsBack * YEAR_SECONDS) / 10);
  // Squaring makes most chats recently active.
  const idleShare = (mix(seed, ordinal, 1) % 1000) / 1000;
  const end = now - NEWEST_AGE_SECONDS - Math.floor(idleUpTo * idleShare * idleShare);
  const bursts = Math.max(1, Math.ceil(historySize / BURST));
  const reach = yearsBack * YEAR_SECONDS * (0.35 + (0.65 * (mix(seed, ordinal, 2) % 1000)) / 1000);
  const span = Math.max(reach, bursts * MIN_BURST_SPACING_SECONDS);
  const start = end - span;
  return {
    timeOf: (index) => {
      const burst = Math.floor(index / BURST);
      const x = burst / bursts;
      const offsets = burst % 8 === 3 ? SAME_SECOND_OFFSETS : OFFSETS_SECONDS;
      const base = start + Math.floor(span * x * (1.6 - 0.6 * x));
      return Math.floor(
        daytime(base) + (mix(seed, ordinal, 3, burst) % JITTER_SECONDS) + (offsets[index % BURST] ?? 0),
      );
    },
  };
};
