import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Rig } from './rig.ts';
import { describeOffered, fails, message } from './tools.ts';

/** group.read, community.read, contact.lookup, media.download. Runs on a linked rig. */
export function lookingUpConformance(rig: () => Rig): void {
  describeOffered('group.read', rig, () => {
    it('tells one group with its members', async () => {
      const { jid, subject, members } = rig().account.group;
      const { groups } = await rig().client().command('group.read', { group: jid });
      assert.deepEqual([groups.length, groups[0]?.jid, groups[0]?.subject], [1, jid, subject]);
      assert.equal(groups[0]?.members?.length, members);
    });

    it('tells all groups', async () => {
      const { groups } = await rig().client().command('group.read', {});
      const jids = groups.map((one) => one.jid);
      assert.ok(jids.includes(rig().account.group.jid));
      assert.equal(new Set(jids).size, jids.length);
    });

    it('says when there is none', async () => {
      const group = '120363999999999999@g.us';
      await fails(rig().client().command('group.read', { group }), 'GROUP_NOT_FOUND', 'NOT_GROUP_MEMBER');
    });
  });

  describeOffered('community.read', rig, () => {
    it('tells a community with its linked groups', async () => {
      const { jid, groups } = rig().account.community;
      const { communities } = await rig().client().command('community.read', { community: jid });
      assert.deepEqual([communities.length, communities[0]?.info.jid], [1, jid]);
      assert.equal(communities[0]?.info.isCommunity, true);
      assert.equal(communities[0].groups.length, groups);
      const all = await rig().client().command('community.read', {});
      assert.ok(all.communities.some((one) => one.info.jid === jid));
    });

    it('says when there is none', async () => {
      const community = rig().account.group.jid;
      await fails(
        rig().client().command('community.read', { community }),
        'COMMUNITY_NOT_FOUND',
        'NOT_A_COMMUNITY',
      );
    });
  });

  describeOffered('contact.lookup', rig, () => {
    it('tells who is on WhatsApp, and under which ids', async () => {
      const { friend, strangerPhone } = rig().account;
      const phone = friend.pn.replace(/@.*/, '');
      const { results } = await rig()
        .client()
        .command('contact.lookup', { phones: [phone, strangerPhone] });
      const found = results.find((one) => one.phone === phone);
      assert.deepEqual([found?.exists, found?.pn], [true, friend.pn]);
      assert.ok(found?.lid === null || found?.lid === friend.lid);
      const missing = results.find((one) => one.phone === strangerPhone);
      assert.deepEqual([missing?.exists, missing?.pn, missing?.lid], [false, null, null]);
    });
  });

  describeOffered('media.download', rig, () => {
    it('gives the bytes that were sent', async () => {
      const sent = rig().account.friendSendsFile();
      const { chat, id, fromMe, sender, type, media } = await message(rig(), sent.id);
      assert.ok(media !== undefined, 'the message carries no media');
      const answer = await rig().client().command('media.download', {
        message: { chat, id, fromMe, sender },
        type,
        media,
        maxBytes: 1_000_000,
      });
      const bytes = Buffer.from(answer.base64, 'base64');
      assert.deepEqual([bytes.length, answer.bytes], [sent.bytes, sent.bytes]);
      assert.equal(createHash('sha256').update(bytes).digest('base64'), sent.sha256Base64);
    });

    it('says what is missing when a message has nothing to download', async () => {
      const { id } = rig().account.friendWrites('no file here');
      const { chat, fromMe, sender, type } = await message(rig(), id);
      const input = { message: { chat, id, fromMe, sender }, type, media: {}, maxBytes: 1_000 };
      await fails(rig().client().command('media.download', input), 'NO_MEDIA_CONTENT');
    });
  });
}
