import assert from 'node:assert/strict';
import type { Rig } from './rig.ts';
import { isFriendChat, message, told } from './tools.ts';

/** What the owner does on the phone and the friend does to messages, as an engine learns it. Runs on a linked rig. */
export function observingChangesConformance(rig: () => Rig): void {
  describe('observing changes', () => {
    it('brings what the owner writes on the phone', async () => {
      const { id } = rig().account.phoneWrites('written on the phone');
      const seen = await message(rig(), id);
      assert.deepEqual([seen.fromMe, seen.text, seen.sender], [true, 'written on the phone', null]);
      assert.ok(isFriendChat(rig(), seen.chat));
    });

    for (const who of ['phone', 'friend'] as const) {
      it(`brings reactions, edits and revokes of the ${who}`, async () => {
        const { account } = rig();
        const does = account.change[who];
        const fromMe = who === 'phone';
        const write = fromMe ? account.phoneWrites : account.friendWrites;
        const other = (fromMe ? account.friendWrites : account.phoneWrites)('to be reacted to').id;
        await message(rig(), other);
        for (const emoji of ['🙏', '']) {
          does.reacts(other, emoji);
          const { by } = await told(
            rig(),
            'reaction',
            `reaction "${emoji}"`,
            (one) => one.id === other && one.emoji === emoji,
          );
          if (fromMe) assert.equal(by, null);
          else assert.ok(by !== null && isFriendChat(rig(), by));
        }
        const { id } = write('first');
        await message(rig(), id);
        does.edits(id, 'second');
        const edit = await told(rig(), 'edit', 'the edit', (one) => one.id === id);
        assert.deepEqual([edit.text, edit.fromMe], ['second', fromMe]);
        does.revokes(id);
        assert.equal((await told(rig(), 'revoke', 'the revoke', (one) => one.id === id)).fromMe, fromMe);
      });
    }

    it('brings how the owner arranges a chat on the phone', async () => {
      const arrange = rig().account.phoneArranges;
      const seen = (what: string, fits: (one: Arranged) => boolean) =>
        told(rig(), 'chat', what, (one) => isFriendChat(rig(), one.chat) && fits(one));
      for (const archived of [true, false]) {
        arrange({ archived });
        await seen(`archived ${archived}`, (one) => one.archived === archived);
      }
      arrange({ pinned: true });
      await seen('the pin', (one) => (one.pinnedAt ?? 0) > 0);
      arrange({ pinned: false });
      await seen('no pin', (one) => one.pinnedAt === null);
      for (const mutedUntil of [2_100_000_000, 0, null]) {
        arrange({ mutedUntil });
        await seen(`muted until ${mutedUntil}`, (one) => one.mutedUntil === mutedUntil);
      }
    });

    it('brings whom the owner blocks on the phone', async () => {
      for (const blocked of [true, false]) {
        rig().account.phoneBlocks(blocked);
        const one = await told(rig(), 'contact', `blocked ${blocked}`, (seen) => seen.blocked === blocked);
        assert.ok(isFriendChat(rig(), one.jid));
      }
    });
  });
}

type Arranged = {
  readonly archived?: boolean | undefined;
  readonly pinnedAt?: number | null | undefined;
  readonly mutedUntil?: number | null | undefined;
};
