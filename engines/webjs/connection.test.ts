import assert from 'node:assert/strict';
import { createStatusBoard, startingState } from '#engines/contract/kit/status-board.ts';
import type { TandemError } from '#kernel/errors.ts';
import { createLogger } from '#kernel/logger.ts';
import { createConnection } from './connection.ts';
import { createImpairments } from './impairments.ts';
import { createTimers } from './timers.ts';

const MINUTE_MS = 60_000;

describe('webjs: connection', () => {
  function setUp() {
    let now = 1_000_000;
    const clock = { now: () => now };
    const happened: string[] = [];
    const board = createStatusBoard(
      { ...startingState({ synced: true, testServer: false }), level: 'connecting' },
      clock,
    );
    const impairments = createImpairments({
      board,
      clock,
      missing: async () => new Map(),
      onChange: () => undefined,
    });
    const timers = createTimers();
    const connection = createConnection({
      board,
      impairments,
      timers,
      clock,
      random: () => 0,
      logger: createLogger({ level: 'silent', program: 'test' }),
      life: () => null,
      isSyncing: () => false,
      onForget: (reason) => happened.push(`forget ${reason}`),
      onDead: (reason) => happened.push(`dead ${reason}`),
      onStop: (level, reason) => happened.push(`stop ${level} ${reason}`),
    });
    const pulse = (state: string | null) =>
      connection.onPulse({ state, hasSynced: true, version: null, listening: true });
    return {
      connection,
      board,
      timers,
      happened,
      pulse,
      pass: (ms: number) => {
        now += ms;
      },
    };
  }

  it('gives a page that stays away for long to a new browser, not before', () => {
    const { connection, board, happened, pulse, pass } = setUp();
    connection.opened();
    assert.equal(board.get().level, 'ready');
    pulse('TIMEOUT');
    assert.equal(`${board.get().level}/${board.get().reason}`, 'recovering/connection-lost');
    for (let minute = 0; minute < 2; minute += 1) {
      pass(MINUTE_MS);
      pulse('OPENING');
    }
    assert.deepEqual(happened, []);
    pass(1);
    pulse('OPENING');
    assert.deepEqual(happened, ['dead connection-lost']);
  });

  it('believes the page more than what the library has told', () => {
    const { connection, board, happened, pulse } = setUp();
    connection.opened();
    connection.onState('TIMEOUT');
    assert.equal(connection.isOffline(), true);
    pulse('CONNECTED');
    assert.equal(connection.isOffline(), false);
    assert.equal(board.get().level, 'ready');
    pulse(null);
    assert.equal(board.get().level, 'ready');
    pulse('UNPAIRED');
    assert.deepEqual(happened, ['forget logged-out']);
  });

  it('tells whoever waits for something on the connection once that it has ended', () => {
    const { connection, pulse } = setUp();
    connection.opened();
    const first = connection.end();
    connection.onState('TIMEOUT');
    assert.equal((first.reason as TandemError).code, 'CONNECTION_LOST');
    const second = connection.end();
    pulse('OPENING');
    pulse('CONNECTED');
    assert.equal(second.aborted, false, 'it ended only once');
    connection.closed();
    assert.equal(second.aborted, true);
  });

  it('reloads an outdated page once, then asks for a person', () => {
    const { connection, happened } = setUp();
    connection.opened();
    connection.onState('DEPRECATED_VERSION');
    connection.closed();
    connection.onState('DEPRECATED_VERSION');
    assert.deepEqual(happened, ['dead client-outdated', 'stop failed client-outdated']);
  });

  it('forgets quarrels only when the page was well for long', () => {
    const { connection, happened, timers } = setUp();
    const conflict = () => {
      connection.opened();
      connection.onState('CONFLICT');
      timers.clear();
    };
    for (let round = 0; round < 3; round += 1) conflict();
    connection.forgive();
    for (let round = 0; round < 3; round += 1) conflict();
    assert.deepEqual(happened, []);
    conflict();
    assert.deepEqual(happened, ['stop conflict replaced']);
  });

  it('says nothing of a page that is not ready', () => {
    const { connection, board, pulse } = setUp();
    pulse('UNPAIRED');
    connection.onSlow(true);
    assert.equal(board.get().level, 'connecting');
  });
});
