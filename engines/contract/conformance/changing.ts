import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import type { Rig } from './rig.ts';
import {
  describeOffered,
  fails,
  isFriendChat,
  message,
  nextMessageId,
  observedOf,
  refOf,
  sendOwn,
  told,
  unanswered,
} from './tools.ts';

/** message.react, message.edit, message.revoke, message.forward. Runs on a linked rig. */
export function changingConformance(rig: () => Rig): void {
  const state = (id: string) => rig().account.messageOfFriendChat(id);
  const becomes = (id: string, what: string, fits: (now: NonNullable<ReturnType<typeof state>>) => boolean) =>
    until(async () => {
      const now = state(id);
      return now !== null && fits(now);
    }, what);

  describeOffered('message.react', rig, () => {
    it('sets the own reaction, changes it, takes it back, and tells each', async () => {
      for (const fromMe of [false, true]) {
        const id = fromMe ? await sendOwn(rig(), 'react to mine') : rig().account.friendWrites('react').id;
        const ref = await refOf(rig(), id);
        for (const emoji of ['👍', '❤️', '']) {
          const { at } = await rig().client().command('message.react', { message: ref, emoji });
          assert.ok(at > 0);
          await becomes(id, `reaction "${emoji}" in the account`, (now) => now.ownReaction === emoji);
          const seen = await told(
            rig(),
            'reaction',
            'the reaction',
            (one) => one.id === id && one.emoji === emoji,
          );
          assert.deepEqual([seen.by, seen.fromMe], [null, fromMe]);
          assert.ok(isFriendChat(rig(), seen.chat));
        }
      }
    });

    it('can be repeated', async () => {
      const { id } = rig().account.friendWrites('twice');
      const ref = await refOf(rig(), id);
      for (const emoji of ['🎉', '🎉']) {
        await rig().client().command('message.react', { message: ref, emoji });
      }
      await becomes(id, 'the reaction', (now) => now.ownReaction === '🎉');
    });
  });

  describeOffered('message.edit', rig, () => {
    it('replaces the text of an own message, and tells it', async () => {
      const id = await sendOwn(rig(), 'first version');
      for (const text of ['second version', 'third version']) {
        const { at } = await rig()
          .client()
          .command('message.edit', { message: await refOf(rig(), id), text });
        assert.ok(at > 0);
        await becomes(id, 'the new text', (now) => now.text === text);
        const seen = await told(rig(), 'edit', 'the edit', (one) => one.id === id && one.text === text);
        assert.equal(seen.fromMe, true);
      }
      const copies = (await observedOf(rig(), 'message')).filter((one) => one.text === 'second version');
      assert.ok(
        copies.every((one) => one.id === id),
        'an edit is no message of its own',
      );
    });

    it('refuses messages of others', async () => {
      const { id } = rig().account.friendWrites('not yours');
      const input = { message: await refOf(rig(), id), text: 'changed' };
      await fails(rig().client().command('message.edit', input), 'NOT_OWN_MESSAGE');
      assert.equal(state(id)?.text, 'not yours');
    });
  });

  describeOffered('message.revoke', rig, () => {
    it('takes an own message back for everyone, and tells it', async () => {
      const id = await sendOwn(rig(), 'a mistake');
      const { sentAt } = await message(rig(), id);
      const input = { message: await refOf(rig(), id), scope: 'everyone', sentAt } as const;
      assert.ok((await rig().client().command('message.revoke', input)).at > 0);
      await becomes(id, 'taken back', (now) => now.revoked);
      await told(rig(), 'revoke', 'the revoke', (one) => one.id === id && one.fromMe);
    });

    it('removes a message from the own devices alone, and tells it', async () => {
      const { id } = rig().account.friendWrites('only for my eyes');
      const { sentAt } = await message(rig(), id);
      const input = { message: await refOf(rig(), id), scope: 'me', sentAt } as const;
      await rig().client().command('message.revoke', input);
      await becomes(id, 'removed', (now) => now.removedForMe && !now.revoked);
      await told(rig(), 'revoke', 'the removal', (one) => one.id === id && !one.fromMe);
    });

    it("does not take back somebody else's message in a direct chat", async () => {
      const { id } = rig().account.friendWrites('stays');
      const { sentAt } = await message(rig(), id);
      const input = { message: await refOf(rig(), id), scope: 'everyone', sentAt } as const;
      await fails(rig().client().command('message.revoke', input), 'NOT_OWN_MESSAGE');
      assert.equal(state(id)?.revoked, false);
    });
  });

  describeOffered('message.forward', rig, () => {
    const forward = async (id: string) => {
      const source = await message(rig(), id);
      const { type, text = null, media = null } = source;
      const messageId = nextMessageId();
      const answer = await rig()
        .client()
        .command('message.forward', {
          chat: rig().account.friend.pn,
          messageId,
          source: await refOf(rig(), id),
          content: { type, text, media },
        });
      assert.equal(answer.messageId, messageId);
      await becomes(messageId, 'the forwarded message', (now) => now.forwarded);
      return { source, sent: await message(rig(), messageId) };
    };

    it('sends a text on under the id that the caller chose, marked as forwarded', async () => {
      const { id } = rig().account.friendWrites('pass it on');
      const { sent } = await forward(id);
      assert.deepEqual([sent.fromMe, sent.text, sent.forwarded], [true, 'pass it on', true]);
    });

    it('sends a file on without a new upload', async () => {
      const { id } = rig().account.friendSendsFile();
      const { source, sent } = await forward(id);
      assert.deepEqual([sent.fromMe, sent.type, sent.forwarded], [true, source.type, true]);
      assert.equal(sent.media?.sha256, source.media?.sha256);
    });

    it('does not say that it was sent when the server never answers and nobody confirms it', async function () {
      this.timeout(60_000);
      const { id } = rig().account.friendWrites('into the void');
      const source = await refOf(rig(), id);
      rig().account.swallowNextSend();
      const messageId = nextMessageId();
      const outcome = await rig()
        .client()
        .command('message.forward', {
          chat: rig().account.friend.pn,
          messageId,
          source,
          content: { type: 'text', text: 'into the void', media: null },
        })
        .then(
          (answer) => answer.status,
          (error: { code: string }) => error.code,
        );
      await unanswered(rig(), messageId, outcome);
      await until(async () => (await rig().client().status()).level === 'ready', 'return of the engine');
    });
  });
}
