import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#kernel/testing/until.ts';
import { deepShape } from '#simulator/account/presets.ts';
import { type PrivateRedis, startRedis } from '#sync-jobs/queue/testing/redis.ts';
import { type Assistant, connectAssistant } from './assistant.ts';
import { assertSame, compareStore } from './compare.ts';
import { assertCovered, compareCoverage } from './coverage.ts';
import { startLinked } from './linked.ts';
import { seededRandom } from './random.ts';
import type { Service } from './service.ts';
import { createWorld, type World } from './world.ts';

/** So that the last kill still finds work to do: pages between two kills, on average. */
const PAGES_BETWEEN_KILLS = 6;
/** Turns do not end exactly there. */
const SPARE = 1.6;
const MESSAGES_PER_CHAT = 500;
const PUSHED = 20;
const PAGES_PER_CHAT = Math.ceil((MESSAGES_PER_CHAT - PUSHED) / 50);
const PROGRESS_LIMIT_MS = 60_000;
const END_LIMIT_MS = 300_000;

const victims = ['service', 'service', 'engine', 'engine', 'queue'] as const;
type Victim = (typeof victims)[number];

/** Kills over one backfill, each at a random moment between or within pages; the end is held against the account. */
export function killsOverOneBackfill(title: string, total: number, seed: number): void {
  const chats = Math.ceil((total * PAGES_BETWEEN_KILLS * SPARE) / PAGES_PER_CHAT) + 2;
  describe(`kills over one backfill (seed ${seed}, ${total} kills, ${chats} chats of ${MESSAGES_PER_CHAT})`, () => {
    const random = seededRandom(seed);
    let world: World;
    let redis: PrivateRedis;
    let service: Service;
    let assistant: Assistant;
    let settings: Readonly<Record<string, string>>;

    before(async function () {
      this.timeout(180_000);
      redis = await startRedis();
      settings = {
        REDIS_URL: redis.url,
        TANDEM_HISTORY_DELAY_MS: '0',
        TANDEM_HISTORY_WAIT_MS: '2000',
        TANDEM_TOOLSETS: 'all',
        TANDEM_LOG_LEVEL: 'info',
      };
      world = await createWorld('deep', deepShape(chats, MESSAGES_PER_CHAT, PUSHED));
      service = await startLinked(world, settings);
      assistant = await connectAssistant(service);
    });

    after(async function () {
      this.timeout(60_000);
      await assistant?.close().catch(() => undefined);
      await world?.close();
      await redis?.stop();
    });

    const asked = () => world.simulator.historyRequests.all().length;
    const jobState = async (id: string) => {
      const answer = await assistant.attempt('get_job', { job_id: id }).catch(() => null);
      if (answer?.ok !== true) return null;
      assert.notEqual(answer.data.status, 'failed', JSON.stringify(answer.data));
      return String(answer.data.status);
    };

    const strike: Readonly<Record<Victim, () => Promise<void>>> = {
      service: async () => {
        await service.kill();
        await assistant.close().catch(() => undefined);
        service = await world.start(settings);
        assistant = await connectAssistant(service);
      },
      engine: async () => {
        await service.killEngine();
        // One that dies again and again is left alone for a while; an operator would not wait.
        await assistant.attempt('restart_engine', { engine: 'baileys', mode: 'restart' });
      },
      // It keeps nothing on disk: it comes back empty.
      queue: async () => {
        await redis.kill();
        await sleep(random() * 300);
        await redis.start();
      },
    };

    it(title, async function () {
      this.timeout(0);
      const started = await assistant.attempt('retrieve_full_history', {});
      assert.equal(started.ok, true, JSON.stringify(started));
      const id = started.ok ? String(started.data.job_id) : '';
      const struck: Record<Victim, number> = { service: 0, engine: 0, queue: 0 };
      let kills = 0;
      for (; kills < total; kills += 1) {
        const target = asked() + Math.ceil(random() * 2 * PAGES_BETWEEN_KILLS);
        const ended = await until(
          async () => {
            if (asked() >= target) return 'more';
            return (await jobState(id)) === 'completed' ? 'ended' : null;
          },
          `progress after kill ${kills} of ${JSON.stringify(struck)}`,
          PROGRESS_LIMIT_MS,
        );
        if (ended === 'ended') break;
        // Anywhere between two pages, not always behind one.
        await sleep(random() * 30);
        const victim = victims[Math.floor(random() * victims.length)] ?? 'service';
        struck[victim] += 1;
        await strike[victim]();
      }
      assert.equal(kills, total, 'the backfill was over before the kills were');
      await until(async () => (await jobState(id)) === 'completed', 'end of the backfill', END_LIMIT_MS);
      await service.stop();

      assertSame(await compareStore(world.dataDir, world.simulator.oracle.messages()));
      assertCovered(await compareCoverage(world.dataDir, world.simulator));
      const counts = world.simulator.historyRequests.counts();
      const repeated = counts.reduce((sum, chat) => sum + chat.repeated, 0);
      const pages = counts.reduce((sum, chat) => sum + chat.answered, 0);
      console.log(
        `      ${kills} kills ${JSON.stringify(struck)}, ${pages} pages, ${repeated} of them fetched again`,
      );
      assert.ok(repeated <= kills, `${repeated} pages were fetched again after ${kills} kills`);
    });
  });
}
