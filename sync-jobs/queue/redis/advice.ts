import type { Redis } from 'ioredis';
import type { Logger } from '#kernel/logger.ts';

/** What BullMQ's scripts are tested with. */
const MINIMUM_MAJOR = 6;
const MINIMUM_MINOR = 2;

/** Says once what is wrong with this Redis; it is used all the same, because the jobs are in the database. */
export async function adviseOn(client: Redis, logger: Logger): Promise<void> {
  const facts = factsOf(await client.info());
  const version = facts.get('redis_version') ?? '0.0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < MINIMUM_MAJOR || (major === MINIMUM_MAJOR && minor < MINIMUM_MINOR)) {
    logger.warn('Redis is older than 6.2: update it', { version });
  }
  const policy = facts.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction') {
    logger.warn('Redis may drop jobs when its memory is full: set maxmemory-policy to noeviction', {
      policy,
    });
  }
}

function factsOf(info: string): ReadonlyMap<string, string> {
  return new Map(
    info.split('\n').flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const];
    }),
  );
}
