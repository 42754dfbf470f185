import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createFixedClock } from '#kernel/clock.ts';
import { until } from '#kernel/testing/until.ts';
import { type EngineSeat, openEngineSeat } from '../testing/engine-seat.ts';
import { openTestHistory, silentLogger, type TestHistory } from '../testing/history.ts';
import { createEngineMonitor, type EngineMonitor } from './monitor.ts';

describe('engine monitor', () => {
  let home: TestHistory;
  let seat: EngineSeat;
  let monitor: EngineMonitor;

  beforeEach(async () => {
    home = await openTestHistory();
    seat = await openEngineSeat(join(home.dir, 'outbox.db'));
    monitor = createEngineMonitor({
      clock: createFixedClock(0),
      logger: silentLogger,
      intervalMs: 600_000,
      timeoutMs: 500,
      onUnresponsive: () => undefined,
    });
  });
  afterEach(async () => {
    monitor.stop();
    await seat.close();
    await home.close();
  });

  it('follows the status, and probes at once when somebody doubts that the engine answers', async () => {
    monitor.attach(1, seat.client);
    await until(() => monitor.view().responseMs !== null, 'first probe');
    seat.engine.setStatus({ level: 'ready', reason: 'none' });
    await until(() => monitor.view().status?.level === 'ready', 'status');
    await seat.close();
    assert.ok(monitor.view().reachable, 'nobody looked yet');
    monitor.doubt();
    await until(() => !monitor.view().reachable, 'word of it');
    assert.equal(monitor.view().error?.code, 'ENGINE_UNREACHABLE');
  });
});
