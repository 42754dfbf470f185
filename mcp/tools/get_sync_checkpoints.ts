import { z } from 'zod';
import { backfillStates } from '#history/contracts/backfills.ts';
import { checkpointShape } from '#sync-jobs/services/history-shape.ts';
import { limitArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { OWN_READ } from './shared/hints.ts';

export const getSyncCheckpoints = defineTool({
  name: 'get_sync_checkpoints',
  title: 'How far each chat is',
  description:
    'Lists how far the fetching of older history has come in each chat: state, oldest message reached, pages, and why it stopped. The longest untouched first.',
  toolset: 'history',
  scope: 'wa:read',
  hints: OWN_READ,
  untrusted: true,
  input: z.strictObject({
    status: z
      .array(z.enum(backfillStates))
      .max(backfillStates.length)
      .optional()
      .describe('Only chats in these states; all by default.'),
    limit: limitArgument(50, 500),
  }),
  output: z.object({
    checkpoints: z.array(brief(checkpointShape)),
    total: z.number(),
    by_status: z.record(z.enum(backfillStates), z.number()),
  }),
  argumentAliases: { states: 'status' },
  info: {
    whenToUse: 'To see which chats are not complete, and why.',
    examples: [
      { title: 'Where the phone stayed silent', arguments: { status: ['stalled'] } },
      { title: 'All', arguments: { limit: 500 } },
    ],
    errors: [],
    related: ['get_sync_status', 'fetch_history', 'resume_sync'],
    pitfalls: ['Chats whose older history nobody has asked for are not in this list.'],
  },
  run: async ({ status, limit }, { services, principal }) => {
    const some = status === undefined || status.length === 0 ? undefined : status;
    const [checkpoints, byStatus] = await Promise.all([
      services.olderHistory.checkpoints({ status: some, limit }, principal.id),
      services.syncReport.checkpointCounts(),
    ]);
    const counted: readonly number[] = (some ?? backfillStates).map((state) => byStatus[state]);
    const total = counted.reduce((sum, n) => sum + n, 0);
    return {
      data: { checkpoints: [...checkpoints], total, by_status: { ...byStatus } },
      summary: `${checkpoints.length} of ${total} chats.`,
    };
  },
});
