import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import type { Rig } from './rig.ts';
import { describeOffered, fails, isFriendChat, told } from './tools.ts';

/** contact.picture, contact.block, contact.blocklist. Runs on a linked rig. */
export function peopleConformance(rig: () => Rig): void {
  describeOffered('contact.picture', rig, () => {
    it('tells where a picture lies, in both sizes', async () => {
      const { shown: jid } = rig().account.pictures;
      for (const size of ['preview', 'full'] as const) {
        const { url } = await rig().client().command('contact.picture', { jid, size });
        assert.match(url ?? '', /^https:\/\//);
      }
    });

    it('tells apart who has none and who does not show it', async () => {
      const { none, hidden } = rig().account.pictures;
      const ask = (jid: string) => rig().client().command('contact.picture', { jid, size: 'full' });
      assert.deepEqual(await ask(none), { url: null, id: null });
      const outcome = await ask(hidden).then(
        // Where WhatsApp says no more than that there is nothing to see.
        (answer) => answer.url,
        (error: { code: string }) => error.code,
      );
      assert.ok(outcome === 'PRIVACY_RESTRICTED' || outcome === null, String(outcome));
    });
  });

  describeOffered('contact.block', rig, () => {
    it('blocks by either identity, ends it, and tells both', async () => {
      const { pn, lid } = rig().account.friend;
      for (const names of [
        { pn, lid },
        { pn, lid: null },
        { pn: null, lid },
      ]) {
        for (const blocked of [true, false]) {
          const answer = await rig()
            .client()
            .command('contact.block', { ...names, blocked });
          assert.deepEqual(answer, { blocked });
          assert.equal(rig().account.isFriendBlocked(), blocked);
          const { jid } = await told(rig(), 'contact', 'it is told', (one) => one.blocked !== undefined);
          assert.ok(isFriendChat(rig(), jid));
        }
        const last = await told(rig(), 'contact', 'the end of it', (one) => one.blocked !== undefined);
        assert.equal(last.blocked, false);
      }
    });

    it('says when nobody is named', async () => {
      const nobody = { pn: null, lid: null, blocked: true };
      await fails(rig().client().command('contact.block', nobody), 'CONTACT_NOT_FOUND', 'MISSING_IDENTIFIER');
    });
  });

  describeOffered('contact.blocklist', rig, () => {
    it('lists who is blocked', async () => {
      const list = async () => (await rig().client().command('contact.blocklist', {})).blocked;
      const agrees = () =>
        until(async () => {
          const now = await list();
          return now.length === rig().account.blockedCount() && now;
        }, 'list of who is blocked');
      await agrees();
      rig().account.phoneBlocks(true);
      const blocked = await agrees();
      assert.ok(blocked.some((jid) => isFriendChat(rig(), jid)));
      rig().account.phoneBlocks(false);
      assert.ok(!(await agrees()).some((jid) => isFriendChat(rig(), jid)));
    });
  });
}
