import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import type { Rig } from './rig.ts';
import { describeOffered, message } from './tools.ts';

/** message.markRead and chat.markRead, and that seeing is not reading. Runs on a linked rig. */
export function readingConformance(rig: () => Rig): void {
  describe('read state', () => {
    it('does not mark as read what it only saw', async () => {
      const before = rig().account.unreadOfFriend();
      const { id } = rig().account.friendWrites('not read yet');
      await message(rig(), id);
      assert.equal(rig().account.unreadOfFriend(), before + 1);
      assert.ok(!rig().account.readReceipts().includes(id));
    });
  });

  describeOffered('message.markRead', rig, () => {
    it('tells the sender', async () => {
      const { id } = rig().account.friendWrites('please confirm');
      const { chat, fromMe, sender } = await message(rig(), id);
      const result = await rig()
        .client()
        .command('message.markRead', { messages: [{ chat, id, fromMe, sender }] });
      assert.ok(result.receiptsSent >= 1);
      await until(async () => Promise.resolve(rig().account.readReceipts().includes(id)), 'receipt');
    });
  });

  describeOffered('chat.markRead', rig, () => {
    it('tells the own devices', async () => {
      const { id } = rig().account.friendWrites('mark the chat');
      const { chat, fromMe, sender, sentAt } = await message(rig(), id);
      const newest = { id, fromMe, sender, sentAt };
      const input = { chat, newest, tellSenders: true };
      assert.equal((await rig().client().command('chat.markRead', input)).patched, true);
      await until(async () => Promise.resolve(rig().account.unreadOfFriend() === 0), 'read chat');
    });
  });
}
