import { residentBytesOf } from '#kernel/processes.ts';
import { until } from '#kernel/testing/until.ts';
import { createWorld, scanWhenAsked } from '../test/rig/world.ts';
import type { BenchRow } from './row.ts';

const MESSAGES_PER_CHAT = 1_250;
const LIMIT_MB = 250;
const LIMIT_MS = 600_000;
const BYTES_PER_MB = 1_048_576;

/** Resident memory of the service process while a million messages stream in through engine and store. */
export async function benchMemory(): Promise<readonly BenchRow[]> {
  const world = await createWorld('million', { pushedPerChat: MESSAGES_PER_CHAT });
  try {
    const service = await world.start({ TANDEM_LOG_LEVEL: 'warn' });
    const { pushed } = world.simulator.oracle.counts();
    const samples: { readonly messages: number; readonly mb: number }[] = [];
    const startedAt = performance.now();
    await until(
      async () => {
        await scanWhenAsked(world, service);
        const messages = (await service.status()).store?.messages ?? 0;
        samples.push({ messages, mb: (residentBytesOf(service.pid) ?? Number.NaN) / BYTES_PER_MB });
        return messages === pushed;
      },
      'a million messages',
      LIMIT_MS,
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    const peak = Math.max(...samples.map((sample) => sample.mb));
    const quarter = Math.max(...samples.filter(({ messages }) => messages < pushed / 4).map(({ mb }) => mb));
    return [
      {
        name: `memory of the service, ${pushed.toLocaleString('en')} messages streamed in`,
        value: `${peak.toFixed(0)} MB peak; ${quarter.toFixed(0)} MB in the first quarter`,
        limit: `${LIMIT_MB} MB`,
        ratio: peak / LIMIT_MB,
        ok: peak <= LIMIT_MB,
      },
      {
        name: 'the same stream, messages a second from scan to committed rows',
        value: `${Math.round(pushed / seconds).toLocaleString('en')}/s`,
        limit: '–',
        ratio: null,
        ok: true,
      },
    ];
  } finally {
    await world.close();
  }
}
