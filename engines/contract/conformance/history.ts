import assert from 'node:assert/strict';
import { HISTORY_PAGE_MAX_MESSAGES } from '#kernel/limits.ts';
import type { CommandInput } from '../command.ts';
import type { MessageObservation } from '../message.ts';
import type { Rig } from './rig.ts';
import { describeOffered, fails, level, observed, observedOf, told } from './tools.ts';

/** history.page. Runs on a linked rig. */
export function historyConformance(rig: () => Rig): void {
  describeOffered('history.page', rig, () => {
    async function oldestOf(...jids: readonly string[]): Promise<MessageObservation> {
      const [oldest] = (await observedOf(rig(), 'message'))
        .filter((one) => jids.includes(one.chat))
        .toSorted((a, b) => a.sentAt - b.sentAt);
      return oldest ?? assert.fail('no message of the chat');
    }
    const oldestOfFriend = () => oldestOf(rig().account.friend.pn, rig().account.friend.lid);
    const before = (message: MessageObservation): CommandInput<'history.page'> => {
      const { chat, id, fromMe, sender, sentAt } = message;
      return { chat, anchor: { id, fromMe, sender, sentAt }, count: HISTORY_PAGE_MAX_MESSAGES };
    };
    const page = (message: MessageObservation) => rig().client().command('history.page', before(message));

    it('takes a phone that says nothing for no proof, and asks it once for one chat at a time', async () => {
      rig().account.phoneAnswersNext('not');
      const oldest = await oldestOfFriend();
      const both = await Promise.allSettled([page(oldest), page(oldest)]);
      const [answer] = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const [reason] = both.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      assert.deepEqual(
        { ...answer, requestId: '' },
        { requestId: '', outcome: 'silent', messages: 0, end: 'unknown', oldest: null, seq: null },
      );
      const error = await fails(Promise.reject(reason), 'RATE_LIMITED');
      assert.ok((error.retryAfterSeconds ?? 0) > 0);
    });

    it('fails when the connection is lost in between, and goes on when it is back', async () => {
      rig().account.phoneAnswersNext('by-losing-the-connection');
      const oldest = await oldestOfFriend();
      await fails(page(oldest), 'CONNECTION_LOST');
      await level(rig(), 'ready');
      assert.equal((await page(oldest)).outcome, 'answered');
    });

    it('brings what is older than the anchor, announces it, and reaches the start', async function () {
      this.timeout(60_000);
      for (let pages = 0; pages < 20; pages += 1) {
        const oldest = await oldestOfFriend();
        const expected = Math.min(rig().account.olderThan(oldest.id), HISTORY_PAGE_MAX_MESSAGES);
        const result = await page(oldest);
        assert.equal(result.outcome, 'answered');
        assert.equal(result.messages, expected);
        const all = await observed(rig());
        const announced = all.findIndex(
          (one) => one.kind === 'history-page' && one.requestId === result.requestId,
        );
        assert.ok(announced >= 0, 'the page is not announced');
        const brought = all
          .slice(0, announced)
          .filter((one) => one.kind === 'message' && one.page === result.requestId);
        assert.equal(brought.length, expected, 'messages of the page stand behind its announcement');
        assert.ok((result.seq ?? 0) > 0);
        if (result.end === 'start-reached') return;
        assert.ok(expected > 0, 'an empty page without an end would be asked for ever');
      }
      assert.fail('the start was never reached');
    });

    it('links the identities of a chat that moves to a hidden one, and pages it under both', async () => {
      const { pn, lid } = rig().account.phoneLearnsIdentity();
      await told(rig(), 'identity-link', 'the link', (one) => one.pn === pn && one.lid === lid);
      const oldest = await oldestOf(pn, lid);
      const [byNumber, byHidden] = [
        await page({ ...oldest, chat: pn }),
        await page({ ...oldest, chat: lid }),
      ];
      assert.ok(byNumber.messages > 0);
      assert.deepEqual(
        [byNumber.messages, byNumber.end, byNumber.oldest?.id],
        [byHidden.messages, byHidden.end, byHidden.oldest?.id],
      );
    });

    it('tells that a chat was deleted on the phone, and claims nothing about it any more', async () => {
      const { jid } = rig().account.spare;
      const oldest = await oldestOf(jid);
      rig().account.phoneDeletesSpare();
      await told(rig(), 'chat', 'the deletion', (one) => one.chat === jid && one.deleted === true);
      const answer = await page(oldest).then(
        ({ outcome, end }) => `${outcome} ${end}`,
        (error: unknown) => fails(Promise.reject(error), 'CHAT_NOT_FOUND').then(({ code }) => code),
      );
      assert.ok(['silent unknown', 'CHAT_NOT_FOUND'].includes(answer), answer);
    });
  });
}
