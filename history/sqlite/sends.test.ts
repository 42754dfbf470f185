import assert from 'node:assert/strict';
import { type Bench, openBench, T0 } from '../test-support.ts';

const intent = (change: object = {}) => ({
  messageId: '3EB0AA',
  operation: 'send_message',
  idempotencyKey: 'key-1' as string | null,
  fingerprint: 'ff',
  chatJid: '4915100000001@s.whatsapp.net',
  createdAtMs: T0 * 1_000,
  ...change,
});
const HOUR_MS = 3_600_000;

describe('sends, rates and audit', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(() => bench.close());

  it('plans a send once per key, until the key expires or is released', async () => {
    const { sends } = bench.history;
    const first = await sends.plan(intent(), HOUR_MS);
    assert.deepEqual([first.existing, first.record.state], [false, 'planned']);
    const again = await sends.plan(intent({ messageId: '3EB0BB' }), HOUR_MS);
    assert.deepEqual([again.existing, again.record.messageId], [true, '3EB0AA']);
    assert.equal((await sends.plan(intent({ operation: 'other' }), HOUR_MS)).existing, false);
    assert.equal((await sends.plan(intent({ idempotencyKey: null }), HOUR_MS)).existing, false);
    const late = await sends.plan(intent({ createdAtMs: T0 * 1_000 + HOUR_MS }), HOUR_MS);
    assert.equal(late.existing, false);
    await sends.release(late.record.id);
    assert.equal(await sends.get(late.record.id), null);
    assert.equal((await sends.plan(intent(), HOUR_MS)).existing, false);
  });

  it('follows a send to its end and finds what a crash left open', async () => {
    const { sends } = bench.history;
    const { record } = await sends.plan(intent(), HOUR_MS);
    await sends.update(record.id, { state: 'dispatched', engine: 'baileys' });
    assert.deepEqual(
      (await sends.open()).map((one) => [one.id, one.state, one.engine]),
      [[record.id, 'dispatched', 'baileys']],
    );
    bench.clock.advance(500);
    await sends.update(record.id, { state: 'done', result: '{"ok":true}' });
    assert.deepEqual(await sends.open(), []);
    const done = await sends.get(record.id);
    assert.deepEqual(
      [done?.engine, done?.result, done?.updatedAtMs],
      ['baileys', '{"ok":true}', T0 * 1_000 + 500],
    );
    const recent = (since: number) => sends.recent('send_message', intent().chatJid, 'ff', since);
    assert.equal((await recent(T0 * 1_000))?.id, record.id);
    assert.equal(await recent(T0 * 1_000 + 1), null);
  });

  it('counts events in a sliding window that survives', async () => {
    const { rates } = bench.history;
    const take = (nowMs: number) => rates.take('sends', 2, 60_000, nowMs);
    assert.deepEqual(await take(1_000), { ok: true, retryAfterMs: 0 });
    assert.equal((await take(11_000)).ok, true);
    assert.deepEqual(await take(21_000), { ok: false, retryAfterMs: 40_000 });
    assert.equal((await rates.take('other', 1, 60_000, 21_000)).ok, true);
    assert.equal((await take(61_000)).ok, true);
    assert.deepEqual(await take(61_000), { ok: false, retryAfterMs: 10_000 });
  });

  it('keeps the audit, newest first', async () => {
    const entry = {
      at: T0,
      actor: 'cli',
      tool: 'send_message',
      ok: true,
      code: null,
      engine: 'baileys',
      durationMs: 12,
      details: { chars: 5 },
    };
    await bench.history.audit.append(entry);
    await bench.history.audit.append({ ...entry, ok: false, code: 'SEND_FAILED' });
    assert.deepEqual(await bench.history.audit.list(5), [
      { ...entry, ok: false, code: 'SEND_FAILED' },
      entry,
    ]);
    assert.equal((await bench.history.audit.list(1)).length, 1);
  });
});
