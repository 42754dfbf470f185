import type { SearchQuery } from '#history/contracts/history.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import type { ServiceContext } from '../context.ts';
import { countFitting, openPlace, type Paging, skipOf } from '../paging.ts';
import { optionalName, presentMessage } from '../present/message.ts';
import { presentSnippet } from '../present/snippet.ts';
import { compact, type Reply } from '../reply.ts';
import type { ListFields } from '../shapes/common.ts';
import type { PublicMessage } from '../shapes/message.ts';
import { checkQuery, type FilterRequest, readFilter } from './list.ts';

export interface SearchRequest extends FilterRequest, Paging {
  readonly query: string;
  readonly mode: 'auto' | 'fts' | 'phrase' | 'substring';
  readonly include_context: boolean;
  readonly max_text?: number | undefined;
  readonly response_format: 'concise' | 'detailed';
}

export interface PublicHit extends PublicMessage {
  /** The place of the hit, matches between `**`. */
  readonly snippet: string;
  readonly context?: { readonly before: PublicMessage[]; readonly after: PublicMessage[] };
}

export interface SearchResult extends ListFields {
  readonly chat?: { readonly jid: string; readonly name?: string };
  readonly hits: PublicHit[];
  /** How the query was understood. */
  readonly read_as: string;
  readonly suggestions?: string[];
  readonly degraded_reason?: string;
}

const CONTEXT_EACH_SIDE = 2;
/** What may help, of what this query did. */
function suggestionsFor(request: SearchRequest, isAllHeld: boolean): string[] {
  const words = request.query.trim().split(/\s+/).length;
  const narrowed = (['chat', 'sender', 'type'] as const).filter((name) => request[name] !== undefined);
  return [
    ...(request.mode === 'phrase' || request.query.includes('"') ? ['Search the words without quotes.'] : []),
    ...(words > 1 ? ['Use fewer words, or OR between them.'] : []),
    ...(request.mode === 'substring'
      ? []
      : [
          // Named with its tool, because others that search have no mode.
          'Use word* for the beginning of a word, or search_messages with mode substring for a part inside of words.',
        ]),
    ...(narrowed.length > 0 ? [`Leave out ${narrowed.join(' and ')}.`] : []),
    ...(request.after !== undefined || request.before !== undefined ? ['Widen the time.'] : []),
    ...(isAllHeld ? [] : ['Older history may not have been fetched yet: see get_sync_status.']),
  ];
}

/** Full-text search over the store, newest hits first. */
export function createSearchMessages(context: ServiceContext) {
  const { history, times, cursors, freshness } = context;

  return async (request: SearchRequest): Promise<Reply<SearchResult>> => {
    checkQuery(request.query);
    const { chat, filter } = await readFilter(context, request);
    const mode: SearchQuery['mode'] = request.mode === 'fts' ? 'auto' : request.mode;
    const selects = { text: request.query, mode, ...filter };
    const place = openPlace(cursors, 'search', selects, request);
    const skip = place === null ? skipOf(request) : 0;
    const found = await history.search.run({
      ...selects,
      limit: request.limit + skip,
      ...(place === null ? {} : { after: Number(place[0]) }),
    });
    const style = {
      detailed: request.response_format === 'detailed',
      ...(request.max_text === undefined ? {} : { maxText: request.max_text }),
      withoutChatName: chat !== null,
    };
    const taken = found.hits.slice(skip);
    const shown: PublicHit[] = [];
    for (const { message, snippet } of taken) {
      const hit = { ...presentMessage(message, times, style), snippet: presentSnippet(snippet) };
      if (!request.include_context) {
        shown.push(hit);
        continue;
      }
      const near = await history.messages.context(message.key, CONTEXT_EACH_SIDE, CONTEXT_EACH_SIDE);
      const plain = { withoutChatName: true };
      shown.push({
        ...hit,
        context: {
          before: near.before.map((record) => presentMessage(record, times, plain)),
          after: near.after.map((record) => presentMessage(record, times, plain)),
        },
      });
    }
    const hits = shown.slice(0, countFitting(shown));
    const last = taken[hits.length - 1]?.message;
    const more = hits.length < shown.length || found.next !== null;
    const none = hits.length === 0;
    return {
      data: compact({
        chat: chat === null ? undefined : compact({ jid: chat.jid, name: optionalName(chat.name) }),
        hits,
        read_as: found.read,
        has_more: more,
        next_cursor: more && last ? cursors.seal('search', selects, [last.key]) : undefined,
        degraded_reason: found.degraded ?? undefined,
        ...freshness.syncField(),
        reason: none ? await noHitReason(context) : undefined,
        suggestions: none ? suggestionsFor(request, await isAllHeld(context, chat)) : undefined,
      }),
      meta: { ...(await freshness.meta()), ...(found.degraded ? { degraded: true } : {}) },
      summary: `${hits.length} hits${more ? ', more to come' : ''}.`,
    };
  };
}

/** Nothing that the phone may still have is missing, of the chat or of all. */
async function isAllHeld({ history }: ServiceContext, chat: ChatRecord | null): Promise<boolean> {
  if (chat !== null) return (await history.coverage.ofChat(chat.id)).complete;
  const { chats, complete } = await history.coverage.summary();
  return chats > 0 && complete === chats;
}

async function noHitReason({ freshness }: ServiceContext) {
  const reason = await freshness.reason(true);
  return reason === 'FILTER_EXCLUDES_ALL' ? 'NO_RESULTS' : reason;
}
