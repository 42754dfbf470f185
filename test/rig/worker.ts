import { z } from 'zod';
import { createEngineClient } from '#engines/contract/client.ts';
import { openHistory } from '#history/sqlite/history.ts';
import { systemClock } from '#kernel/clock.ts';
import { systemIds } from '#kernel/ids.ts';
import { createLogger } from '#kernel/logger.ts';
import { createPace } from '#sync-jobs/backfill/pace.ts';
import { createPhone } from '#sync-jobs/backfill/phone.ts';
import type { WalkDeps } from '#sync-jobs/backfill/walk.ts';
import { historyKind } from '#sync-jobs/kinds/history.ts';
import { createJobQueue } from '#sync-jobs/queue/create.ts';
import { createSyncJobs } from '#sync-jobs/sync-jobs.ts';

/**
 * A second worker in a process of its own: the store and the queue of a service that runs, the engine by HTTP. Prints the chat of
 * every request that it makes, a line each; ends when its stdin does.
 */
const { file, redisUrl, prefix, engineUrl, secret, waitMs } = z
  .strictObject({
    file: z.string(),
    redisUrl: z.string(),
    prefix: z.string(),
    engineUrl: z.string(),
    secret: z.string(),
    waitMs: z.number(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));

const clock = systemClock;
const logger = createLogger({ level: 'error', program: 'worker' });
const history = await openHistory({ file, clock, logger });
const engine = createEngineClient({ name: 'baileys', baseUrl: engineUrl, secret });
const router: WalkDeps['router'] = {
  call: async (capability, input, { signal } = {}) => {
    if ('chat' in input) process.stdout.write(`${input.chat}\n`);
    const output = await engine.command(capability, input, signal === undefined ? {} : { signal });
    return { output, engine: 'baileys', attempts: [] };
  },
};
const syncJobs = createSyncJobs({
  history,
  queue: createJobQueue({
    redisUrl,
    prefix,
    cacheDir: '',
    logger,
    clock,
    concurrency: { history: 1, actions: 1, media: 1, maintenance: 1 },
    idleStopMs: 60_000,
  }),
  kinds: () => [
    historyKind({
      history,
      router,
      backfills: history.backfills,
      // Another process takes in what comes.
      onIngested: () => () => undefined,
      pace: createPace({ delayMs: 0 }),
      phone: createPhone(clock, waitMs),
      engines: () => ['baileys'],
      clock,
      pageSize: 50,
      waitMs,
      parallel: 1,
      isFirstSync: () => false,
      isPushed: () => true,
    }),
  ],
  keepDays: 30,
  clock,
  ids: systemIds,
  logger,
});
await syncJobs.start();
process.stdout.write('ready\n');
process.stdin.resume();
process.stdin.once('end', () => {
  void syncJobs
    .stop()
    .then(() => engine.close())
    .then(() => history.close())
    .then(() => process.exit(0));
});
