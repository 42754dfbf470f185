import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type EngineLevel, engineLevels } from '#engines/contract/state.ts';
import { TandemError, toErrorBody } from '#kernel/errors.ts';
import { BROWSER, engineView, NOW_MS, storeFacts } from '../testing/facts.ts';
import { buildStatus, maskNumber } from './build-status.ts';
import { buildHealth } from './health.ts';
import { createRateMeter } from './rate.ts';
import { statusViewSchema } from './status.ts';

const facts = {
  version: '0.1.0',
  pid: 1,
  startedAtMs: NOW_MS,
  sending: true,
  testServer: false,
  mcpUrl: 'http://127.0.0.1:8080/mcp',
  store: storeFacts(),
  storeError: null,
  messagesPerSecond: 0,
  pending: 0,
  sessions: 0,
};

describe('console/view', () => {
  it('fits its schema at every level', () => {
    for (const level of engineLevels) {
      const status = buildStatus({ ...facts, engines: [engineView({ level })] });
      assert.deepEqual(statusViewSchema.parse(status), status, level);
    }
  });

  it('tells of two engines what each contributed, and of the browser what it is', () => {
    const second = engineView({ engine: 'webjs', browser: BROWSER });
    const status = buildStatus({ ...facts, engines: [engineView(), second] });
    assert.deepEqual(statusViewSchema.parse(status), status);
    assert.deepEqual(
      status.engines.map((engine) => [engine.engine, engine.contributed]),
      [
        ['baileys', { messages: 12_345, only: 345 }],
        ['webjs', { messages: 12_000, only: 0 }],
      ],
    );
    assert.equal(status.store?.shared, 12_000);
    assert.equal(status.engines[0]?.browser, null);
    assert.equal(status.engines[1]?.browser?.page_version, BROWSER.pageVersion);
    const dead = buildStatus({ ...facts, engines: [engineView(), { ...second, processUp: false }] });
    assert.equal(dead.engines[1]?.browser, null, 'a browser ends with its engine');
    assert.equal(dead.degraded, true);
  });

  it('says so when the engine process is down, whatever it said before', () => {
    const error = toErrorBody(new TandemError('ENGINE_START_FAILED'));
    const status = buildStatus({
      ...facts,
      engines: [{ ...engineView(), processUp: false, reachable: false, error }],
    });
    assert.equal(status.ready, false);
    assert.equal(status.engines[0]?.level, 'failed');
    assert.equal(status.engines[0]?.reason, 'start-failed');
    const early = buildStatus({
      ...facts,
      engines: [{ ...engineView(), processUp: false, reachable: false, status: null }],
    });
    assert.equal(early.engines[0]?.level, 'starting');
  });

  it('tells an engine elsewhere that is away from one that refuses the secret', () => {
    const placeFor = (thrown: TandemError) => {
      const down = { ...engineView({ pid: null }), processUp: false, reachable: false };
      const status = buildStatus({ ...facts, engines: [{ ...down, error: toErrorBody(thrown) }] });
      assert.deepEqual(statusViewSchema.parse(status), status);
      const [engine] = status.engines;
      return [engine?.level, engine?.reason, engine?.pid];
    };
    const away = new TandemError('ENGINE_UNREACHABLE', { details: { elsewhere: true } });
    assert.deepEqual(placeFor(away), ['recovering', 'away', null]);
    assert.deepEqual(placeFor(new TandemError('ENGINE_SECRET_WRONG')), ['failed', 'secret-refused', null]);
    assert.deepEqual(placeFor(new TandemError('CONFIG_INVALID')), ['failed', 'start-failed', null]);
  });

  it('names a test server whoever reports it', () => {
    assert.equal(buildStatus({ ...facts, engines: [engineView()] }).test_server, false);
    assert.equal(buildStatus({ ...facts, engines: [engineView({ testServer: true })] }).test_server, true);
    assert.equal(buildStatus({ ...facts, testServer: true, engines: [] }).test_server, true);
  });

  it('masks numbers', () => {
    assert.equal(maskNumber('4915112345678@s.whatsapp.net'), '…5678');
    assert.equal(maskNumber(null), null);
  });

  it('is healthy while waiting for a link or within the grace time, and not when a person must act', () => {
    const long = NOW_MS - 3_600_000;
    const reason = (level: EngineLevel, sinceMs = long) =>
      buildHealth([engineView({ level, sinceMs })], long, NOW_MS).reason;
    assert.equal(reason('ready'), 'ready');
    assert.equal(reason('syncing'), 'ready');
    assert.equal(reason('linking'), 'awaiting-link');
    assert.equal(reason('unlinked'), 'awaiting-link');
    assert.equal(reason('recovering', NOW_MS - 10_000), 'recovering');
    assert.equal(reason('recovering'), 'not-ready');
    assert.equal(reason('logged-out', NOW_MS), 'not-ready');
    assert.equal(reason('conflict', NOW_MS), 'not-ready');
    const unheard = { ...engineView(), status: null, reachable: false };
    assert.equal(buildHealth([unheard], NOW_MS - 1_000, NOW_MS).reason, 'starting');
    assert.equal(buildHealth([unheard], long, NOW_MS).ok, false);
    assert.equal(buildHealth([engineView(), unheard], long, NOW_MS).degraded, true);
  });

  it('measures the rate over its window and forgets', () => {
    const rate = createRateMeter(4_000);
    assert.equal(rate.perSecond(0), 0);
    rate.add(300, 1_000);
    rate.add(100, 2_000);
    assert.equal(rate.perSecond(2_000), 100);
    assert.equal(rate.perSecond(5_500), 25);
    assert.equal(rate.perSecond(6_000), 0);
  });
});
