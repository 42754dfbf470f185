import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import type { Rig } from './rig.ts';
import { level, message, observedOf } from './tools.ts';

/** What an engine learns, and that nothing of it is lost. Runs on a linked rig. */
export function observingConformance(rig: () => Rig): void {
  describe('observing', () => {
    const idsOf = async () => (await observedOf(rig(), 'message')).map((one) => one.id);

    it('brings every message that the phone pushes', async () => {
      const pushed = rig().account.pushedIds();
      await until(async () => {
        const seen = new Set(await idsOf());
        return [...pushed].every((id) => seen.has(id));
      }, 'pushed history');
    });

    it('links the two identities of a person', async () => {
      const { pn, lid } = rig().account.friend;
      await until(
        async () =>
          (await observedOf(rig(), 'identity-link')).some((one) => one.pn === pn && one.lid === lid),
        'identity link',
      );
    });

    it('brings a live message once, as it was written', async () => {
      const { friend } = rig().account;
      const { id } = rig().account.friendWrites('a live message');
      const seen = await message(rig(), id);
      assert.deepEqual(
        [seen.text, seen.type, seen.fromMe, seen.via],
        ['a live message', 'text', false, 'live'],
      );
      assert.ok([friend.pn, friend.lid].includes(seen.chat));
      assert.ok([friend.pn, friend.lid].includes(seen.sender ?? ''));
      const next = rig().account.friendWrites('another one');
      await message(rig(), next.id);
      assert.equal((await idsOf()).filter((one) => one === id).length, 1);
    });

    it('brings what was written while the connection was down', async () => {
      rig().account.drop();
      const { id } = rig().account.friendWrites('written while away');
      assert.equal((await message(rig(), id)).text, 'written while away');
      await level(rig(), 'ready');
    });

    it('loses nothing when it is killed, whether the message came before or after', async () => {
      const before = rig().account.friendWrites('just before the kill');
      await message(rig(), before.id);
      const { outbox } = await rig().client().status();
      await rig().restart('kill');
      const after = rig().account.friendWrites('just after the kill');
      await message(rig(), after.id);
      assert.ok((await idsOf()).includes(before.id));
      assert.equal((await rig().client().status()).outbox.id, outbox.id);
      await level(rig(), 'ready');
    });

    it('numbers its entries without gaps and forgets nothing that was not acknowledged', async () => {
      const { outbox } = await rig().client().status();
      const read = (after: number) =>
        rig().client().observations({ outbox: outbox.id, after, max: 100_000, waitMs: 0 });
      const { entries } = await read(0);
      const first = entries[0]?.seq ?? assert.fail('the outbox is empty');
      assert.deepEqual(
        entries.map((entry) => entry.seq),
        entries.map((_entry, at) => first + at),
      );
      assert.equal((await rig().client().status()).outbox.firstSeq, first);
    });
  });
}
