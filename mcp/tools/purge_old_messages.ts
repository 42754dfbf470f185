import { z } from 'zod';
import { TandemError } from '#kernel/errors.ts';
import { defineTool } from './shared/define.ts';
import { startedFields, startedReply, waitArgument } from './shared/job.ts';

const { next, ...job } = startedFields;

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
    dry_run: z.boolean().default(false).describe('Only counts; deletes nothing and needs no confirm.'),
    wait_s: waitArgument(15),
  }),
  output: z.object({
    dry_run: z.boolean(),
    before: z.string().optional(),
    messages: z.number().optional(),
    with_files: z.number().optional(),
    ...z.object(job).partial().shape,
    next,
  }),
  argumentAliases: { older_than: 'before', until: 'before' },
  info: {
    whenToUse: 'When old messages must not be kept. To make room alone, clear_temp_storage is gentler.',
    examples: [
      { title: 'Count first', arguments: { before: '2020-01-01', dry_run: true } },
      { title: 'Before 2020', arguments: { before: '2020-01-01', confirm: true } },
    ],
    errors: ['VALIDATION_ERROR', 'INVALID_TIME'],
    related: ['clear_temp_storage', 'get_job', 'export_chat_data'],
    pitfalls: ['Nothing older than that date is stored again, also when it is fetched later.'],
  },
  run: async ({ before, confirm, dry_run, wait_s }, context) => {
    if (!confirm && !dry_run) {
      throw new TandemError('VALIDATION_ERROR', {
        message: 'This deletes messages for good; confirm must be true. dry_run true says how many first.',
        details: { problems: [{ field: 'confirm', problem: 'must be true' }] },
      });
    }
    const answer = await context.services.longActions.purge({ before, dry_run }, context.principal.id);
    if ('dry_run' in answer) {
      return {
        data: answer,
        summary: `${answer.messages} messages before ${answer.before} would be deleted; ${answer.with_files} of them carry a file. Nothing was deleted.`,
      };
    }
    const { data, summary } = await startedReply(answer, wait_s, context);
    return { data: { dry_run: false, ...data }, summary };
  },
});
