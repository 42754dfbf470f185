import assert from 'node:assert/strict';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sampleMessage } from '#engines/contract/samples.ts';
import type { IngestStore } from '#history/contracts/history.ts';
import { systemClock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { until } from '#kernel/testing/until.ts';
import { type EngineSeat, openEngineSeat } from '../testing/engine-seat.ts';
import { openTestHistory, silentLogger, type TestHistory } from '../testing/history.ts';
import { type Consumer, createConsumer } from './consumer.ts';

describe('ingest', () => {
  let home: TestHistory;
  let seat: EngineSeat;
  let consumer: Consumer;
  let outboxFile: string;

  function consume(store: IngestStore = home.history.ingest): Consumer {
    consumer = createConsumer({ engine: 'baileys', store, clock: systemClock, logger: silentLogger });
    consumer.attach(1, seat.client);
    return consumer;
  }
  const stored = async () =>
    (await home.history.messages.list({ order: 'newest', limit: 1, withTotal: true })).total;
  const arrives = (count: number) => until(async () => (await stored()) === count, `${count} messages`);

  beforeEach(async () => {
    home = await openTestHistory();
    outboxFile = join(home.dir, 'outbox.db');
    seat = await openEngineSeat(outboxFile);
  });
  afterEach(async () => {
    await consumer.stop();
    await seat.close();
    await home.close();
  });

  it('stores what stands in the outbox, then what comes, and acknowledges it', async () => {
    seat.engine.outbox.append([sampleMessage(1), sampleMessage(2)]);
    seat.engine.outbox.append([sampleMessage(3)]);
    const reports: number[] = [];
    consume().onIngested(({ report }) => reports.push(report.messagesAdded));
    consumer.setGate('open');
    await arrives(3);
    seat.engine.outbox.append([sampleMessage(4)]);
    await arrives(4);
    await until(() => seat.engine.outbox.stats().entries === 0, 'acknowledgement of all');
    assert.deepEqual([consumer.view().committedSeq, consumer.view().messagesAdded], [3, 4]);
    assert.equal(
      reports.reduce((sum, n) => sum + n, 0),
      4,
    );
    assert.equal(await home.history.ingest.offset('baileys', seat.engine.outbox.id), 3);
  });

  it('waits at a closed gate and forgets what belongs to another account', async () => {
    seat.engine.outbox.append([sampleMessage(1)]);
    consume();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual([await stored(), seat.engine.outbox.stats().entries], [0, 1]);
    consumer.setGate('discarding');
    await until(() => consumer.view().discarded === 1, 'dropped message');
    seat.engine.outbox.append([sampleMessage(2)]);
    await until(() => consumer.view().discarded === 2, 'second dropped message');
    consumer.setGate('open');
    seat.engine.outbox.append([sampleMessage(3)]);
    await arrives(1);
  });

  it('goes on where it was after a restart, and doubles nothing that was committed but not acknowledged', async () => {
    seat.engine.outbox.append([sampleMessage(1)]);
    consume().setGate('open');
    await arrives(1);
    await consumer.stop();
    await home.reopen();
    seat.engine.outbox.append([sampleMessage(2)]);
    consume().setGate('open');
    await arrives(2);
    assert.deepEqual([consumer.view().messagesAdded, consumer.view().messagesDeduplicated], [1, 0]);
  });

  it('starts from the beginning of a new outbox', async () => {
    seat.engine.outbox.append([sampleMessage(1)]);
    consume().setGate('open');
    await arrives(1);
    await seat.close();
    seat = await openEngineSeat(join(home.dir, 'another.db'));
    seat.engine.outbox.append([sampleMessage(2)]);
    consumer.attach(2, seat.client);
    await arrives(2);
    assert.equal(consumer.view().outboxId, seat.engine.outbox.id);
  });

  it('sets aside what does not fit the contract, and stores its neighbours', async () => {
    seat.engine.outbox.append([sampleMessage(1), sampleMessage(2), sampleMessage(3)]);
    seat.engine.outbox.append([sampleMessage(4)]);
    seat.engine.outbox.append([sampleMessage(5)]);
    const db = new Database(outboxFile);
    const damage = (seq: number, from: string, to: string) =>
      db.prepare(`UPDATE entries SET json = replace(json, ?, ?) WHERE seq = ?`).run(from, to, seq);
    damage(1, '"text 2"', '{"not":"a text"}');
    damage(2, '[{', 'not json');
    db.close();
    consume().setGate('open');
    await arrives(3);
    await until(async () => (await home.history.ingest.quarantinedCount()) === 2, 'count');
    assert.equal(consumer.view().quarantined, 2);
    await until(() => seat.engine.outbox.stats().entries === 0, 'acknowledgement of all');
  });

  it('waits while the database cannot be written, and loses nothing', async () => {
    const file = join(home.dir, 'history.db');
    const blocker = new Database(file);
    seat.engine.outbox.append([sampleMessage(1)]);
    blocker.exec('BEGIN IMMEDIATE');
    consume().setGate('open');
    await until(() => consumer.view().error?.code === 'DB_LOCKED', 'reason');
    assert.equal(seat.engine.outbox.stats().entries, 1);
    blocker.exec('COMMIT');
    blocker.close();
    await arrives(1);
    await until(() => consumer.view().error === null, 'end of the error');
  });

  /** Faults that the real store is not known to have: what an observation that breaks it would do. */
  function breakingOn(texts: readonly string[], withIndex: boolean): IngestStore {
    return {
      ...home.history.ingest,
      apply: (batch) => {
        const at = batch.observations.findIndex(
          (one) => one.kind === 'message' && texts.includes(one.text ?? ''),
        );
        if (at < 0) return home.history.ingest.apply(batch);
        return Promise.reject(
          withIndex
            ? new TandemError('DATABASE_ERROR', {
                details: { reason: 'SQLITE_CONSTRAINT_CHECK', observation: at },
              })
            : new TypeError('cannot read this'),
        );
      },
    };
  }

  it('takes out exactly the observations that the history names as impossible', async () => {
    seat.engine.outbox.append([1, 2, 3, 4].map((n) => sampleMessage(n)));
    seat.engine.outbox.append([sampleMessage(5)]);
    consume(breakingOn(['text 2', 'text 4'], true)).setGate('open');
    await arrives(3);
    await until(() => consumer.view().quarantined === 2, 'two aside');
    assert.equal(await home.history.ingest.quarantinedCount(), 1);
    await home.history.close();
    const db = new Database(join(home.dir, 'history.db'), { readonly: true });
    const row = db.prepare(`SELECT json FROM quarantine`).get() as { json: string };
    db.close();
    assert.deepEqual(
      (JSON.parse(row.json) as string[]).map((one) => (JSON.parse(one) as { text: string }).text),
      ['text 2', 'text 4'],
    );
    await home.reopen();
  });

  it('sets a whole entry aside when the history breaks on it without saying why', async () => {
    seat.engine.outbox.append([sampleMessage(1), sampleMessage(2)]);
    seat.engine.outbox.append([sampleMessage(3)]);
    consume(breakingOn(['text 2'], false)).setGate('open');
    await arrives(1);
    assert.equal(await home.history.ingest.quarantinedCount(), 1);
    assert.equal(consumer.view().committedSeq, 2);
  });

  it('survives an engine that goes away and comes back', async () => {
    seat.engine.outbox.append([sampleMessage(1)]);
    consume().setGate('open');
    await arrives(1);
    await seat.close();
    await until(() => consumer.view().error !== null, 'word of it');
    seat = await openEngineSeat(outboxFile);
    seat.engine.outbox.append([sampleMessage(2)]);
    consumer.attach(2, seat.client);
    consumer.detach(1);
    await arrives(2);
  });
});
