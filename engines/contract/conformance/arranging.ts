import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import type { Rig } from './rig.ts';
import { describeOffered, isFriendChat, message, refOf, told } from './tools.ts';

/** chat.archive, chat.pin, chat.mute. Runs on a linked rig. */
export function arrangingConformance(rig: () => Rig): void {
  /** The newest message of the chat with the friend. */
  const newest = async () => {
    const { id } = rig().account.friendWrites('the newest');
    const { chat, fromMe, sender } = await refOf(rig(), id);
    const { sentAt } = await message(rig(), id);
    return { chat, anchor: { id, fromMe, sender, sentAt } };
  };
  const chatOfFriend = async () => (await newest()).chat;
  const stands = (what: string, fits: () => boolean) => until(async () => fits(), what);

  describeOffered('chat.archive', rig, () => {
    it('archives and brings back, and tells it', async () => {
      const { chat, anchor } = await newest();
      for (const archived of [true, false]) {
        const answer = await rig().client().command('chat.archive', { chat, archived, newest: anchor });
        assert.deepEqual(answer, { archived });
        await stands(`archived ${archived}`, () => rig().account.arrangement().archived === archived);
        await told(
          rig(),
          'chat',
          'it is told',
          (one) => isFriendChat(rig(), one.chat) && one.archived === archived,
        );
      }
    });
  });

  describeOffered('chat.pin', rig, () => {
    it('pins and unpins, and tells it', async () => {
      const chat = await chatOfFriend();
      for (const pinned of [true, false]) {
        assert.deepEqual(await rig().client().command('chat.pin', { chat, pinned }), { pinned });
        await stands(`pinned ${pinned}`, () => rig().account.arrangement().pinned === pinned);
        await told(
          rig(),
          'chat',
          'it is told',
          (one) =>
            isFriendChat(rig(), one.chat) &&
            one.pinnedAt !== undefined &&
            (pinned ? one.pinnedAt !== null : one.pinnedAt === null),
        );
      }
    });
  });

  describeOffered('chat.mute', rig, () => {
    it('mutes until a time or for ever, unmutes, and tells it', async () => {
      const chat = await chatOfFriend();
      for (const until of [2_000_000_000, 0, null]) {
        const answer = await rig().client().command('chat.mute', { chat, until });
        assert.deepEqual(answer, { mutedUntil: until });
        await stands(`muted ${until}`, () => rig().account.arrangement().mutedUntil === until);
        await told(
          rig(),
          'chat',
          'it is told',
          (one) => isFriendChat(rig(), one.chat) && one.mutedUntil === until,
        );
      }
    });
  });
}
