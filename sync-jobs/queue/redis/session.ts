import { Queue, Worker } from 'bullmq';
import type { Logger } from '#kernel/logger.ts';
import type { Session, SessionEvents } from '../backend.ts';
import { reasonOf } from '../entry.ts';
import type { ErrorReporter } from '../quiet-log.ts';
import { adviseOn } from './advice.ts';
import { createRedisClients, type RedisClients } from './clients.ts';
import { createMarker } from './marker.ts';

export interface RedisOptions {
  /** redis:// or rediss://; may hold a password and is never shown. */
  readonly url: string;
  readonly prefix: string;
  readonly logger: Logger;
  readonly report: ErrorReporter;
  readonly heartbeatMs: number;
}

/** Settles once Redis answers, however long that takes; rejects when the signal aborts. */
export async function openSession(
  options: RedisOptions,
  events: SessionEvents,
  signal: AbortSignal,
): Promise<Session> {
  const clients = createRedisClients(options.url, (error) => options.report('Redis failed', error));
  try {
    await firstReady(clients, events, signal);
    await adviseOn(clients.producer, options.logger);
    return await attend(clients, events, options);
  } catch (error) {
    clients.disconnect();
    throw error;
  }
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
async function attend(clients: RedisClients, events: SessionEvents, options: RedisOptions): Promise<Session> {
  const { producer, consumer } = clients;
  const marker = createMarker(producer, options.prefix);
  let isLost = false;
  let reason = 'CONNECTION_CLOSED';

  const lose = (why: string) => {
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
      // A command that was given up has no code; why no connection comes about does.
      const why = reasonOf(error);
      lose(why === 'UNKNOWN' && isLost ? reason : why);
    }
  };

  await marker.hasChanged();
  producer.on('error', (error) => {
    reason = reasonOf(error);
    // What stands against coming back says more than the loss itself.
    if (isLost) lose(reason);
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
