import { z } from 'zod';
import {
  EXPORT_DEFAULT_MESSAGES,
  EXPORT_MAX_MESSAGES,
  exportFormats,
} from '#orchestrator/services/export/contract.ts';
import { messageShape } from '#orchestrator/services/shapes/message.ts';
import { afterArgument, beforeArgument, chatAliases, chatArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { exportShape } from './shared/export-shape.ts';
import { startedFields, startedReply, waitArgument } from './shared/job.ts';

const SAMPLE_ROWS = 5;
const SAMPLE_TEXT_CHARS = 200;

export const exportChatData = defineTool({
  name: 'export_chat_data',
  title: 'Export a chat',
  description:
    'Writes a chat into a file: JSON, CSV or zip, with the files that are stored on demand. Answers with a link to download it, its checksum, counts and five rows as a sample; a long one goes on as a job, and get_job then has the link.',
  toolset: 'history',
  scope: 'wa:admin',
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  untrusted: true,
  input: z.strictObject({
    chat: chatArgument,
    format: z.enum(exportFormats).default('json').describe('zip holds the JSON, and media on demand.'),
    include_media: z.boolean().default(false).describe('Also the files that are stored; zip only.'),
    after: afterArgument.optional(),
    before: beforeArgument.optional(),
    max_messages: z
      .int()
      .min(1)
      .default(EXPORT_DEFAULT_MESSAGES)
      .describe(`The newest so many, up to ${EXPORT_MAX_MESSAGES}.`),
    wait_s: waitArgument(15),
  }),
  output: z.object({
    ...startedFields,
    export: exportShape.optional(),
    sample: z.array(brief(messageShape)),
  }),
  argumentAliases: {
    ...chatAliases,
    since: 'after',
    until: 'before',
    includeMedia: 'include_media',
    maxMessages: 'max_messages',
  },
  info: {
    whenToUse: 'When a chat is wanted outside of here, whole. To read it, list_messages is enough.',
    examples: [
      { title: 'The newest 10,000', arguments: { chat: 'Anna' } },
      {
        title: 'A year as a table',
        arguments: { chat: 'Anna', format: 'csv', after: '2025-01-01', before: '2026-01-01' },
      },
    ],
    errors: ['CHAT_NOT_FOUND', 'RECIPIENT_AMBIGUOUS', 'EXPORT_TOO_LARGE', 'INVALID_TIME'],
    related: ['get_job', 'fetch_media', 'fetch_history', 'clear_temp_storage'],
    pitfalls: [
      'Only what is stored is exported: fetch_history and fetch_media first, where more is wanted.',
      'The link holds for an hour, the file is kept for a day; get_job with the job_id gives a fresh link.',
    ],
  },
  run: async ({ wait_s, ...request }, context) => {
    const { services, principal, signal } = context;
    const begun = await services.longActions.exportChat(request, principal.id);
    const { data: job, summary } = await startedReply(begun, wait_s, context);
    const { chat, after, before } = request;
    const { data: sample } = await services.messages.list(
      {
        chat,
        after,
        before,
        order: 'newest',
        limit: SAMPLE_ROWS,
        include_context: false,
        context_before: 0,
        context_after: 0,
        max_text: SAMPLE_TEXT_CHARS,
        response_format: 'concise',
      },
      signal,
    );
    const done = await services.jobs.get({ job_id: job.job_id }, principal.id);
    const found = services.exportLinks.of(done);
    return {
      data: { ...job, export: found ?? undefined, sample: sample.messages },
      summary: found?.note === undefined ? summary : `${summary} ${found.note}`,
      links:
        found === null ? [] : [{ uri: found.resource, name: found.filename, mimeType: 'application/json' }],
    };
  },
});
