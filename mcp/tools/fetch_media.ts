import { z } from 'zod';
import { fileTypes } from '#engines/contract/message.ts';
import { FETCH_FILES_MAX } from '#sync-jobs/kinds/fetch-media.ts';
import { chatAliases, chatArgument } from './shared/arguments.ts';
import { defineTool } from './shared/define.ts';
import { fetchErrors, phonePitfall } from './shared/fetching.ts';
import { STEER } from './shared/hints.ts';
import { startedFields, startedReply, waitArgument } from './shared/job.ts';

const FILES_DEFAULT = 1_000;

export const fetchMedia = defineTool({
  name: 'fetch_media',
  title: 'Fetch many files',
  description:
    'Downloads the files of many messages into the store as one job, newest first: of one chat or all, by time and type. Files that have expired are asked from the phone again.',
  toolset: 'history',
  scope: 'wa:history',
  hints: STEER,
  untrusted: true,
  input: z.strictObject({
    chat: chatArgument.optional(),
    since: z
      .string()
      .optional()
      .describe('Only of messages sent at or after this, the older end: ISO 8601 or YYYY-MM-DD.'),
    until: z
      .string()
      .optional()
      .describe('Only of messages sent before this, the newer end: ISO 8601 or YYYY-MM-DD.'),
    types: z
      .array(z.enum(fileTypes))
      .min(1)
      .max(fileTypes.length)
      .optional()
      .describe('Only files of these types; all by default.'),
    max_files: z
      .int()
      .min(1)
      .max(FETCH_FILES_MAX)
      .default(FILES_DEFAULT)
      .describe(`How many files at most, up to ${FETCH_FILES_MAX}.`),
    wait_s: waitArgument(0),
  }),
  output: z.object(startedFields),
  argumentAliases: { ...chatAliases, after: 'since', before: 'until' },
  info: {
    whenToUse: 'Before an export with media, or to keep files before the host drops them.',
    examples: [
      { title: 'Pictures of a chat', arguments: { chat: 'Anna', types: ['image'] } },
      { title: 'Everything of this year', arguments: { since: '2026-01-01', max_files: 5000 } },
    ],
    errors: [...fetchErrors],
    related: ['download_media', 'get_job', 'export_chat_data', 'cancel_sync'],
    pitfalls: [phonePitfall, 'Files beyond the media quota are not kept.'],
  },
  run: async ({ wait_s, ...request }, context) => {
    const job = await context.services.longActions.fetchMedia(request, context.principal.id);
    return startedReply(job, wait_s, context);
  },
});
