import type { ChatRecord } from '#history/contracts/records.ts';
import { nowSeconds } from '#kernel/clock.ts';
import { type ErrorCode, toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from './context.ts';
import { createGroupInfo } from './groups/info.ts';
import { createGroupRefresh, type Refreshed } from './groups/refresh.ts';
import { openPlace, type Paging, skipOf } from './paging.ts';
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
  /** True = only these; false = no filter, as with its siblings: each chat tells in a flag whether it is archived. */
  readonly archived: boolean;
  readonly unread_only: boolean;
  readonly pinned_only: boolean;
  /** Asks WhatsApp for the groups first. */
  readonly refresh?: boolean | undefined;
  readonly response_format: 'concise' | 'detailed';
}

export interface GetChatRequest {
  readonly chat: string;
  readonly include_last_message: boolean;
  /** Asks WhatsApp for the state of a group instead of trusting the store. */
  readonly live?: boolean | undefined;
}

export type ChatList = ListFields &
  Refreshed & {
    readonly chats: PublicChat[];
    readonly total: number;
  };

export interface ChatDetails extends PublicChat {
  readonly participants_count?: number;
  readonly description?: string;
  readonly ephemeral_s?: number;
  /** `purged` = the beginning was deleted on purpose. */
  readonly history_end: ChatRecord['historyEnd'] | 'purged';
  readonly source: 'live' | 'stored';
  /** Why the live answer is missing. */
  readonly live_error?: ErrorCode;
}

export interface LastInteraction {
  readonly contact: PublicPerson;
  readonly found: boolean;
  readonly reason?: 'NO_RESULTS';
  readonly message?: PublicMessage;
}

const SECONDS_PER_HOUR = 3_600;

export interface Chats {
  list(request: ListChatsRequest, signal?: AbortSignal): Promise<Reply<ChatList>>;
  get(request: GetChatRequest, signal?: AbortSignal): Promise<Reply<{ chat: ChatDetails }>>;
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

  const groupInfo = createGroupInfo(context);
  const refreshGroups = createGroupRefresh(context);

  /** What WhatsApp says of a group now. Of direct chats there is nothing to ask: their state is pushed. */
  const askLive = async (jid: string, signal?: AbortSignal) => {
    try {
      const reply = await groupInfo({ group: jid, source: 'live', participant_limit: 0 }, signal);
      const { name, description, ephemeral_s, size, participants_total } = reply.data.group;
      const told = compact({
        name,
        description,
        ephemeral_s,
        participants_count: size ?? participants_total,
        source: 'live' as const,
      });
      return { told, meta: reply.meta };
    } catch (thrown) {
      const told = { source: 'stored' as const, live_error: toTandemError(thrown).code };
      return { told, meta: { degraded: true } };
    }
  };

  return {
    list: async (request, signal) => {
      const { limit, cursor: _cursor, page: _page, offset: _offset, refresh: _refresh, ...query } = request;
      const place = openPlace(cursors, 'chats', query, request);
      const skip = place === null ? skipOf(request) : 0;
      const refreshed = request.refresh && place === null && skip === 0 ? await refreshGroups(signal) : {};
      const detailed = request.response_format === 'detailed';
      const found = await history.chats.list({
        ...(request.query ? { text: request.query } : {}),
        ...(request.groups_only ? { kinds: ['group', 'community'] as const } : {}),
        ...(request.archived ? { archived: true } : {}),
        ...(request.unread_only ? { unreadOnly: true } : {}),
        ...(request.pinned_only ? { pinnedOnly: true } : {}),
        system: false,
        sort: request.sort_by,
        limit,
        ...(place === null ? { offset: skip } : { after: [place[0] ?? 0, Number(place[1])] as const }),
      });
      const style = {
        nowSeconds: nowSeconds(clock),
        withLastMessage: request.include_last_message,
        detailed,
      };
      const chats: PublicChat[] = [];
      for (const record of found.items) {
        const count = await lastHour(record.id, record.lastMessageAt);
        const chat = presentChat(record, times, style);
        chats.push(count > 0 || detailed ? { ...chat, messages_last_hour: count } : chat);
      }
      const filtered =
        Boolean(request.query) ||
        request.archived ||
        request.groups_only ||
        request.unread_only ||
        request.pinned_only;
      return {
        data: compact({
          chats,
          total: found.total,
          ...refreshed,
          has_more: found.next !== null,
          next_cursor: found.next === null ? undefined : cursors.seal('chats', query, [...found.next]),
          ...freshness.syncField(),
          reason: chats.length === 0 ? await freshness.reason(filtered) : undefined,
        }),
        meta: {
          ...(await freshness.meta()),
          ...(refreshed.refresh_error === undefined ? {} : { degraded: true }),
        },
        summary: `${chats.length} of ${found.total} chats.`,
      };
    },

    get: async (request, signal) => {
      const record = await resolver.chat(request.chat);
      const { complete, startProven, purgedBefore } = await history.coverage.ofChat(record.id);
      const isCut =
        purgedBefore !== null && !startProven && (complete || record.historyEnd === 'start-reached');
      const isGroup = record.kind === 'group' || record.kind === 'community';
      const group = isGroup ? await history.groups.get(record.jid) : null;
      const live = request.live && isGroup ? await askLive(record.jid, signal) : null;
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
            ephemeral_s: record.ephemeralSeconds || undefined,
            history_end: isCut ? ('purged' as const) : record.historyEnd,
            source: 'stored' as const,
            ...live?.told,
          }),
        },
        meta: { ...(await freshness.meta()), ...live?.meta },
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
