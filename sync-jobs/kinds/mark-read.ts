import { z } from 'zod';
import { receiptModes } from '#orchestrator/services/mark-chat.ts';
import { defineKind, type Kind } from '../kind.ts';
import { laneOf } from './lanes.ts';
import { addChats, conclusionOf, effective, type MarkDeps, markItems, totalsOf } from './mark-items.ts';

export const MARK_CHATS_MAX = 1_000;
/** As many unread messages of one chat as receipts are sent for; older ones are covered by the mark on the chat. */
export const MARK_MESSAGES_MAX = 1_000;

export const markReadArgsSchema = z.strictObject({
  /** JIDs. */
  chats: z.array(z.string()).min(1).max(MARK_CHATS_MAX),
  receipts: z.enum(receiptModes),
  maxPerChat: z.int().min(1).max(MARK_MESSAGES_MAX),
});
export type MarkReadArgs = z.output<typeof markReadArgsSchema>;

/** Marks chats as read, one after the other. */
export function markReadKind(deps: MarkDeps): Kind<typeof markReadArgsSchema> {
  return defineKind({
    kind: 'mark-read',
    lane: laneOf['mark-read'],
    args: markReadArgsSchema,
    turn: async (context, { chats, receipts, maxPerChat }) => {
      const used = effective(receipts, deps.readReceipts);
      const tell = async () => {
        const totals = totalsOf(await context.items.list());
        await context.save({ done: totals.chats_ended, total: totals.chats, facts: { ...totals } });
      };
      if (context.job.total === null) {
        const found = await Promise.all(chats.map((jid) => deps.history.chats.byJid(jid)));
        await addChats(
          context,
          found.filter((chat) => chat !== null),
        );
        await tell();
      }
      const rest = await markItems(deps, context, { receipts, maxPerChat, tell });
      if (rest !== null) return rest;
      const totals = totalsOf(await context.items.list());
      return {
        state: 'completed',
        result: conclusionOf(totals, receipts, used),
        ...(totals.chats_failed === 0 ? {} : { reason: 'some-failed' }),
      };
    },
  });
}
