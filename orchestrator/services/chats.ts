import { nowSeconds } from '#kernel/clock.ts';
import type { ServiceContext } from './context.ts';
import { openPlace, type Paging } from './paging.ts';
import { presentChat } from './present/chat.ts';
import { cleanText } from './present/clean-text.ts';
import { optionalName, presentMessage } from './present/message.ts';
import { personJid, presentPerson } from './present/person.ts';
import { compact, type Reply } from './reply.ts';
import type { PublicChat } from './shapes/chat.ts';
import type { ListFields } from './shapes/common.ts';
import type { PublicMessage } from './shapes/message.ts';
import type { PublicPerson } from './shapes/person.ts';

export interface ListChatsRequest extends Paging {
  readonly query?: string | undefined;
  readonly sort_by: 'last_active' | 'name';
  readonly include_last_message: boolean;
  readonly groups_only: boolean;
  readonly archived?: boolean | undefined;
  readonly unread_only: boolean;
  readonly pinned_only: boolean;
  readonly response_format: 'concise' | 'detailed';
}

export interface GetChatRequest {
  readonly chat: string;
  readonly include_last_message: boolean;
}

export interface ChatDetails extends PublicChat {
  readonly participants_count?: number;
  readonly description?: string;
  readonly ephemeral_s?: number;
  readonly history_end: 'start-reached' | 'more-on-phone' | 'unknown';
}

export interface LastInteraction {
  readonly contact: PublicPerson;
  readonly found: boolean;
  readonly reason?: 'NO_RESULTS';
  readonly message?: PublicMessage;
}

const SECONDS_PER_HOUR = 3_600;

export interface Chats {
  list(request: ListChatsRequest): Promise<Reply<ListFields & { chats: PublicChat[]; total: number }>>;
  get(request: GetChatRequest): Promise<Reply<{ chat: ChatDetails }>>;
  lastInteraction(request: { readonly contact: string }): Promise<Reply<LastInteraction>>;
}

export function createChats(context: ServiceContext): Chats {
  const { history, times, cursors, freshness, resolver, clock } = context;

  const lastHour = async (chatId: number, lastMessageAt: number | null): Promise<number> => {
    const since = nowSeconds(clock) - SECONDS_PER_HOUR;
    if (lastMessageAt === null || lastMessageAt < since) return 0;
    const page = await history.messages.list({ chatId, since, order: 'newest', limit: 1, withTotal: true });
    return page.total ?? 0;
  };

  return {
    list: async (request) => {
      const { limit, cursor: _cursor, page: _page, ...query } = request;
      const place = openPlace(cursors, 'chats', query, request);
      const detailed = request.response_format === 'detailed';
      const found = await history.chats.list({
        ...(request.query ? { text: request.query } : {}),
        ...(request.groups_only ? { kinds: ['group', 'community'] as const } : {}),
        ...(request.archived === undefined ? {} : { archived: request.archived }),
        ...(request.unread_only ? { unreadOnly: true } : {}),
        ...(request.pinned_only ? { pinnedOnly: true } : {}),
        system: false,
        sort: request.sort_by,
        limit,
        ...(place === null
          ? { offset: (request.page ?? 0) * limit }
          : { after: [place[0] ?? 0, Number(place[1])] as const }),
      });
      const style = {
        nowSeconds: nowSeconds(clock),
        withLastMessage: request.include_last_message,
        detailed,
      };
      const chats: PublicChat[] = [];
      for (const record of found.items) {
        const chat = presentChat(record, times, style);
        chats.push(
          detailed ? { ...chat, messages_last_hour: await lastHour(record.id, record.lastMessageAt) } : chat,
        );
      }
      const filtered =
        Boolean(request.query) ||
        request.archived === true ||
        request.groups_only ||
        request.unread_only ||
        request.pinned_only;
      return {
        data: compact({
          chats,
          total: found.total,
          has_more: found.next !== null,
          next_cursor: found.next === null ? undefined : cursors.seal('chats', query, [...found.next]),
          ...freshness.syncField(),
          reason: chats.length === 0 ? await freshness.reason(filtered) : undefined,
        }),
        meta: await freshness.meta(),
        summary: `${chats.length} of ${found.total} chats.`,
      };
    },

    get: async (request) => {
      const record = await resolver.chat(request.chat);
      const isGroup = record.kind === 'group' || record.kind === 'community';
      const group = isGroup ? await history.groups.get(record.jid) : null;
      const chat = presentChat(record, times, {
        nowSeconds: nowSeconds(clock),
        withLastMessage: request.include_last_message,
        detailed: true,
      });
      return {
        data: {
          chat: compact({
            ...chat,
            messages_last_hour: await lastHour(record.id, record.lastMessageAt),
            participants_count: group?.size ?? undefined,
            description: group?.description ? cleanText(group.description) : undefined,
            ephemeral_s: record.ephemeralSeconds ?? undefined,
            history_end: record.historyEnd,
          }),
        },
        meta: await freshness.meta(),
      };
    },

    lastInteraction: async (request) => {
      const person = await resolver.person(request.contact);
      const contact = presentPerson(person) ?? {
        jid: personJid(person) ?? '',
        ...compact({ name: optionalName(person.name) }),
        is_my_contact: false,
        is_business: false,
        has_chat: false,
      };
      const newest = { order: 'newest', limit: 1 } as const;
      const pages = await Promise.all([
        history.messages.list({ senderId: person.id, ...newest }),
        ...(person.chatId === null ? [] : [history.messages.list({ chatId: person.chatId, ...newest })]),
      ]);
      const [message] = pages.flatMap((page) => page.items).sort((a, b) => b.key - a.key);
      return {
        data:
          message === undefined
            ? { contact, found: false, reason: 'NO_RESULTS' }
            : { contact, found: true, message: presentMessage(message, times, { detailed: true }) },
        meta: await freshness.meta(),
      };
    },
  };
}
