import assert from 'node:assert/strict';
import { describe, it } from 'mocha';

// Scripts of pages have no types; what they give is told here.
const axis = (await import(new URL('assets/coverage-axis.js', import.meta.url).href)) as {
  marksOf(begin: number, now: number, room: number): [number, string, boolean][];
};
const words = (await import(new URL('assets/coverage-words.js', import.meta.url).href)) as {
  linesOf(chat: unknown, now: number, reasons: Map<string, string>): { kind: string; text: string }[];
  headlineOf(chat: unknown): string;
};

const DAY = 86_400;
const NOW = Date.UTC(2026, 10, 20, 12) / 1_000;

describe('console: scripts of the coverage picture', () => {
  it('mark years and quarters where years are shown, days where days are', () => {
    const years = axis.marksOf(NOW - 4 * 365 * DAY, NOW, 18);
    assert.deepEqual(
      years.filter(([, , isYear]) => isYear).map(([, text]) => text),
      ['2023', '2024', '2025', '2026'],
    );
    const week = axis.marksOf(NOW - 7 * DAY, NOW, 18);
    assert.equal(week.length, 7);
    assert.match(week[0]?.[1] ?? '', /14/);
  });

  it('never mark more than there is room for, in order and within the time shown', () => {
    for (const days of [0.01, 1, 6, 40, 91, 92, 400, 1_500, 9_000, 60_000]) {
      for (const room of [1, 3.4, 18]) {
        const begin = NOW - days * DAY;
        const times = axis.marksOf(begin, NOW, room).map(([time]) => time);
        assert.ok(times.length <= Math.ceil(room), `${times.length} marks in ${days} days`);
        assert.ok(
          times.every((time, at) => time >= begin && time < NOW && time > (times[at - 1] ?? -Infinity)),
        );
      }
    }
  });

  it('say intervals newest first, and how much is held', () => {
    const chat = {
      held_percent: 40,
      state: 'partial',
      start_proven: false,
      messages: 1_200,
      first_at: NOW - 100 * DAY,
      held: [
        [NOW - 10 * DAY, NOW, ['push', 'live']],
        [NOW - 100 * DAY, NOW - 60 * DAY, ['page']],
      ],
      missing: [
        [NOW - 60 * DAY, NOW - 10 * DAY, 'engine-offline'],
        [0, NOW - 100 * DAY, 'never-pushed'],
      ],
    };
    const lines = words.linesOf(chat, NOW, new Map([['engine-offline', 'no engine was connected']]));
    assert.deepEqual(
      lines.map(({ kind }) => kind),
      ['held', 'engine-offline', 'held', 'never-pushed'],
    );
    assert.match(lines[0]?.text ?? '', / – now: held \(pushed by the phone, live\)$/);
    assert.match(lines[1]?.text ?? '', /: missing, no engine was connected$/);
    assert.match(lines[3]?.text ?? '', /^before .*: missing, never-pushed$/);
    assert.match(words.headlineOf(chat), /^40 % held, 1,200 messages, oldest message /);
  });
});
