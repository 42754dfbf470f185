import assert from 'node:assert/strict';
import fc from 'fast-check';
import { capabilities } from './capability.ts';
import { commands } from './command.ts';
import { sampleMessage } from './samples.ts';
import { engineReasons, reasonTexts } from './state.ts';
import { printObservations, readObservations } from './wire.ts';

const stored = (seq: number, observations: readonly unknown[]) => ({
  seq,
  json: JSON.stringify(observations),
});

describe('observations on the wire', () => {
  it('come back as they were stored, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 50 }), { maxLength: 5 }), (texts) => {
        const observations = texts.map((text, n) => sampleMessage(n, { text }));
        const answer = readObservations(printObservations('box', [stored(1, observations), stored(2, [])]));
        assert.equal(answer.outbox, 'box');
        assert.deepEqual(
          answer.entries.map((entry) => entry.seq),
          [1, 2],
        );
        // JSON cannot carry a lone surrogate through UTF-8, and nor can WhatsApp.
        assert.deepEqual(answer.entries[0]?.observations, JSON.parse(JSON.stringify(observations)));
      }),
    );
  });

  it('set a malformed observation aside and keep its neighbours', () => {
    const bad = { ...sampleMessage(2), sentAt: 1_700_000_000_000_000, extra: true };
    const [entry] = readObservations(
      printObservations('box', [stored(7, [sampleMessage(1), bad, sampleMessage(3)])]),
    ).entries;
    assert.deepEqual(
      entry?.observations.map((o) => (o.kind === 'message' ? o.text : '')),
      ['text 1', 'text 3'],
    );
    assert.equal(entry?.rejected.length, 1);
    assert.equal(entry?.rejected[0]?.index, 1);
    assert.deepEqual(JSON.parse(entry?.rejected[0]?.json ?? ''), bad);
    assert.match(entry?.rejected[0]?.problems.join() ?? '', /sentAt/);
  });

  it('find the damaged entry among whole ones, line breaks and all', () => {
    const text = printObservations('box', [
      stored(1, [sampleMessage(1)]),
      { seq: 2, json: '[{"kind":"mess\nage", torn' },
      stored(3, [sampleMessage(3)]),
      { seq: 4, json: '' },
    ]);
    const { outbox, entries } = readObservations(text);
    assert.equal(outbox, 'box');
    assert.deepEqual(
      entries.map((entry) => [entry.seq, entry.observations.length, entry.rejected.length]),
      [
        [1, 1, 0],
        [2, 0, 1],
        [3, 1, 0],
        [4, 0, 1],
      ],
    );
    assert.match(entries[1]?.rejected[0]?.json ?? '', /torn/);
  });

  it('are refused as a whole when the envelope is not ours', () => {
    for (const text of ['', '{}', 'null', '<html>', '{"outbox":"x"}', '{"outbox":1,"entries":[\n]}', '[]']) {
      assert.throws(() => readObservations(text));
    }
  });
});

describe('contract tables', () => {
  it('have one command for each capability and a text for each reason', () => {
    assert.deepEqual(new Set(Object.keys(commands)), new Set(capabilities));
    assert.deepEqual(new Set(Object.keys(reasonTexts)), new Set(engineReasons));
  });

  it('never let a send be repeated', () => {
    assert.equal(commands['send.text'].idempotent, false);
  });
});
