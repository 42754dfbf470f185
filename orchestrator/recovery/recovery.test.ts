import assert from 'node:assert/strict';
import type { EngineLevel } from '#engines/contract/state.ts';
import { createFixedClock } from '#kernel/clock.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { createSequentialIds } from '#kernel/ids.ts';
import { until } from '#kernel/testing/until.ts';
import type { RecoveryMode } from '../services/ports.ts';
import { createSeats, type Seat, type Seats } from '../testing/engine-seats.ts';
import { silentLogger } from '../testing/history.ts';
import { createRecoveries, type Recoveries } from './recovery.ts';

describe('recovery', () => {
  const clock = createFixedClock(1_000_000);
  let seats: Seats;
  let baileys: Seat;
  let recoveries: Recoveries;
  let calls: string[];
  let restarts: number[];
  let generation: number;
  let onCall: (name: string) => Promise<void>;
  let onRestart: () => Promise<void>;

  beforeEach(async () => {
    seats = createSeats();
    calls = [];
    restarts = [];
    generation = 7;
    onCall = () => Promise.resolve();
    onRestart = () => Promise.resolve();
    baileys = await seats.open('baileys', {
      'session.reconnect': async () => {
        calls.push('reconnect');
        await onCall('reconnect');
        return { started: true };
      },
      'appstate.resync': async ({ collections }) => {
        calls.push(`resync ${collections?.join() ?? 'all'}`);
        await onCall('resync');
        return { resynced: [...(collections ?? [])] };
      },
    });
    await seats.open('webjs', {}, 'recovering');
    baileys.engine.setStatus({ connectedSinceMs: 1 });
    recoveries = createRecoveries({
      clock,
      ids: createSequentialIds(),
      logger: silentLogger,
      engines: () =>
        seats.views().map((view) => ({ ...view, status: seats.seat(view.engine).engine.status() })),
      client: seats.client,
      generation: () => generation,
      restart: (_engine, wanted) => {
        restarts.push(wanted);
        generation += 1;
        return onRestart();
      },
      waitMs: 1_000,
    });
  });
  afterEach(async () => {
    recoveries.stop();
    await seats.close();
  });

  const begin = (mode: RecoveryMode) => recoveries.start({ engine: 'baileys', mode });
  const refused = (mode: RecoveryMode, code: ErrorCode): TandemError => {
    try {
      begin(mode);
    } catch (error) {
      assert.ok(error instanceof TandemError);
      assert.equal(error.code, code);
      return error;
    }
    return assert.fail('it was admitted');
  };
  const ended = () => until(() => recoveries.running('baileys') === null, 'end');
  const becomes = (level: EngineLevel, connectedSinceMs: number | null = null, pid = 1) =>
    baileys.engine.setStatus({ level, connectedSinceMs, pid });

  it('renews a connection and is done when that is up again', async () => {
    onCall = () => {
      becomes('connecting');
      setTimeout(() => becomes('ready', 2), 30);
      return Promise.resolve();
    };
    const started = begin('reconnect');
    assert.deepEqual([started.state, started.endedAtMs], ['running', null]);
    assert.equal(recoveries.running('baileys')?.id, started.id);
    await ended();
    assert.deepEqual(
      recoveries.list().map(({ id, state, error }) => [id, state, error]),
      [[started.id, 'done', null]],
    );
    assert.equal(baileys.engine.status().connectedSinceMs, 2);
  });

  it('lets one at a time work on an engine, and rests after each', async () => {
    begin('resync');
    const busy = refused('restart', 'RECOVERY_IN_PROGRESS');
    assert.ok((busy.retryAfterSeconds ?? 0) > 0);
    recoveries.start({ engine: 'webjs', mode: 'warmup' });
    await ended();
    assert.equal(refused('resync', 'COOLDOWN_ACTIVE').retryAfterSeconds, 60);
    clock.advance(59_000);
    assert.equal(refused('resync', 'COOLDOWN_ACTIVE').retryAfterSeconds, 1);
    clock.advance(1_000);
    recoveries.start({ engine: 'baileys', mode: 'resync', collections: ['regular'] });
    await ended();
    assert.deepEqual(calls, ['resync all', 'resync regular']);
    assert.equal(recoveries.list().filter(({ mode }) => mode === 'resync').length, 1, 'the newest only');
  });

  it('refuses what the engine cannot do', () => {
    assert.throws(() => recoveries.start({ engine: 'webjs', mode: 'resync' }), {
      code: 'CAPABILITY_UNAVAILABLE',
      engine: 'webjs',
    });
  });

  it('takes a process that died and came back as part of it', async () => {
    onCall = (name) => {
      if (calls.length > 1) return Promise.resolve();
      becomes('recovering');
      setTimeout(() => becomes('ready', 3, 2), 30);
      return Promise.reject(new TandemError('ENGINE_UNREACHABLE', { message: name }));
    };
    begin('resync');
    await ended();
    assert.deepEqual([calls.length, recoveries.list()[0]?.state], [2, 'done']);
  });

  it('restarts the process that ran when it was asked for, and only that', async () => {
    onRestart = () => {
      becomes('unlinked', null, 99);
      return Promise.resolve();
    };
    begin('restart');
    await ended();
    assert.deepEqual([restarts, recoveries.list()[0]?.state], [[7], 'done']);
    onRestart = () => Promise.reject(new TandemError('ENGINE_START_FAILED'));
    clock.advance(10_000);
    begin('restart');
    await ended();
    assert.equal(recoveries.list()[0]?.error?.code, 'ENGINE_START_FAILED');
  });

  it('says why an engine does not come back', async () => {
    becomes('logged-out');
    begin('warmup');
    await ended();
    assert.equal(recoveries.list()[0]?.error?.code, 'DEVICE_REMOVED');
    becomes('connecting');
    begin('warmup');
    await ended();
    assert.deepEqual(
      [recoveries.list()[0]?.state, recoveries.list()[0]?.error?.code],
      ['failed', 'ENGINE_TIMEOUT'],
    );
  });
});
