import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createColours } from './colours.ts';
import { axisOf, renderTimeline, type TimelineChat } from './timeline.ts';

const plain = createColours(false);
const DAY = 86_400;
const NOW = 1_000 * DAY;

const chat = (change: Partial<TimelineChat>): TimelineChat => ({
  held: [],
  startProven: false,
  firstAt: null,
  ...change,
});

describe('the time line of a chat', () => {
  const axis = { from: NOW - 10 * DAY, to: NOW, columns: 10 };
  const line = (change: Partial<TimelineChat>) => renderTimeline(chat(change), axis, plain);

  it('shows what is held, what is missing and where the chat begins', () => {
    assert.equal(line({}), '░░░░░░░░░░');
    assert.equal(line({ held: [{ from: NOW - 4 * DAY, to: NOW }] }), '░░░░░░▇▇▇▇');
    assert.equal(
      line({ held: [{ from: 0, to: NOW }], startProven: true, firstAt: NOW - 7.5 * DAY }),
      '  ┃▇▇▇▇▇▇▇',
    );
  });

  it('shows a gap that is much shorter than a column', () => {
    const held = [
      { from: NOW - 2.5 * DAY, to: NOW },
      { from: NOW - 10 * DAY, to: NOW - 2.5 * DAY - 60 },
    ];
    assert.equal(line({ held }), '▇▇▇▇▇▇▇░▇▇');
  });

  it('never shows a column as held that is not', () => {
    const span = fc.tuple(fc.integer({ min: 0, max: 10 * DAY }), fc.integer({ min: 1, max: DAY * 5 }));
    fc.assert(
      fc.property(span, ([at, length]) => {
        const from = axis.from + at;
        const cells = [...line({ held: [{ from, to: from + length }] })];
        for (const [column, cell] of cells.entries()) {
          const left = axis.from + column * DAY;
          if (cell === '▇') assert.ok(from <= left + 2 && from + length >= left + DAY - 2);
        }
        assert.equal(cells.length, axis.columns);
      }),
    );
  });

  it('has the oldest chat of a table at its left end', () => {
    const old = chat({ firstAt: NOW - 30 * DAY, held: [{ from: 0, to: NOW }], startProven: true });
    const young = chat({ held: [{ from: NOW - DAY, to: NOW }] });
    assert.deepEqual(axisOf([young, old], NOW, 20), { from: NOW - 30 * DAY, to: NOW, columns: 20 });
    assert.ok(axisOf([], NOW, 20).from < NOW);
  });
});
