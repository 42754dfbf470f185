import { z } from 'zod';
import { messageShape } from '#orchestrator/services/shapes/message.ts';
import { jobShape } from '#sync-jobs/services/job-shape.ts';
import { limitArgument, queryAliases, queryArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { phonePitfall } from './shared/fetching.ts';
import { STEER } from './shared/hints.ts';
import { follow, nextOf, waitArgument } from './shared/job.ts';

const CHATS_MAX = 20;
const CHATS_DEFAULT = 5;
const MESSAGES_PER_CHAT = 500;
/** Leaves time for the second search within a call. */
const WAIT_SECONDS = 15;

export const smartSyncAndSearch = defineTool({
  name: 'smart_sync_and_search',
  title: 'Search, fetch and search again',
  description:
    'Searches the store; when nothing is found, fetches older history of the chats where it may be (those the query names, else the most active) and searches again. Answers within seconds; what is not there by then goes on as a job.',
  toolset: 'history',
  scope: 'wa:history',
  hints: STEER,
  untrusted: true,
  input: z.strictObject({
    query: queryArgument('Words to find; in:, from:, before: and after: work too.'),
    include_history: z.boolean().default(true).describe('False: search only, fetch nothing.'),
    max_chats: z
      .int()
      .min(1)
      .max(CHATS_MAX)
      .default(CHATS_DEFAULT)
      .describe(`Fetch older history of so many chats at most, up to ${CHATS_MAX}.`),
    limit: limitArgument(20, 100),
    wait_s: waitArgument(WAIT_SECONDS),
  }),
  output: z.object({
    hits: z.array(brief(messageShape.extend({ snippet: z.string() }))),
    has_more: z.boolean(),
    /** Found before any history was fetched. */
    found_first: z.number(),
    searched_again: z.boolean(),
    /** Chats whose older history was asked for. */
    chats: z.array(z.object({ jid: z.string(), name: z.string().optional() })),
    job: brief(jobShape).optional(),
    suggestions: z.array(z.string()).optional(),
    next: z.string().optional(),
  }),
  argumentAliases: { ...queryAliases, maxChats: 'max_chats' },
  info: {
    whenToUse: 'When search_messages finds nothing, and what is looked for may be older than what is stored.',
    examples: [
      { title: 'Somewhere', arguments: { query: 'boat trailer' } },
      { title: 'In one chat', arguments: { query: 'in:"book club" Middlemarch' } },
    ],
    errors: ['QUERY_TOO_LONG'],
    related: ['search_messages', 'fetch_history', 'get_job'],
    pitfalls: [phonePitfall, 'While job has not ended, follow it with get_job and search again then.'],
  },
  run: async ({ query, include_history, max_chats, limit, wait_s }, context) => {
    const { services, principal } = context;
    const request = {
      query,
      limit,
      mode: 'auto',
      include_context: false,
      response_format: 'concise',
    } as const;
    const first = await services.messages.search(request);
    const nothing = { found_first: first.data.hits.length, searched_again: false, chats: [] };
    const before = { hits: first.data.hits, has_more: first.data.has_more };
    if (first.data.hits.length > 0 || !include_history) {
      return { ...first, data: { ...before, ...nothing, suggestions: first.data.suggestions } };
    }
    const chats = await services.likelyChats.of(query, max_chats);
    if (chats.length === 0) {
      return { ...first, data: { ...before, ...nothing, suggestions: first.data.suggestions } };
    }
    const { reused: _, ...begun } = await services.olderHistory.fetchBulk(
      { chats: chats.map(({ jid }) => jid), max_messages: MESSAGES_PER_CHAT },
      principal.id,
    );
    const job = await follow(begun, wait_s, context);
    const second = await services.messages.search(request);
    return {
      ...second,
      data: {
        hits: second.data.hits,
        has_more: second.data.has_more,
        found_first: 0,
        searched_again: true,
        chats: chats.map(({ jid, name }) => ({ jid, ...(name === null ? {} : { name }) })),
        job: job,
        suggestions: second.data.suggestions,
        next: nextOf(job),
      },
    };
  },
});
