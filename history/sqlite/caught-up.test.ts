import assert from 'node:assert/strict';
import type { EngineName } from '#engines/contract/capability.ts';
import type { Observation } from '#engines/contract/observation.ts';
import type { EngineLevel } from '#engines/contract/state.ts';
import { type Bench, message, openBench, T0 } from '../test-support.ts';

const DAY = 86_400;

describe('coverage after the server has handed over what it kept', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
    bench.clock.advance(30 * DAY * 1_000);
  });
  afterEach(() => bench.close());

  const level = (name: EngineLevel, second: number): Observation => ({
    kind: 'connection',
    level: name,
    reason: 'none',
    at: T0 + second,
  });
  const said = (second: number) => message({ id: `M${second}`, sentAt: T0 + second });
  const caughtUp = (second: number): Observation => ({ kind: 'caught-up', at: T0 + second });
  const tell = (observations: readonly Observation[], engine?: EngineName) =>
    bench.ingest(observations, engine);
  /** In seconds from T0, oldest first. */
  const spans = async () =>
    (await bench.history.coverage.connected(T0 + 30 * DAY))
      .map(({ from, to }) => [from - T0, to - T0])
      .toReversed();

  it('has no hole where an engine was stopped, killed or cut off', async () => {
    await tell([level('ready', 100), said(200), level('stopped', 500)]);
    await tell([level('starting', 1_000), level('ready', 1_010), caughtUp(1_005)]);
    assert.deepEqual(await spans(), [[100, 30 * DAY]]);
    await tell([said(1_500), level('starting', 2_000), level('ready', 2_010)]);
    assert.deepEqual(await spans(), [
      [100, 1_499],
      [2_010, 30 * DAY],
    ]);
    await tell([caughtUp(2_005), level('recovering', 3_000), level('ready', 3_010), caughtUp(3_005)]);
    assert.deepEqual(await spans(), [[100, 30 * DAY]]);
  });

  it('is held for every chat, also one that was quiet', async () => {
    await tell([said(50), level('ready', 100), level('stopped', 500)]);
    await tell([level('ready', 1_000), caughtUp(995)]);
    const chat = await bench.history.chats.byJid(message({ id: 'M' }).chat);
    const { held } = await bench.history.coverage.ofChat(chat?.id ?? 0);
    assert.deepEqual(held, [{ from: T0 + 100, to: T0 + 30 * DAY, sources: ['live'] }]);
  });

  it('vouches for what came before the login when the engine is killed without another message', async () => {
    await tell([level('ready', 100), level('stopped', 500)]);
    await tell([level('ready', 1_000), caughtUp(995), level('starting', 2_000)]);
    assert.deepEqual(await spans(), [[100, 994]]);
    await tell([level('ready', 2_010), caughtUp(2_005)]);
    assert.deepEqual(await spans(), [[100, 30 * DAY]]);
  });

  it('keeps the hole until all that was kept has come', async () => {
    await tell([level('ready', 100), level('stopped', 500)]);
    await tell([level('ready', 1_000), said(1_500), level('recovering', 1_600)]);
    await tell([level('ready', 2_000)]);
    assert.deepEqual(await spans(), [
      [100, 440],
      [1_000, 1_540],
      [2_000, 30 * DAY],
    ]);
    await tell([caughtUp(1_995)]);
    assert.deepEqual(await spans(), [[100, 30 * DAY]]);
  });

  it('has no hole between what was pushed at linking and what comes since', async () => {
    const now = 30 * DAY;
    const pushed = message({ id: 'P', sentAt: T0 + 50, via: 'push' });
    const done: Observation = { kind: 'history-progress', phase: 'full', percent: 100, complete: true };
    await tell([level('starting', now - 4), level('linking', now - 4), level('connecting', now - 2)]);
    await tell([level('syncing', now), caughtUp(now), pushed, done, level('ready', now)]);
    const chat = await bench.history.chats.byJid(pushed.chat);
    bench.clock.advance(100_000);
    const { held, missing } = await bench.history.coverage.ofChat(chat?.id ?? 0);
    assert.deepEqual(held, [{ from: T0 + 50, to: T0 + now + 100, sources: ['push', 'live'] }]);
    assert.deepEqual(
      missing.map(({ reason }) => reason),
      ['never-pushed'],
    );
  });

  it('does not reach down to the link for a device that was connected before', async () => {
    await tell([level('linking', 0), level('connecting', 10), level('ready', 12), level('conflict', 500)]);
    await tell([level('connecting', 900), level('ready', 1_000), caughtUp(995)]);
    assert.deepEqual((await spans()).at(-1), [1_000, 30 * DAY]);
  });

  it('begins anew with another device', async () => {
    for (const end of ['unlinked', 'logged-out', 'linking'] as const) {
      await tell([level('starting', 0), level('ready', 100), level('stopped', 500)]);
      await tell([level(end, 600), level('syncing', 1_000), caughtUp(995)]);
      assert.deepEqual(await spans(), [
        [100, 440],
        [1_000, 30 * DAY],
      ]);
      await bench.close();
      bench = await openBench();
      bench.clock.advance(30 * DAY * 1_000);
    }
  });

  it('begins anew when somebody else used the session', async () => {
    await tell([level('ready', 100), level('conflict', 500), level('ready', 1_000), caughtUp(995)]);
    assert.deepEqual(await spans(), [
      [100, 440],
      [1_000, 30 * DAY],
    ]);
  });

  it('begins anew when entries are gone, as after a restored backup, or were dropped', async () => {
    const apply = (
      batch: { seq: number; firstSeq: number; dropped?: boolean },
      observations: Observation[],
    ) => bench.history.ingest.apply({ engine: 'baileys', outboxId: 'one', ...batch, observations });
    const back = (second: number) => [level('ready', second), caughtUp(second - 5)];
    await apply({ seq: 10, firstSeq: 4 }, [level('ready', 100), level('stopped', 500)]);
    await apply({ seq: 12, firstSeq: 11 }, back(1_000));
    assert.deepEqual(await spans(), [[100, 30 * DAY]]);
    await apply({ seq: 14, firstSeq: 14 }, [
      level('starting', 1_500),
      ...back(2_000),
      level('stopped', 2_500),
    ]);
    assert.deepEqual(await spans(), [
      [100, 994],
      [2_000, 2_440],
    ]);
    await apply({ seq: 15, firstSeq: 15, dropped: true }, []);
    await apply({ seq: 16, firstSeq: 16 }, back(3_000));
    assert.deepEqual((await spans()).at(-1), [3_000, 30 * DAY]);
  });

  it('begins anew with another outbox, because the last words of the other one may be lost', async () => {
    await tell([level('ready', 100), said(300)]);
    await bench.history.ingest.apply({
      engine: 'baileys',
      outboxId: 'another',
      seq: 5,
      observations: [level('starting', 900), level('ready', 1_000), caughtUp(995)],
    });
    assert.deepEqual(await spans(), [
      [100, 299],
      [1_000, 30 * DAY],
    ]);
  });

  it('is of one device: what the other one had says nothing', async () => {
    await tell([level('ready', 100), level('stopped', 500)], 'webjs');
    await tell([level('ready', 1_000), caughtUp(995)]);
    assert.deepEqual(await spans(), [
      [100, 440],
      [1_000, 30 * DAY],
    ]);
  });

  it('reaches back to the first connection of a device that was killed at once', async () => {
    await tell([level('ready', 100), level('starting', 500), level('ready', 1_000), caughtUp(995)]);
    assert.deepEqual(await spans(), [[100, 30 * DAY]]);
  });

  it('is not believed after an absence in which the server may have dropped something', async () => {
    await tell([level('ready', 100), level('stopped', 500)]);
    await tell([level('ready', 15 * DAY), caughtUp(15 * DAY - 5), level('stopped', 16 * DAY)]);
    assert.deepEqual(await spans(), [
      [100, 440],
      [15 * DAY, 16 * DAY - 60],
    ]);
    await tell([level('ready', 17 * DAY), caughtUp(17 * DAY - 5)]);
    assert.deepEqual(await spans(), [
      [100, 440],
      [15 * DAY, 30 * DAY],
    ]);
  });

  it('shows that the clock of this machine was behind at the first connection', async () => {
    await tell([level('linking', 90), level('ready', 100), caughtUp(700)]);
    assert.deepEqual(await spans(), [[700, 30 * DAY]]);
  });

  it('says nothing without a connection', async () => {
    await tell([level('ready', 100), level('stopped', 500), caughtUp(700)]);
    assert.deepEqual(await spans(), [[100, 440]]);
  });
});
