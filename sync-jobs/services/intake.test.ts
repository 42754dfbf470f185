import assert from 'node:assert/strict';
import { TandemError } from '#kernel/errors.ts';
import { club, message } from '#orchestrator/services/testing/sample-history.ts';
import { createWorld, type World } from '#orchestrator/services/testing/world.ts';
import { createIntake } from './intake.ts';

describe('taking in what engines hold', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  const settle = (seconds: number) => createIntake(world.services.parts).settle(seconds);

  it('is complete at once when nothing is left, and counts nothing', async () => {
    assert.deepEqual(await settle(5), {
      complete: true,
      messages_added: 0,
      messages_deduplicated: 0,
      messages_enriched: 0,
      messages_skipped: 0,
      engines: [{ engine: 'baileys', complete: true, waiting_batches: 0 }],
    });
  });

  it('waits for what an engine holds, and counts what came meanwhile', async () => {
    const news = message(club, 9_000, 'news');
    world.outbox().append([news]);
    world.setTakenIn({ committedSeq: 0 });
    const [early] = (await settle(0)).engines;
    assert.deepEqual([early?.complete, early?.waiting_batches], [false, 1]);
    const settled = settle(20);
    await world.learn([news]);
    world.setTakenIn({ quarantined: 2 });
    const report = await settled;
    assert.deepEqual([report.complete, report.messages_added, report.messages_skipped], [true, 1, 2]);
    assert.deepEqual([(await settle(20)).messages_added], [0]);
  });

  it('does not wait for an engine that is away, or that cannot be taken in', async () => {
    world.outbox().append([message(club, 9_000, 'news')]);
    world.setTakenIn({ committedSeq: 0, error: new TandemError('DB_DISK_FULL') });
    const full = await settle(20);
    assert.deepEqual([full.complete, full.engines[0]?.code], [false, 'DB_DISK_FULL']);
    const { fleet, ingest } = world.services.parts;
    const holds = () => Promise.reject(new TandemError('ENGINE_UNREACHABLE'));
    const away = await createIntake({ fleet, ingest: { ...ingest, holds } }).settle(20);
    assert.deepEqual([away.complete, away.engines[0]?.code], [false, 'ENGINE_UNREACHABLE']);
  });
});
