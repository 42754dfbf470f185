import { TandemError } from '#kernel/errors.ts';
import type { Backend } from '../backend.ts';
import type { RedisOptions } from './session.ts';

/** Above the time a producer's command takes to fail. */
const ANSWER_WITHIN_MS = 8_000;

/** Throws CONFIG_INVALID. */
export function createRedisBackend(options: RedisOptions): Backend {
  if (!isRedisUrl(options.url)) {
    // The value is not repeated: it may hold a password.
    throw new TandemError('CONFIG_INVALID', {
      message: 'REDIS_URL is not the address of a Redis.',
      hint: 'Write it like redis://user:password@host:6379/0, with rediss:// for TLS.',
    });
  }
  return {
    kind: 'redis',
    sleeps: false,
    answerWithinMs: ANSWER_WITHIN_MS,
    releaseMemory: () => undefined,
    async open(events, signal) {
      const { openSession } = await import('./session.ts');
      return openSession(options, events, signal);
    },
  };
}

function isRedisUrl(url: string): boolean {
  return URL.canParse(url) && ['redis:', 'rediss:'].includes(new URL(url).protocol);
}
