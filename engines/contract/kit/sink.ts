import type { Logger } from '#kernel/logger.ts';
import type { Observation } from '../observation.ts';
import type { Outbox } from '../outbox.ts';
import { onlyValid } from './only-valid.ts';

/** The way into the outbox. */
export interface Sink {
  /**
   * Never throws. What the disk refuses is held in memory and goes first as soon as the disk takes it; meanwhile
   * `onBlocked` has closed the connection, so the held part stays as small as what was under way.
   */
  deliver(observations: readonly Observation[]): void;
  /** Like deliver, but for what can be made again from elsewhere: throws when the disk refuses. Returns the sequence. */
  append(observations: readonly Observation[]): number;
  /**
   * Like append, without checking each against the contract: a third of the work for years of history, which the
   * consumer does again anyway. What does not fit ends in its quarantine instead of being dropped here. Does not hold up the
   * event loop for the disk, and rejects when that refuses.
   */
  appendHistory(observations: readonly Observation[]): Promise<number>;
  /** Tries to write what is held; true when nothing is left. */
  retry(): boolean;
  blocked(): boolean;
}

export interface SinkDeps {
  readonly outbox: Outbox;
  readonly logger: Logger;
  /** Called synchronously at the first refusal: nothing may be acknowledged after it. */
  readonly onBlocked: (error: unknown) => void;
}

export function createSink({ outbox, logger, onBlocked }: SinkDeps): Sink {
  const held: Observation[] = [];
  const retry = (): boolean => {
    if (held.length === 0) return true;
    try {
      outbox.append(held);
    } catch {
      return false;
    }
    held.length = 0;
    return true;
  };
  return {
    deliver: (observations) => {
      const valid = onlyValid(observations, logger);
      if (valid.length === 0) return;
      if (held.length > 0) {
        held.push(...valid);
        return;
      }
      try {
        outbox.append(valid);
      } catch (error) {
        held.push(...valid);
        onBlocked(error);
      }
    },
    append: (observations) => outbox.append(onlyValid(observations, logger)),
    appendHistory: (observations) => outbox.appendBeside(observations),
    retry,
    blocked: () => held.length > 0,
  };
}
