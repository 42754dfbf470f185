import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { History } from '#history/contracts/history.ts';
import { openHistory } from '#history/sqlite/history.ts';
import { systemClock } from '#kernel/clock.ts';
import { createLogger } from '#kernel/logger.ts';
import { until } from '#kernel/testing/until.ts';
import type { SimChat } from '#simulator/account/model.ts';
import { compareCoverage } from '../rig/coverage.ts';
import { startLinked, waitForHistory } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { createWorld, type World } from '../rig/world.ts';

/** Of the second in which something ends not everything is claimed. */
const SECOND_OF_ITS_OWN_MS = 2_100;
/** Of the backlog that are stored when the kill comes. */
const SHARES = [0, 0.3, 0.8];
const BACKLOG = 300;
/** Each message of it waits for the disk. */
const TAKEN_IN_WITHIN_MS = 60_000;

describe('coverage over restarts', function () {
  this.timeout(240_000);
  let world: World;
  let chats: readonly SimChat[];
  before(async () => {
    world = await createWorld('tiny');
    chats = world.simulator.account.chats().filter(({ kind }) => kind === 'direct');
    assert.ok(chats.length > 2);
  });
  after(() => world?.close());

  const seconds = () => Math.floor(Date.now() / 1_000);
  const receive = (chat: SimChat | undefined): string => {
    assert.ok(chat);
    return world.simulator.account.receive({ chat: chat.key, content: { type: 'text', text: 'hello' } }).id;
  };
  /** What the running service has written. */
  const look = (query: string, ...values: readonly (string | number)[]) => {
    const db = new Database(join(world.dataDir, 'history.db'), { readonly: true });
    try {
      return db.prepare(query).get(...values) !== undefined;
    } finally {
      db.close();
    }
  };
  const stored = (id: string) =>
    until(() => look(`SELECT 1 FROM messages WHERE stanza_id = ?`, id), `message ${id}`, TAKEN_IN_WITHIN_MS);
  const connectedSince = (at: number) =>
    until(
      () => look(`SELECT 1 FROM live_spans WHERE to_at IS NULL AND from_at + behind <= ?`, at),
      'one connection over the restart',
      TAKEN_IN_WITHIN_MS,
    );
  const withHistory = async <T>(read: (history: History) => Promise<T>): Promise<T> => {
    const logger = createLogger({ level: 'silent', program: 'test' });
    const history = await openHistory({
      file: join(world.dataDir, 'history.db'),
      clock: systemClock,
      logger,
    });
    try {
      return await read(history);
    } finally {
      await history.close();
    }
  };
  const spans = () => withHistory(async ({ coverage }) => (await coverage.connected(seconds())).toReversed());
  /** Fails unless all of these are claimed and no claim is false. */
  const assertHeld = async (ids: readonly string[]) => {
    const { falselyClaimed } = await compareCoverage(world.dataDir, world.simulator);
    assert.deepEqual(falselyClaimed, []);
    const unclaimed = await withHistory(async (history) => {
      const found: string[] = [];
      for (const { key, canonicalJid } of chats) {
        const chat = await history.chats.byJid(canonicalJid);
        const { held } = await history.coverage.ofChat(chat?.id ?? 0);
        for (const { id, timeSeconds: at } of world.simulator.oracle.messages(key))
          if (ids.includes(id) && !held.some(({ from, to }) => at > from && at <= to)) found.push(id);
      }
      return found;
    });
    assert.deepEqual(unclaimed, []);
  };
  const ends: Readonly<Record<string, (service: Service) => Promise<unknown>>> = {
    'a clean stop': (service) => service.stop(),
    'kill -9': async (service) => {
      await service.killEngine();
      await service.kill();
    },
  };
  let service: Service;

  // What a failed try leaves running would own the folder.
  afterEach(() => service?.stop());

  it('has no hole after a clean stop and after kill -9, also in chats that stayed quiet', async () => {
    service = await startLinked(world);
    await sleep(SECOND_OF_ITS_OWN_MS);
    await stored(receive(chats[0]));
    const linkedBy = seconds();
    const sent: string[] = [];
    for (const end of Object.values(ends)) {
      const endedAt = seconds();
      await end(service);
      await sleep(SECOND_OF_ITS_OWN_MS);
      // One chat hears nothing ever after.
      sent.push(receive(chats[0]), receive(chats[1]));
      await sleep(SECOND_OF_ITS_OWN_MS);
      service = await world.start();
      for (const id of sent) await stored(id);
      await connectedSince(endedAt);
    }
    await service.stop();
    const [span, ...others] = await spans();
    assert.deepEqual(others, []);
    assert.ok(span !== undefined && span.from <= linkedBy && span.to > linkedBy);
    await assertHeld(sent);
  });

  it('claims nothing false when everything is killed in the middle of the backlog', async () => {
    service = await world.start();
    for (const share of SHARES) {
      const ready = async () => (await service.status()).engines.every(({ level }) => level === 'ready');
      await until(ready, 'engine');
      const endedAt = seconds();
      world.simulator.faults.corruptNextMessage();
      await ends['kill -9']?.(service);
      const sent = Array.from({ length: BACKLOG }, (_, n) => receive(chats[n % 2]));
      await world.simulator.wire.settled();
      await sleep(SECOND_OF_ITS_OWN_MS);
      service = await world.start();
      await stored(sent[Math.floor(sent.length * share)] ?? '');
      await ends['kill -9']?.(service);
      await assertHeld([]);
      service = await world.start();
      await connectedSince(endedAt);
      await service.stop();
      await assertHeld(sent);
      service = await world.start();
    }
    await service.stop();
  });

  it('keeps the hole between one device and the next', async () => {
    const before = (await spans()).at(-1)?.to ?? 0;
    service = await world.start();
    await connectedSince(before);
    const [device] = world.simulator.wire.devices.devices();
    assert.ok(device && world.simulator.phone.unlink(device.id));
    await until(
      async () => (await service.status()).engines.every(({ linked }) => !linked),
      'end of the link',
    );
    const unlinkedAt = seconds();
    await sleep(SECOND_OF_ITS_OWN_MS);
    await waitForHistory(world, service);
    await stored(receive(chats[0]));
    await service.stop();
    await sleep(SECOND_OF_ITS_OWN_MS);
    service = await world.start();
    // Two connections of the new device are one.
    await until(
      () => look(`SELECT 1 FROM live_spans WHERE to_at IS NULL AND last_at IS NOT NULL`),
      'word of the server',
    );
    await service.stop();
    const newest = (await spans()).at(-1);
    assert.ok(newest !== undefined && newest.from > unlinkedAt, JSON.stringify({ newest, unlinkedAt }));
    const { falselyClaimed } = await compareCoverage(world.dataDir, world.simulator);
    assert.deepEqual(falselyClaimed, []);
  });
});
