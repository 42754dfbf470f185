import type { MessageType } from '#engines/contract/message.ts';
import type { MessageRecord } from '#history/contracts/records.ts';
import type { ServiceContext } from '../context.ts';
import { countFitting } from '../paging.ts';
import { presentMessage } from '../present/message.ts';
import { compact, type Reply } from '../reply.ts';
import type { EmptyReason } from '../shapes/common.ts';
import type { PublicMessage } from '../shapes/message.ts';
import { checkQuery, readFilter } from './list.ts';

export interface QueryStoredRequest {
  readonly chat?: string | undefined;
  readonly sender?: string | undefined;
  readonly content?: string | undefined;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly media_type?: 'image' | 'video' | 'audio' | 'document' | undefined;
  /** Adds kind, size and name of files. */
  readonly include_media: boolean;
  readonly limit: number;
  readonly offset: number;
}

export interface StoredMessages {
  readonly messages: PublicMessage[];
  /** All that fit; absent where counting would mean reading the whole store. */
  readonly total?: number;
  readonly limit: number;
  readonly offset: number;
  readonly has_more: boolean;
  /** Give it as `offset` to go on. */
  readonly next_offset?: number;
  readonly reason?: EmptyReason;
}

/** Other systems count voice notes as audio and GIFs as video. */
const MEDIA_TYPES: Readonly<Record<'image' | 'video' | 'audio' | 'document', readonly MessageType[]>> = {
  image: ['image', 'sticker'],
  video: ['video', 'gif'],
  audio: ['audio', 'voice'],
  document: ['document'],
};

/** A structured filter over stored messages, newest first, walked by offset. */
export function createQueryStored(context: ServiceContext) {
  const { history, times, freshness } = context;

  return async (request: QueryStoredRequest): Promise<Reply<StoredMessages>> => {
    const { limit, offset, content } = request;
    if (content !== undefined) checkQuery(content);
    const read = await readFilter(context, request);
    const filter = {
      ...read.filter,
      ...(request.media_type === undefined ? {} : { types: MEDIA_TYPES[request.media_type] }),
    };
    let items: readonly MessageRecord[];
    let total: number | null = null;
    let beyond: boolean;
    if (content === undefined) {
      const page = await history.messages.list({
        ...filter,
        order: 'newest',
        limit,
        offset,
        // Counting what fits reads it all, which one chat bounds and the whole store does not.
        withTotal: filter.chatId !== undefined || Object.keys(filter).length === 0,
      });
      ({ items, total } = page);
      beyond = page.next !== null;
    } else {
      const page = await history.search.run({
        ...filter,
        text: content,
        mode: 'substring',
        limit: offset + limit,
      });
      items = page.hits.slice(offset).map((hit) => hit.message);
      beyond = page.next !== null;
    }
    const shown = items.map((record) => {
      const { media, ...message } = presentMessage(record, times);
      return request.include_media && media !== undefined ? { ...message, media } : message;
    });
    const messages = shown.slice(0, countFitting(shown));
    const more = beyond || messages.length < shown.length;
    return {
      data: compact({
        messages,
        total: total ?? (offset === 0 && !more ? messages.length : undefined),
        limit,
        offset,
        has_more: more,
        next_offset: more ? offset + messages.length : undefined,
        reason: messages.length === 0 ? await freshness.reason(true) : undefined,
      }),
      meta: await freshness.meta(),
      summary: total === null ? `${messages.length} messages.` : `${messages.length} of ${total} messages.`,
    };
  };
}
