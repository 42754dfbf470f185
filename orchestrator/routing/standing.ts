import type { Capability, EngineName } from '#engines/contract/capability.ts';
import type { Clock } from '#kernel/clock.ts';

/** How engines did of late, by capability: who was fast, and who was not to be waited for. */
export interface Standings {
  answered(engine: EngineName, capability: Capability, tookMs: number): void;
  /** Another engine answered in its place, or had to be asked: it stands behind the others for a while. */
  passedOver(engine: EngineName, capability: Capability, waitedMs: number): void;
  isPassedOver(engine: EngineName, capability: Capability): boolean;
  /** Moving average of its answers; null when it was not asked lately, so that it is worth a try. */
  averageMs(engine: EngineName, capability: Capability): number | null;
  /** 95th percentile of its last answers; null while there are too few. */
  usualMs(engine: EngineName, capability: Capability): number | null;
  /** It was asked now: the next call need not try it for the sake of trying. */
  asked(engine: EngineName, capability: Capability): void;
  /** A new process or connection starts with a clean slate. */
  reset(engine: EngineName): void;
}

interface Standing {
  averageMs: number | null;
  /** The last answers, as a ring. */
  readonly took: number[];
  place: number;
  askedAt: number;
  passedOverUntil: number;
  timesPassedOver: number;
}

/** Weight of the newest answer: about the last seven count. */
const NEWEST = 0.25;
const RING = 20;
const FEWEST_TO_JUDGE = 5;
/** What was measured longer ago says little: whoever recovered since deserves a call. */
const EXPLORE_AFTER_MS = 60_000;
const FIRST_PASS_MS = 5_000;
const LONGEST_PASS_MS = 60_000;

export function createStandings(clock: Clock): Standings {
  const standings = new Map<string, Standing>();
  const keyOf = (engine: EngineName, capability: Capability) => `${engine} ${capability}`;
  const find = (engine: EngineName, capability: Capability) => standings.get(keyOf(engine, capability));

  function open(engine: EngineName, capability: Capability): Standing {
    const known = find(engine, capability);
    if (known !== undefined) return known;
    const fresh: Standing = {
      averageMs: null,
      took: [],
      place: 0,
      askedAt: clock.now(),
      passedOverUntil: 0,
      timesPassedOver: 0,
    };
    standings.set(keyOf(engine, capability), fresh);
    return fresh;
  }

  return {
    asked: (engine, capability) => {
      open(engine, capability).askedAt = clock.now();
    },
    answered: (engine, capability, tookMs) => {
      const one = open(engine, capability);
      one.averageMs = one.averageMs === null ? tookMs : one.averageMs + NEWEST * (tookMs - one.averageMs);
      one.took[one.place] = tookMs;
      one.place = (one.place + 1) % RING;
      one.passedOverUntil = 0;
      one.timesPassedOver = 0;
    },
    passedOver: (engine, capability, waitedMs) => {
      const one = open(engine, capability);
      // It would have taken at least that long.
      if (one.averageMs === null || waitedMs > one.averageMs) one.averageMs = waitedMs;
      one.passedOverUntil =
        clock.now() + Math.min(LONGEST_PASS_MS, FIRST_PASS_MS * 2 ** Math.min(one.timesPassedOver, 10));
      one.timesPassedOver += 1;
    },
    isPassedOver: (engine, capability) => (find(engine, capability)?.passedOverUntil ?? 0) > clock.now(),
    averageMs: (engine, capability) => {
      const one = find(engine, capability);
      if (one === undefined || one.askedAt + EXPLORE_AFTER_MS <= clock.now()) return null;
      return one.averageMs;
    },
    usualMs: (engine, capability) => {
      const took = find(engine, capability)?.took ?? [];
      if (took.length < FEWEST_TO_JUDGE) return null;
      return took.toSorted((a, b) => a - b)[Math.ceil(took.length * 0.95) - 1] ?? null;
    },
    reset: (engine) => {
      for (const key of [...standings.keys()]) if (key.startsWith(`${engine} `)) standings.delete(key);
    },
  };
}
