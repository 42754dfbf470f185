import { z } from 'zod';
import { chatAliases, chatArgument, engineArgument } from './shared/arguments.ts';
import { defineTool } from './shared/define.ts';
import {
  fetchErrors,
  maxMessagesArgument,
  phonePitfall,
  promisePitfall,
  sinceAliases,
  sinceArgument,
} from './shared/fetching.ts';
import { STEER } from './shared/hints.ts';
import { startedFields, startedReply, waitArgument } from './shared/job.ts';

export const fetchHistory = defineTool({
  name: 'fetch_history',
  title: 'Fetch older messages of a chat',
  description:
    'Fetches older messages of one chat from the phone into the store, newest gap first, and closes holes on the way. Small amounts are often there when it answers; else it answers with a job that goes on by itself.',
  toolset: 'messages',
  scope: 'wa:history',
  hints: STEER,
  untrusted: true,
  input: z.strictObject({
    chat: chatArgument,
    max_messages: maxMessagesArgument,
    since: sinceArgument,
    engine: engineArgument.optional(),
    resume: z
      .boolean()
      .default(false)
      .describe('Goes on with an earlier fetch of this chat that was stopped.'),
    wait_s: waitArgument(15),
  }),
  output: z.object(startedFields),
  argumentAliases: { ...chatAliases, ...sinceAliases, maxMessages: 'max_messages', wait_seconds: 'wait_s' },
  info: {
    whenToUse: 'When a list of messages ends too early, or get_sync_status names something missing.',
    examples: [
      { title: 'The next thousand', arguments: { chat: 'Anna' } },
      { title: 'Back to a date', arguments: { chat: 'Anna', since: '2025-01-01', max_messages: 10_000 } },
    ],
    errors: [
      ...fetchErrors,
      'NO_ANCHOR_MESSAGE',
      'NO_CHECKPOINT',
      'SYNC_IN_PROGRESS',
      'CAPABILITY_UNAVAILABLE',
    ],
    related: ['get_sync_status', 'get_job', 'cancel_sync', 'resume_sync', 'fetch_history_bulk'],
    pitfalls: [phonePitfall, promisePitfall],
  },
  run: async ({ wait_s, ...request }, context) => {
    const job = await context.services.olderHistory.fetch(request, context.principal.id);
    return startedReply(job, wait_s, context);
  },
});
