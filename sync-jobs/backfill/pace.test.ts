import assert from 'node:assert/strict';
import { createFixedClock } from '#kernel/clock.ts';
import { createPace, type Pace } from './pace.ts';

const signal = new AbortController().signal;

describe('the pace of older history', () => {
  let clock: ReturnType<typeof createFixedClock>;
  let slept: number[];
  const open = (delayMs: number): Pace => {
    clock = createFixedClock(1_000_000);
    slept = [];
    const sleep = async (ms: number) => {
      slept.push(ms);
      clock.advance(ms);
    };
    return createPace({ delayMs, clock, random: () => 0.5, sleep });
  };
  const turns = async (pace: Pace, count: number) => {
    for (let n = 0; n < count; n += 1) await pace.turn(signal);
  };

  it('is the usual pause between two requests', async () => {
    const pace = open(3_000);
    await turns(pace, 3);
    assert.deepEqual(slept, [3_000, 3_000]);
    assert.equal(pace.restMs(), 0);
  });

  it('is none where none is wanted', async () => {
    await turns(open(0), 5);
    assert.deepEqual(slept, []);
  });

  it('lets those that ask together go one after the other', async () => {
    const pace = open(1_000);
    const at: number[] = [];
    const go = () => pace.turn(signal).then(() => at.push(clock.now()));
    await go();
    await go();
    await go();
    assert.deepEqual(
      at.map((ms) => ms - 1_000_000),
      [0, 1_000, 2_000],
    );
  });

  it('slows down a little by trouble, however much of it there is, and recovers with every answer', () => {
    for (const [usual, most] of [
      [0, 4_000],
      [3_000, 6_000],
      [600_000, 1_200_000],
    ] as const) {
      const pace = open(usual);
      for (let n = 0; n < 20; n += 1) pace.troubled();
      assert.equal(pace.delayMs(), most);
      let before = pace.delayMs();
      for (let n = 0; n < 20 && pace.delayMs() > usual; n += 1) {
        pace.answered();
        assert.ok(pace.delayMs() < before);
        before = pace.delayMs();
      }
      assert.equal(pace.delayMs(), usual);
    }
  });

  it('rests as a whole when it is told to slow down, at least as long as it is told, and is much slower then', async () => {
    const pace = open(3_000);
    await pace.turn(signal);
    pace.limited(60_000);
    assert.equal(pace.restMs(), 60_000);
    assert.equal(pace.delayMs(), 12_000);
    // What was under way with it is told the same, and what was answered before does not end it.
    pace.limited(60_000);
    pace.answered();
    assert.equal(pace.restMs(), 60_000);
    clock.advance(60_000);
    assert.equal(pace.restMs(), 0);
    pace.limited(1_000);
    assert.ok(pace.restMs() > 30_000, 'told again at once: longer');
    for (let n = 0; n < 9; n += 1) {
      clock.advance(3_600_000);
      pace.limited(0);
    }
    assert.equal(pace.delayMs(), 120_000, 'but not without end');
  });

  it('stands in line no longer than a moment once it is slow', async () => {
    const pace = open(0);
    pace.limited(10_000);
    clock.advance(10_000);
    for (let n = 0; n < 3; n += 1) {
      pace.limited(0);
      clock.advance(pace.restMs());
    }
    await pace.turn(signal);
    assert.ok(pace.restMs() > 5_000, 'the job rests instead');
  });

  it('does not care that the clock is set back', async () => {
    let steady = 0;
    let wall = 1_000_000_000;
    const sleep = async (ms: number) => {
      steady += ms;
      wall += ms;
    };
    const pace = createPace({
      delayMs: 1_000,
      clock: { now: () => wall, steady: () => steady },
      random: () => 0.5,
      sleep,
    });
    await pace.turn(signal);
    wall -= 86_400_000;
    await pace.turn(signal);
    assert.equal(steady, 1_000);
  });

  it('ends at once when the signal aborts', async () => {
    const pace = createPace({ delayMs: 60_000 });
    await pace.turn(signal);
    const abort = new AbortController();
    const waiting = pace.turn(abort.signal);
    abort.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
  });
});
