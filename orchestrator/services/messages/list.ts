import type { MessageType } from '#engines/contract/message.ts';
import type { MessageFilter } from '#history/contracts/history.ts';
import type { ChatRecord, MessageRecord } from '#history/contracts/records.ts';
import { TandemError } from '#kernel/errors.ts';
import { SEARCH_QUERY_MAX_CHARS } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { countFitting, openPlace, type Paging, skipOf } from '../paging.ts';
import { type MessageStyle, optionalName, presentMessage } from '../present/message.ts';
import { parseRange } from '../present/range.ts';
import { compact, type Reply } from '../reply.ts';
import type { EmptyReason, ListFields } from '../shapes/common.ts';
import type { PublicMessage } from '../shapes/message.ts';
import {
  coverageOfRange,
  type ListCoverage,
  type ListRange,
  rangeOfPage,
  whyNothing,
} from './list-coverage.ts';
import { createMediaLoader, type MediaRequest } from './media.ts';

/** Who, where, when, what: the filters that all lists of messages share. */
export interface FilterRequest {
  readonly chat?: string | undefined;
  /** A person, or `me`. */
  readonly sender?: string | undefined;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly type?: MessageType | undefined;
}

export interface ListMessagesRequest extends FilterRequest, Paging, MediaRequest {
  readonly query?: string | undefined;
  readonly order: 'newest' | 'oldest';
  readonly include_context: boolean;
  readonly context_before: number;
  readonly context_after: number;
  readonly max_text?: number | undefined;
  readonly response_format: 'concise' | 'detailed';
}

export interface MessageInList extends PublicMessage {
  readonly context?: { readonly before: PublicMessage[]; readonly after: PublicMessage[] };
}

export interface MessageList extends ListFields {
  readonly chat?: { readonly jid: string; readonly name?: string };
  readonly messages: MessageInList[];
  readonly total?: number;
  readonly degraded_reason?: string;
  /** Of the time that this page is about; only for a list of one chat. */
  readonly coverage?: ListCoverage;
}

/** Turns the public filters into those of the store. Errors: CHAT_NOT_FOUND, CONTACT_NOT_FOUND, RECIPIENT_AMBIGUOUS, INVALID_TIME. */
export async function readFilter(context: ServiceContext, request: FilterRequest) {
  const { resolver, times } = context;
  const chat = request.chat === undefined ? null : await resolver.chat(request.chat);
  const mine = request.sender?.trim().toLowerCase() === 'me';
  const sender =
    request.sender === undefined || mine ? null : await resolver.person(request.sender, 'sender');
  const time = parseRange(
    times,
    { field: 'after', text: request.after },
    { field: 'before', text: request.before },
  );
  const filter: MessageFilter = {
    ...(chat === null ? {} : { chatId: chat.id }),
    ...(sender === null ? {} : sender.isMe ? { fromMe: true } : { senderId: sender.id }),
    ...(mine ? { fromMe: true } : {}),
    ...(time.from === null ? {} : { since: time.from }),
    ...(time.to === null ? {} : { until: time.to }),
    ...(request.type === undefined ? {} : { types: [request.type] }),
  };
  return { chat, filter, narrowed: Object.keys(filter).length > 0 };
}

/** Throws QUERY_TOO_LONG. */
export function checkQuery(query: string): void {
  if (query.length > SEARCH_QUERY_MAX_CHARS) {
    throw new TandemError('QUERY_TOO_LONG', {
      details: { limit: SEARCH_QUERY_MAX_CHARS, actual: query.length },
    });
  }
}

