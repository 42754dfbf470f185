import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '#kernel/logger.ts';
import type { Observation } from '../observation.ts';
import { type Outbox, openOutbox } from '../outbox.ts';
import { sampleMessage } from '../samples.ts';
import { createSink, type Sink } from './sink.ts';
import { blockDatabase } from './testing/blocked-database.ts';

describe('engine kit: sink', () => {
  let dir: string;
  let outbox: Outbox;
  let sink: Sink;
  let refusals: number;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tandem-sink-'));
    outbox = openOutbox(join(dir, 'outbox.db'));
    refusals = 0;
    const onBlocked = () => {
      refusals += 1;
    };
    const logger = createLogger({ level: 'silent', program: 'test' });
    sink = createSink({ outbox, logger, onBlocked });
  });
  afterEach(async () => {
    outbox.close();
    await rm(dir, { recursive: true, force: true });
  });

  const ids = () =>
    outbox
      .read(0, 1_000)
      .flatMap(({ json }) => JSON.parse(json) as Observation[])
      .map((one) => (one.kind === 'message' ? one.id : one.kind));
  const id = (n: number) => sampleMessage(n).id;

  it('holds what the disk refuses, in order, says so once, and writes it when the disk takes it', () => {
    const blocked = blockDatabase(join(dir, 'outbox.db'));
    sink.deliver([sampleMessage(1)]);
    sink.deliver([sampleMessage(2)]);
    assert.throws(() => sink.append([sampleMessage(9)]));
    assert.deepEqual([refusals, sink.blocked(), sink.retry(), ids()], [1, true, false, []]);
    blocked.release();
    // Nothing overtakes what is held.
    sink.deliver([sampleMessage(3)]);
    assert.deepEqual(ids(), []);
    assert.deepEqual([sink.retry(), sink.blocked()], [true, false]);
    sink.deliver([sampleMessage(4)]);
    assert.deepEqual(ids(), [id(1), id(2), id(3), id(4)]);
  });

  it('drops what does not fit the contract, and only that', async () => {
    const odd = { ...sampleMessage(1), id: '' };
    sink.deliver([odd, sampleMessage(2)]);
    sink.append([odd, sampleMessage(3)]);
    assert.deepEqual(ids(), [id(2), id(3)]);
    await sink.appendHistory([odd]);
    assert.deepEqual(ids(), [id(2), id(3), '']);
  });
});
