import type { Observation } from '#engines/contract/observation.ts';
import type { Older } from './page-helpers.ts';
import type { Teller } from './teller.ts';
import type { Told } from './told.ts';

/**
 * Collects small slices of many chats into entries of a fair size: each write to the outbox waits for the disk. What was told is
 * noted behind the write, so a death between the two repeats and loses nothing.
 */
export interface Gathering {
  /** False when the disk refuses. */
  add(chat: string, observations: readonly Observation[], slice: Pick<Older, 'prints' | 'oldest'>): boolean;
  /** Nothing of the chat is left to be told. */
  whole(chat: string): void;
  flush(): boolean;
}

const FLUSH_OBSERVATIONS = 500;

export function createGathering({
  teller,
  told,
}: {
  readonly teller: Teller;
  readonly told: Told;
}): Gathering {
  let observations: Observation[] = [];
  let notes: (() => void)[] = [];

  function flush(): boolean {
    const [all, after] = [observations, notes];
    observations = [];
    notes = [];
    if (all.length > 0 && !teller.tell(all)) return false;
    told.atOnce(() => {
      for (const note of after) note();
    });
    return true;
  }

  return {
    add: (chat, found, { prints, oldest }) => {
      observations.push(...found);
      notes.push(() => {
        told.remember(chat, prints);
        if (oldest !== null) told.setFloor(chat, oldest);
      });
      return observations.length < FLUSH_OBSERVATIONS || flush();
    },
    whole: (chat) => {
      notes.push(() => told.setWhole(chat));
    },
    flush,
  };
}
