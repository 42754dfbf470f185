import assert from 'node:assert/strict';
import { createFixedClock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { createSessionTable } from './sessions.ts';

function setup(maxSessions = 2) {
  const clock = createFixedClock(0);
  const table = createSessionTable({ maxSessions, idleMs: 600_000, clock });
  const closed: string[] = [];
  const open = (id: string, principal = 'local') =>
    table.reserve().fill({ id, close: async () => void closed.push(id) }, principal);
  return { clock, table, closed, open };
}

const code = (expected: string) => (error: unknown) =>
  error instanceof TandemError && error.code === expected;

describe('MCP session table', () => {
  it('counts places from the reservation on, and gives unused ones back', () => {
    const { table, open } = setup(1);
    const place = table.reserve();
    assert.throws(() => table.reserve(), code('TOO_MANY_SESSIONS'));
    place.release();
    place.release();
    open('a');
    assert.throws(() => table.reserve(), code('TOO_MANY_SESSIONS'));
    table.remove('a');
    table.reserve();
  });

  it('shows a session only to whoever opened it', () => {
    const { table, open } = setup();
    open('a', 'anna');
    assert.equal(table.find('a', 'anna').id, 'a');
    assert.throws(() => table.find('a', 'ben'), code('SESSION_NOT_FOUND'));
    assert.throws(() => table.find('b', 'anna'), code('SESSION_NOT_FOUND'));
  });

  it('reaps idle sessions, but none with a running call or an open stream', async () => {
    const { clock, table, closed, open } = setup(3);
    open('idle');
    open('streaming');
    const stream = table.begin('streaming');
    clock.advance(400_000);
    open('young');
    clock.advance(200_000);
    await table.reap();
    assert.deepEqual(closed, ['idle']);
    stream.done();
    stream.done();
    clock.advance(600_000);
    await table.reap();
    assert.deepEqual(closed, ['idle', 'streaming', 'young']);
    assert.equal(table.size, 0);
  });

  it('gives the place of the longest idle session away when full, but never of one used just now', () => {
    const { clock, closed, open } = setup(2);
    open('old');
    clock.advance(30_000);
    open('newer');
    assert.throws(() => open('third'), code('TOO_MANY_SESSIONS'));
    clock.advance(60_000);
    open('third');
    assert.deepEqual(closed, ['old']);
  });

  it('closes all', async () => {
    const { table, closed, open } = setup();
    open('a');
    open('b');
    await table.closeAll();
    assert.deepEqual(new Set(closed), new Set(['a', 'b']));
    assert.equal(table.size, 0);
  });
});
