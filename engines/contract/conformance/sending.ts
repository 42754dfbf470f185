import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import type { Rig } from './rig.ts';
import { describeOffered, fails, level, message, observedOf, unanswered } from './tools.ts';

/** send.text. Runs on a linked rig. */
export function sendingConformance(rig: () => Rig): void {
  describeOffered('send.text', rig, () => {
    it('sends under the id that the caller chose, to the number or to the hidden id', async () => {
      const { friend } = rig().account;
      for (const [at, chat] of [friend.pn, friend.lid].entries()) {
        const messageId = `3EB0AA0000000000000${at}`;
        const text = `sent to ${at}`;
        const answer = await rig().client().command('send.text', { chat, messageId, text });
        assert.equal(answer.messageId, messageId);
        assert.ok([friend.pn, friend.lid].includes(answer.chat));
        assert.ok(answer.sentAt > 0);
        await until(
          async () => Promise.resolve(rig().account.messageOfFriendChat(messageId)?.text === text),
          'message in the account',
        );
        const own = await message(rig(), messageId);
        assert.deepEqual([own.fromMe, own.text, own.sender], [true, text, null]);
      }
    });

    it('learns that the server took it', async () => {
      const messageId = '3EB0AA00000000000009';
      const { pn: chat } = rig().account.friend;
      const answer = await rig().client().command('send.text', { chat, messageId, text: 'with receipt' });
      if (answer.status === 'sent') return;
      await until(
        async () => (await observedOf(rig(), 'receipt')).some((one) => one.ids.includes(messageId)),
        'receipt',
      );
    });

    it('does not say that it was sent when the server never answers and nobody confirms it', async function () {
      this.timeout(60_000);
      const messageId = '3EB0AA00000000000010';
      const { pn: chat } = rig().account.friend;
      rig().account.swallowNextSend();
      const outcome = await rig()
        .client()
        .command('send.text', { chat, messageId, text: 'into the void' })
        .then(
          (answer) => answer.status,
          (error: { code: string }) => error.code,
        );
      await unanswered(rig(), messageId, outcome);
      await level(rig(), 'ready');
    });

    it('refuses what cannot be an address, before anything leaves', async () => {
      const input = { chat: 'nobody', messageId: '3EB0AA00000000000011', text: 'x' };
      await fails(rig().client().command('send.text', input), 'VALIDATION_ERROR');
      assert.equal(rig().account.messageOfFriendChat(input.messageId), null);
    });
  });
}
