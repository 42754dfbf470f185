import { Redis, type RedisOptions } from 'ioredis';

/** A producer's command fails after so many attempts to connect: whoever called must hear of it, not hang. */
const PRODUCER_RETRIES = 2;
const PRODUCER_COMMAND_TIMEOUT_MS = 5_000;

/** A host that swallows packets would hold each attempt for the system's minutes. */
const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_STEP_MS = 200;
const RECONNECT_MAX_MS = 2_000;

export interface RedisClients {
  /** For whoever calls: finite. */
  readonly producer: Redis;
  /** For workers, which wait however long it takes; BullMQ makes a blocking copy for each of them. */
  readonly consumer: Redis;
  /** Cuts every connection, the copies too, whatever they wait for. */
  disconnect(): void;
}

/** Connects at once and again for ever; `failed` hears of each error of any connection. */
export function createRedisClients(url: string, failed: (error: unknown) => void): RedisClients {
  const all = new Set<Redis>();
  const shared: RedisOptions = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(attempt * RECONNECT_STEP_MS, RECONNECT_MAX_MS),
  };

  function track(client: Redis): Redis {
    client.on('error', failed);
    all.add(client);
    hidePolicy(client);
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (override) => track(duplicate(override));
    return client;
  }

  const producer = new Redis(url, {
    ...shared,
    maxRetriesPerRequest: PRODUCER_RETRIES,
    commandTimeout: PRODUCER_COMMAND_TIMEOUT_MS,
  });
  return {
    producer: track(producer),
    consumer: track(new Redis(url, { ...shared, maxRetriesPerRequest: null })),
    disconnect() {
      for (const client of all) client.disconnect();
    },
  };
}

/**
 * BullMQ reads the version with `info()`, and on the way complains of the policy on the console, once per connection. Indented
 * it does not find the line; whoever else asks does. ioredis asks with a callback, and gets what Redis says.
 */
function hidePolicy(client: Redis): void {
  const info = client.info.bind(client) as (...args: unknown[]) => Promise<string>;
  const indented = async () => (await info()).replace(/^maxmemory_policy:/m, ' $&');
  client.info = ((...args: unknown[]) => (args.length === 0 ? indented() : info(...args))) as Redis['info'];
}
