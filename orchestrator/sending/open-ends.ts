import type { SendRecord } from '#history/contracts/sends.ts';
import type { Logger } from '#kernel/logger.ts';

/** Sends of which the caller was told that nobody knows: looked for after every commit, until one shows up. */
export interface OpenEnds {
  add(record: SendRecord): void;
  /** Something was committed. */
  news(): void;
}

export interface OpenEndsDeps {
  /** True when the send is settled. */
  readonly settle: (record: SendRecord) => Promise<boolean>;
  readonly logger: Logger;
}

/** More than this fail at a time only when nothing works; asking again with the key settles the others. */
const HELD_AT_MOST = 100;

export function createOpenEnds({ settle, logger }: OpenEndsDeps): OpenEnds {
  const open = new Map<number, SendRecord>();
  let looking = false;
  let again = false;

  async function look(): Promise<void> {
    looking = true;
    do {
      again = false;
      for (const record of [...open.values()]) {
        try {
          if (await settle(record)) open.delete(record.id);
        } catch (error) {
          logger.warn('a send with unknown outcome cannot be looked for', { error });
          break;
        }
      }
    } while (again && open.size > 0);
    looking = false;
  }

  return {
    add: (record) => {
      open.set(record.id, record);
      const [oldest] = open.keys();
      if (open.size > HELD_AT_MOST && oldest !== undefined) open.delete(oldest);
    },
    news: () => {
      if (open.size === 0) return;
      again = true;
      if (!looking) void look();
    },
  };
}
