import { z } from 'zod';
import { defineTool } from './shared/define.ts';

export const clearTempStorage = defineTool({
  name: 'clear_temp_storage',
  title: 'Remove what long work left behind',
  description:
    'Deletes ended jobs, finished exports and notes of fetched pages that are older than a day or than the time given. Messages, chats and media stay. With only_merged false also what could not be read and was kept aside.',
  toolset: 'admin',
  scope: 'wa:admin',
  hints: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
  input: z.strictObject({
    older_than: z
      .string()
      .optional()
      .describe('What ended or came before this: ISO 8601 or YYYY-MM-DD; a day ago by default.'),
    only_merged: z.boolean().default(true).describe('False: also what could not be read and was kept aside.'),
    force: z.boolean().default(false).describe('Really delete that too; it is nowhere else in the store.'),
  }),
  output: z.object({
    rows_deleted: z.number(),
    bytes_freed: z.number(),
    jobs: z.number(),
    exports: z.number(),
    pages: z.number(),
    quarantined: z.number(),
  }),
  argumentAliases: { before: 'older_than' },
  aliases: [{ name: 'clear_baileys_temp_data', mapInput: () => ({}) }],
  info: {
    whenToUse: 'When the disk fills up with old exports, or somebody wants old jobs out of the list.',
    examples: [{ title: 'What is older than a day', arguments: {} }],
    errors: ['UNMERGED_DATA', 'INVALID_TIME'],
    related: ['list_jobs', 'export_chat_data', 'purge_old_messages'],
    pitfalls: [
      'Links to exports that were deleted stop working. Jobs that have not ended are never touched.',
    ],
  },
  run: async (request, { services }) => {
    const cleared = await services.tempStorage.clear(request);
    return {
      data: cleared,
      summary: `${cleared.rows_deleted} rows and ${cleared.exports} exports deleted, ${cleared.bytes_freed} bytes freed.`,
    };
  },
});
