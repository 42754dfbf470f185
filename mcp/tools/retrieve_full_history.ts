import { z } from 'zod';
import { defineTool } from './shared/define.ts';
import { enginesArgument, phonePitfall, promisePitfall, sinceArgument } from './shared/fetching.ts';
import { STEER } from './shared/hints.ts';
import { JOB_WAIT_MAX_SECONDS, startedFields, startedReply, waitArgument } from './shared/job.ts';

const TIMEOUT_MAX_SECONDS = 86_400;
const TIMEOUT_DEFAULT_SECONDS = 300;

export const retrieveFullHistory = defineTool({
  name: 'retrieve_full_history',
  title: 'Fetch the whole history',
  description:
    'Fetches everything that the phone still has, of every chat, page by page, for as long as it takes. Answers within seconds with a job that goes on by itself, also over restarts; follow it with get_job or get_sync_status.',
  toolset: 'session',
  scope: 'wa:history',
  hints: STEER,
  input: z.strictObject({
    since: sinceArgument,
    engines: enginesArgument,
    wait_s: waitArgument(0),
    wait_for_completion: z
      .boolean()
      .default(false)
      .describe(`Waits for the end, but ${JOB_WAIT_MAX_SECONDS} s at most; the job goes on behind it.`),
    timeout: z
      .int()
      .min(1)
      .max(TIMEOUT_MAX_SECONDS)
      .default(TIMEOUT_DEFAULT_SECONDS)
      .describe(
        `With wait_for_completion: seconds to wait, of which ${JOB_WAIT_MAX_SECONDS} count, because the job goes on without the call. For the end of longer jobs call get_job again.`,
      ),
  }),
  output: z.object({
    ...startedFields,
    chats: z.number().optional(),
    messages_synced: z.number(),
    /** The job is done: the phone has nothing more for now. */
    is_latest: z.boolean(),
  }),
  argumentAliases: { wait_seconds: 'wait_s', after: 'since' },
  info: {
    whenToUse: 'When older messages are wanted of all chats. For one chat, fetch_history is quicker.',
    examples: [
      { title: 'Everything', arguments: {} },
      { title: 'The last two years', arguments: { since: '2024-11-01' } },
    ],
    errors: ['INVALID_TIME', 'CAPABILITY_UNAVAILABLE'],
    related: ['get_job', 'get_sync_status', 'fetch_history', 'cancel_sync', 'pause_job'],
    pitfalls: [
      phonePitfall,
      promisePitfall,
      'Calling it again joins the job that runs (reused: true).',
      'is_latest is true when this very call saw the end. Of a job that ended later get_job says status completed.',
    ],
  },
  run: async ({ since, engines, wait_s, wait_for_completion, timeout }, context) => {
    const { services, principal } = context;
    const job = await services.olderHistory.retrieveAll({ since, engines }, principal.id);
    const wait = wait_for_completion ? Math.min(timeout, JOB_WAIT_MAX_SECONDS) : wait_s;
    const { data, summary } = await startedReply(job, wait, context);
    const { chats, messages_fetched } = data.facts ?? {};
    return {
      data: {
        ...data,
        chats: typeof chats === 'number' ? chats : undefined,
        messages_synced: typeof messages_fetched === 'number' ? messages_fetched : 0,
        is_latest: data.status === 'completed',
      },
      summary,
    };
  },
});
