import { z } from 'zod';
import { TandemError } from '#kernel/errors.ts';
import { defineTool } from './shared/define.ts';
import { startedFields, startedReply, waitArgument } from './shared/job.ts';

export const purgeOldMessages = defineTool({
  name: 'purge_old_messages',
  title: 'Delete old messages from the store',
  description:
    'Deletes from the store, for good, every message sent before a time, with its files, as a job. On the phone nothing changes; chats and people stay. What is older is not stored again when history brings it.',
  toolset: 'admin',
  scope: 'wa:admin',
  hints: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
  input: z.strictObject({
    before: z
      .string()
      .optional()
      .describe('Sent before this: ISO 8601 or YYYY-MM-DD. By default what TANDEM_RETENTION_DAYS says.'),
    confirm: z.boolean().default(false).describe('Must be true: there is no way back.'),
    wait_s: waitArgument(15),
  }),
  output: z.object(startedFields),
  argumentAliases: { older_than: 'before', until: 'before' },
  info: {
    whenToUse: 'When old messages must not be kept. To make room alone, clear_temp_storage is gentler.',
    examples: [{ title: 'Before 2020', arguments: { before: '2020-01-01', confirm: true } }],
    errors: ['VALIDATION_ERROR', 'INVALID_TIME'],
    related: ['clear_temp_storage', 'get_job', 'export_chat_data'],
    pitfalls: ['Nothing older than that date is stored again, also when it is fetched later.'],
  },
  run: async ({ before, confirm, wait_s }, context) => {
    if (!confirm) {
      throw new TandemError('VALIDATION_ERROR', {
        message: 'This deletes messages for good; confirm must be true.',
        details: { problems: [{ field: 'confirm', problem: 'must be true' }] },
      });
    }
    const job = await context.services.longActions.purge({ before }, context.principal.id);
    return startedReply(job, wait_s, context);
  },
});
