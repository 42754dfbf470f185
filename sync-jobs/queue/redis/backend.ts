import { TandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Backend } from '../backend.ts';
import type { ErrorReporter } from '../quiet-log.ts';

/** Above the time a producer's command takes to fail. */
const ANSWER_WITHIN_MS = 8_000;

export interface RedisBackendOptions {
  /** redis:// or rediss://; may hold a password and is never shown. */
  readonly url: string;
  readonly prefix: string;
  readonly logger: Logger;
  readonly report: ErrorReporter;
  readonly heartbeatMs: number;
}

/** Throws CONFIG_INVALID. */
export function createRedisBackend(options: RedisBackendOptions): Backend {
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
