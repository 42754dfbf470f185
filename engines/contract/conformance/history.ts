import assert from 'node:assert/strict';
import { HISTORY_PAGE_MAX_MESSAGES } from '#kernel/limits.ts';
import type { MessageObservation } from '../message.ts';
import type { Rig } from './rig.ts';
import { describeOffered, observed, observedOf } from './tools.ts';

/** history.page. Runs on a linked rig. */
export function historyConformance(rig: () => Rig): void {
  describeOffered('history.page', rig, () => {
    async function oldestOfFriend(): Promise<MessageObservation> {
      const { pn, lid } = rig().account.friend;
      const [oldest] = (await observedOf(rig(), 'message'))
        .filter((one) => one.chat === pn || one.chat === lid)
        .toSorted((a, b) => a.sentAt - b.sentAt);
      return oldest ?? assert.fail('no message of the friend');
    }

    it('brings what is older than the anchor, announces it, and reaches the start', async function () {
      this.timeout(60_000);
      for (let pages = 0; pages < 20; pages += 1) {
        const { chat, id, fromMe, sender, sentAt } = await oldestOfFriend();
        const expected = Math.min(rig().account.olderThan(id), HISTORY_PAGE_MAX_MESSAGES);
        const result = await rig().client().command('history.page', {
          chat,
          anchor: { id, fromMe, sender, sentAt },
          count: HISTORY_PAGE_MAX_MESSAGES,
        });
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
  });
}
