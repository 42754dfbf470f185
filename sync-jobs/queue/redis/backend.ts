import { Queue, Worker } from 'bullmq';
import { TandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Backend, Session, SessionEvents } from '../backend.ts';
import { reasonOf } from '../entry.ts';
import type { ErrorReporter } from '../quiet-log.ts';
import { adviseOn } from './advice.ts';
import { createRedisClients, type RedisClients } from './clients.ts';
import { createMarker } from './marker.ts';

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
      const clients = createRedisClients(options.url, (error) => options.report('Redis failed', error));
      try {
        await firstReady(clients, events, signal);
        await adviseOn(clients.producer, options.logger);
        return await attend(clients, events, options);
      } catch (error) {
        clients.disconnect();
        throw error;
      }
    },
  };
}

function isRedisUrl(url: string): boolean {
  return URL.canParse(url) && ['redis:', 'rediss:'].includes(new URL(url).protocol);
}

/** Waits however long it takes, and tells why on the way. */
async function firstReady(clients: RedisClients, events: SessionEvents, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { producer } = clients;
  const failed = (error: unknown) => events.lost(reasonOf(error));
  const aborted = () => reject(signal.reason);
  producer.on('error', failed);
  producer.once('ready', resolve);
  signal.addEventListener('abort', aborted, { once: true });
  try {
    signal.throwIfAborted();
    await promise;
  } finally {
    producer.off('error', failed);
    producer.off('ready', resolve);
    signal.removeEventListener('abort', aborted);
  }
}

/** Watches the store from now on: a lost connection, a silent server, a wiped one. */
async function attend(
  clients: RedisClients,
  events: SessionEvents,
  options: RedisBackendOptions,
): Promise<Session> {
  const { producer, consumer } = clients;
  const marker = createMarker(producer, options.prefix);
  let isLost = false;
  let reason = 'CONNECTION_CLOSED';

  const lose = (why: string) => {
    if (isLost) return;
    isLost = true;
    events.lost(why);
  };
  const look = async () => {
    try {
      const changed = await marker.hasChanged();
      if (!changed && !isLost) return;
      isLost = false;
      events.back();
    } catch (error) {
      options.report('Redis does not answer', error);
      lose(reasonOf(error));
    }
  };

  await marker.hasChanged();
  producer.on('error', (error) => {
    reason = reasonOf(error);
  });
  producer.on('close', () => lose(reason));
  producer.on('ready', () => void look());
  const heartbeat = setInterval(() => void look(), options.heartbeatMs);
  return {
    queue: (name, queueOptions) =>
      new Queue(name, { ...queueOptions, prefix: options.prefix, connection: producer }),
    worker: (name, processor, workerOptions) =>
      new Worker(name, processor, { ...workerOptions, prefix: options.prefix, connection: consumer }),
    async close() {
      clearInterval(heartbeat);
      producer.removeAllListeners('close');
      clients.disconnect();
    },
  };
}