export function createListMessages(context: ServiceContext) {
  const { history, cursors, freshness } = context;

  const loadMedia = createMediaLoader(context);
  const reasonOf = async (
    chat: ChatRecord | null,
    range: ListRange,
    { query, sender, type }: ListMessagesRequest,
    narrowed: boolean,
  ): Promise<EmptyReason> => {
    const reason = await freshness.reason(narrowed || query !== undefined);
    if (reason !== 'FILTER_EXCLUDES_ALL' || chat === null) return reason;
    const byTimeAlone = query === undefined && sender === undefined && type === undefined;
    return (await whyNothing(context, chat, range, byTimeAlone)) ?? reason;
  };
  return async (request: ListMessagesRequest, signal?: AbortSignal): Promise<Reply<MessageList>> => {
    if (request.query !== undefined) checkQuery(request.query);
    const { chat, filter, narrowed } = await readFilter(context, request);
    const { query, order, limit } = request;
    if (query !== undefined && order === 'oldest') {
      throw new TandemError('VALIDATION_ERROR', {
        message: 'With query the newest come first; leave order out.',
        details: { problems: [{ field: 'order', problem: 'oldest is not possible together with query' }] },
      });
    }
    const selects = { query, order, ...filter };
    const place = openPlace(context.cursors, 'messages', selects, request);
    const after = place === null ? {} : { after: Number(place[0]) };
    const skip = place === null ? skipOf(request) : 0;

    const found: Found =
      query === undefined
        ? await history.messages.list({
            ...filter,
            order,
            limit,
            ...after,
            ...(skip === 0 ? {} : { offset: skip }),
            // The store knows the size of a chat; any other count would read every message of the range.
            withTotal: Object.keys(filter).every((key) => key === 'chatId'),
          })
        : await searchAsList(context, query, filter, limit, skip, after);

    const style: MessageStyle = {
      detailed: request.response_format === 'detailed',
      ...(request.max_text === undefined ? {} : { maxText: request.max_text }),
      withoutChatName: chat !== null,
    };
    const around = request.include_context
      ? { before: request.context_before, after: request.context_after }
      : null;
    const shown: MessageInList[] = [];
    for (const record of found.items) shown.push(await withContext(context, record, style, around));
    const fitting = shown.slice(0, countFitting(shown));
    const withMedia = request.include_media === true || request.include_full_data === true;
    const { messages, ...blocks } = withMedia
      ? await loadMedia(fitting, found.items.slice(0, fitting.length), request, signal)
      : { messages: fitting };
    const last = found.items[messages.length - 1];
    const more = messages.length < shown.length || found.next !== null;
    const isFirst = place === null && skip === 0;
    const page = { order, shown: found.items.slice(0, messages.length), isFirst, isLast: !more };
    return {
      data: compact({
        chat: chat === null ? undefined : compact({ jid: chat.jid, name: optionalName(chat.name) }),
        messages,
        coverage: chat === null ? undefined : await coverageOfRange(context, chat, rangeOfPage(filter, page)),
        total: found.total ?? (isFirst && !more ? messages.length : undefined),
        has_more: more,
        next_cursor: more && last ? cursors.seal('messages', selects, [last.key]) : undefined,
        degraded_reason: found.degraded ?? undefined,
        ...freshness.syncField(),
        reason:
          messages.length === 0
            ? await reasonOf(chat, rangeOfPage(filter, page), request, narrowed)
            : undefined,
      }),
      meta: { ...(await freshness.meta()), ...(found.degraded ? { degraded: true } : {}) },
      summary:
        found.total === null
          ? `${messages.length} messages.`
          : `${messages.length} of ${found.total} messages.`,
      ...blocks,
    };
  };
}

interface Found {
  readonly items: readonly MessageRecord[];
  readonly next: number | null;
  readonly total: number | null;
  readonly degraded?: 'FTS_UNAVAILABLE' | null;
}

/** Deepest place that can be reached by page number in a search; beyond it only the cursor leads. */
const SKIP_MAX = 5_000;

/** A search has no offset of its own: pages before the wanted one are read and dropped. */
export async function searchAsList(
  { history }: ServiceContext,
  text: string,
  filter: MessageFilter,
  limit: number,
  skip: number,
  after: { readonly after?: number },
): Promise<Found> {
  if (skip > SKIP_MAX) {
    throw new TandemError('VALIDATION_ERROR', {
      message: 'That page is too far back; use the cursor or narrow the time.',
      details: { problems: [{ field: 'page', problem: `at most ${SKIP_MAX} results back` }] },
    });
  }
  const page = await history.search.run({
    ...filter,
    text,
    mode: 'auto',
    limit: limit + skip,
    ...after,
  });
  return {
    items: page.hits.slice(skip).map((hit) => hit.message),
    next: page.next,
    total: null,
    degraded: page.degraded,
  };
}

async function withContext(
  { history, times }: ServiceContext,
  record: MessageRecord,
  style: MessageStyle,
  around: { readonly before: number; readonly after: number } | null,
): Promise<MessageInList> {
  const message = presentMessage(record, times, style);
  if (around === null) return message;
  const { before, after } = await history.messages.context(record.key, around.before, around.after);
  const plain = { ...style, detailed: false, withoutChatName: true };
  const show = (records: readonly MessageRecord[]) => records.map((r) => presentMessage(r, times, plain));
  return { ...message, context: { before: show(before), after: show(after) } };
}
