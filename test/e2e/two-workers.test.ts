import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { LEAN_NODE_FLAGS } from '#kernel/node-flags.ts';
import { until } from '#kernel/testing/until.ts';
import { deepShape } from '#simulator/account/presets.ts';
import { freePort, type PrivateRedis, startRedis } from '#sync-jobs/queue/testing/redis.ts';
import { assertSame, compareStore } from '../rig/compare.ts';
import { assertCovered, compareCoverage } from '../rig/coverage.ts';
import { type InProcess, OWNER, openLinked } from '../rig/in-process.ts';
import { createWorld, type World } from '../rig/world.ts';

const SECRET = 'the-secret-that-service-and-engine-share';
const PREFIX = 'two-workers';
const CHATS = 6;
const MESSAGES = 150;
const PUSHED = 20;
const WAIT_MS = 1_500;
const pathOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** One service and one worker beside it, on one queue, one database and one engine. */
describe('two workers', function () {
  this.timeout(60_000);
  let redis: PrivateRedis;
  let world: World;
  let engine: ChildProcess;
  let service: InProcess;
  let worker: ChildProcess;
  /** Chats that the second worker has asked for, in order. */
  let askedByWorker: string[];
  let engineUrl: string;

  const startWorker = async () => {
    const options = {
      file: join(world.dataDir, 'history.db'),
      redisUrl: redis.url,
      prefix: PREFIX,
      engineUrl,
      secret: SECRET,
      waitMs: WAIT_MS,
    };
    const child = spawn(process.execPath, [pathOf('test/rig/worker.ts'), JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    await until(() => lines.includes('ready'), 'worker');
    lines.length = 0;
    return { child, lines };
  };
  const end = async (child: ChildProcess | undefined, signal?: NodeJS.Signals) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    if (signal === undefined) child.stdin?.end();
    else child.kill(signal);
    await exited;
  };

  beforeEach(async () => {
    redis = await startRedis();
    world = await createWorld('deep', deepShape(CHATS, MESSAGES, PUSHED));
    const port = await freePort();
    engineUrl = `http://127.0.0.1:${port}`;
    const secretFile = join(world.dataDir, 'secret');
    await writeFile(secretFile, SECRET, { mode: 0o600 });
    const settings = {
      TANDEM_ENGINE_SECRET_FILE: secretFile,
      TANDEM_HISTORY_WAIT_MS: String(WAIT_MS),
      TANDEM_HISTORY_DELAY_MS: '0',
    };
    engine = spawn(process.execPath, [...LEAN_NODE_FLAGS, pathOf('engines/baileys/main.mjs')], {
      stdio: 'ignore',
      env: {
        ...process.env,
        ...world.env,
        ...settings,
        TANDEM_DATA_DIR: join(world.dataDir, 'engine'),
        TANDEM_BAILEYS_PORT: String(port),
        TANDEM_LOG_LEVEL: 'error',
      },
    });
    service = await openLinked(world, {
      ...settings,
      TANDEM_BAILEYS_URL: engineUrl,
      REDIS_URL: redis.url,
      TANDEM_QUEUE_PREFIX: PREFIX,
    });
    const started = await startWorker();
    worker = started.child;
    askedByWorker = started.lines;
  });
  afterEach(async () => {
    await end(worker);
    await service?.close();
    await end(engine, 'SIGTERM');
    await world?.close();
    await redis?.stop();
  });

  const slowly = (ms: number) => {
    world.simulator.faults.phone.onDemandDelayMs = ms;
  };
  const jids = () => [...world.simulator.oracle.chats()].map(({ canonicalJid }) => canonicalJid);
  const asked = () => world.simulator.historyRequests.all().length;
  const repeated = () =>
    world.simulator.historyRequests.counts().reduce((sum, chat) => sum + chat.repeated, 0);
  const fetchEach = () =>
    Promise.all(
      jids().map(async (chat) => (await service.services.olderHistory.fetch({ chat }, OWNER)).job_id),
    );
  const everything = async () => (await service.services.olderHistory.retrieveAll({}, OWNER)).job_id;
  const assertWhole = async () => {
    await end(worker);
    await service.close();
    assertSame(await compareStore(world.dataDir, world.simulator.oracle.messages()));
    assertCovered(await compareCoverage(world.dataDir, world.simulator));
  };

  it('share the work, and every page comes once, also where two jobs want the same chats', async () => {
    slowly(60);
    const ids = [await everything(), ...(await fetchEach())];
    for (const id of ids) assert.equal((await service.ended(id, 40_000)).status, 'completed');
    const pages = asked();
    assert.equal(repeated(), 0);
    assert.equal(pages, CHATS * Math.ceil((MESSAGES - PUSHED) / 50));
    assert.ok(
      askedByWorker.length > 0 && askedByWorker.length < pages,
      `${askedByWorker.length} of ${pages}`,
    );
    await assertWhole();
  });

  it('take over from each other when one is killed, and a page comes again at most once', async () => {
    slowly(100);
    const ids = await fetchEach();
    await until(() => askedByWorker.length >= 2, 'requests of the second worker');
    await end(worker, 'SIGKILL');
    slowly(0);
    // Nobody tells the other one: it looks now and then.
    for (const id of ids) assert.equal((await service.ended(id, 50_000)).status, 'completed');
    assert.ok(repeated() <= 1, `${repeated()} pages came twice`);
    await assertWhole();
  });

  it('stop what their owner cancels or pauses in the other process', async () => {
    slowly(400);
    const ids = await fetchEach();
    const chat = await until(() => askedByWorker[0], 'a request of the second worker');
    const id = ids[jids().indexOf(chat)] ?? '';
    await service.services.jobs.cancel(id, OWNER);
    await service.jobIs(id, ({ status }) => status === 'cancelled', 'cancelled');
    await service.services.jobs.resume(id, OWNER);
    slowly(0);
    for (const one of ids) assert.equal((await service.ended(one)).status, 'completed');
    assert.ok(repeated() <= 1, `${repeated()} pages came twice`);
    await assertWhole();
  });
});
