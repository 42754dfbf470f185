import assert from 'node:assert/strict';
import type { MaintenanceStore } from '#history/contracts/maintenance.ts';
import { TandemError } from '#kernel/errors.ts';
import { club, message } from '#orchestrator/services/testing/sample-history.ts';
import { dieAt, EVERY_DEATH_MS, everyDeath } from '../testing/deaths.ts';
import { createJobWorld, type Death, type JobWorld } from '../testing/world.ts';
import { rebuildSearchKind } from './rebuild-search.ts';

const MESSAGES = 1_200;

describe('rebuilding the search index, as a job', () => {
  let world: JobWorld;
  /** Stands before the store's own step. */
  let reindex: MaintenanceStore['reindex'] | null;
  const open = async (count = MESSAGES) => {
    reindex = null;
    world = await createJobWorld({
      kinds: ({ history, mortal }) => {
        const { maintenance } = history;
        const step: MaintenanceStore['reindex'] = (after, limit) =>
          (reindex ?? maintenance.reindex)(after, limit);
        const faulty = mortal({ ...world?.history.maintenance, reindex: step });
        return [rebuildSearchKind({ history: { maintenance: faulty } })];
      },
    });
    await world.learn(Array.from({ length: count }, (_, n) => message(club, n, `umbrella ${n}`)));
  };
  afterEach(() => world.close());

  const hits = async () => {
    const found = await world.history.search.run({ text: 'umbrella', mode: 'auto', limit: 5_000 });
    return [found.hits.length, found.degraded];
  };
  const start = async () => (await world.start('rebuild-search', {})).id;

  it('makes room at its next step for what somebody waits for', async () => {
    await open();
    const { id } = await world.start('rebuild-search', {});
    const life = await world.live();
    world.overtaken = true;
    assert.equal(await life.turn(id), true);
    assert.deepEqual([(await world.job(id)).state, (await world.job(id)).done], ['queued', 0]);
    world.overtaken = false;
    assert.equal((await life.run(id)).state, 'completed');
  });

  it('goes through all messages, step by step', async () => {
    await open();
    const places: (number | null)[] = [];
    reindex = (after, limit) => {
      places.push(after);
      return world.history.maintenance.reindex(after, limit);
    };
    const job = await (await world.live()).run(await start());
    assert.deepEqual([job.state, job.result], ['completed', { messages: MESSAGES }]);
    assert.deepEqual([job.done, job.total], [MESSAGES, MESSAGES]);
    assert.deepEqual([places.length, places[0]], [3, null]);
    assert.deepEqual(await hits(), [MESSAGES, null]);
  });

  it('begins anew when the index fails meanwhile, and gives up with a name in the end', async () => {
    await open();
    let failures = 1;
    let starts = 0;
    reindex = (after, limit) => {
      if (after === null) starts += 1;
      else if (failures > 0) {
        failures -= 1;
        return Promise.reject(new TandemError('DATABASE_ERROR'));
      }
      return world.history.maintenance.reindex(after, limit);
    };
    assert.equal((await (await world.live()).run(await start())).state, 'completed');
    assert.deepEqual([starts, await hits()], [2, [MESSAGES, null]]);
    failures = Number.POSITIVE_INFINITY;
    starts = 0;
    const job = await (await world.live()).run(await start());
    assert.deepEqual([job.state, job.error?.code, starts], ['failed', 'DB_CORRUPT', 3]);
    failures = 0;
    await world.jobs.resume(job.id, null);
    assert.equal((await (await world.live()).run(job.id)).state, 'completed');
    assert.deepEqual(await hits(), [MESSAGES, null]);
  });

  it('has everything in the index once, wherever it is killed', async () => {
    await open();
    const whole = await world.live();
    await whole.run(await start());
    const calls = whole.calls();
    assert.ok(calls > 10);
    for (const death of everyDeath(calls)) {
      await world.close();
      await open();
      await killedAt(death);
    }
  }).timeout(EVERY_DEATH_MS);

  async function killedAt(death: Death): Promise<void> {
    const id = await start();
    await dieAt(death, world, id);
    assert.equal((await (await world.live()).run(id)).state, 'completed');
    assert.deepEqual(await hits(), [MESSAGES, null]);
    assert.deepEqual(await world.history.integrity(), []);
  }
});
