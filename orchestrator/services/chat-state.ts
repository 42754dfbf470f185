import type { ChatRecord } from '#history/contracts/records.ts';
import { nowSeconds } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import type { ServiceContext } from './context.ts';
import { newestAnchor } from './messages/reference.ts';
import { optionalName } from './present/message.ts';
import { compact, type Reply, servedBy } from './reply.ts';

export const chatStates = ['archived', 'unarchived', 'pinned', 'unpinned', 'muted', 'unmuted'] as const;
export type ChatState = (typeof chatStates)[number];

export interface ChatChange {
  readonly chat_jid: string;
  readonly chat_name?: string;
  readonly state: ChatState;
  /** False when the store knew the chat to be in this state already. */
  readonly changed: boolean;
  /** Only while muted until a certain time. */
  readonly muted_until?: string;
}

interface ChatRequest {
  readonly chat: string;
}

/** Archive, pin and mute, on all devices of the account. Doing it twice is doing it once. Errors: CHAT_NOT_FOUND, RECIPIENT_AMBIGUOUS. */
export interface ChatStates {
  archive(request: ChatRequest, archived: boolean, signal?: AbortSignal): Promise<Reply<ChatChange>>;
  /** Errors: MAX_PINS_REACHED. */
  pin(request: ChatRequest, pinned: boolean, signal?: AbortSignal): Promise<Reply<ChatChange>>;
  /** 0 seconds = until unmuted; null unmutes. */
  mute(
    request: ChatRequest,
    durationSeconds: number | null,
    signal?: AbortSignal,
  ): Promise<Reply<ChatChange>>;
}

/** WhatsApp keeps three chats at the top. */
const PINS_MAX = 3;

export function createChatStates(context: ServiceContext): ChatStates {
  const { history, router, resolver, clock, times } = context;

  const describe = (chat: ChatRecord, state: ChatState, changed: boolean): ChatChange =>
    compact({ chat_jid: chat.jid, chat_name: optionalName(chat.name), state, changed });

  return {
    archive: async (request, archived, signal) => {
      const chat = await resolver.chat(request.chat);
      const newest = await newestAnchor(context, chat.id);
      const outcome = await router.call(
        'chat.archive',
        { chat: chat.jid, archived, newest },
        signal === undefined ? {} : { signal },
      );
      const done = outcome.output.archived;
      await history.chats.setState(chat.id, { archived: done });
      return {
        data: describe(chat, done ? 'archived' : 'unarchived', chat.archived !== done),
        meta: servedBy(outcome),
      };
    },

    pin: async (request, pinned, signal) => {
      const chat = await resolver.chat(request.chat);
      const wasPinned = chat.pinnedAt !== null;
      if (pinned && !wasPinned) await checkRoom(context);
      const outcome = await router.call(
        'chat.pin',
        { chat: chat.jid, pinned },
        signal === undefined ? {} : { signal },
      );
      const done = outcome.output.pinned;
      if (done !== wasPinned)
        await history.chats.setState(chat.id, { pinnedAt: done ? nowSeconds(clock) : null });
      return {
        data: describe(chat, done ? 'pinned' : 'unpinned', wasPinned !== done),
        meta: servedBy(outcome),
      };
    },

    mute: async (request, durationSeconds, signal) => {
      const chat = await resolver.chat(request.chat);
      const now = nowSeconds(clock);
      const until =
        durationSeconds === null || durationSeconds === 0 ? durationSeconds : now + durationSeconds;
      const outcome = await router.call(
        'chat.mute',
        { chat: chat.jid, until },
        signal === undefined ? {} : { signal },
      );
      const { mutedUntil } = outcome.output;
      await history.chats.setState(chat.id, { mutedUntil });
      // A time that has passed is no mute, whatever the store still says.
      const before = chat.mutedUntil !== null && (chat.mutedUntil === 0 || chat.mutedUntil > now);
      const changed = mutedUntil === null ? before : !before || chat.mutedUntil !== mutedUntil;
      return {
        data: compact({
          ...describe(chat, mutedUntil === null ? 'unmuted' : 'muted', changed),
          muted_until: mutedUntil === null || mutedUntil === 0 ? undefined : times.iso(mutedUntil),
        }),
        meta: servedBy(outcome),
      };
    },
  };
}

/** An archived chat loses its pin on the phone, so it takes no place. */
async function checkRoom({ history }: ServiceContext): Promise<void> {
  const { items } = await history.chats.list({
    pinnedOnly: true,
    archived: false,
    sort: 'last_active',
    limit: PINS_MAX,
  });
  if (items.length < PINS_MAX) return;
  throw new TandemError('MAX_PINS_REACHED', {
    details: {
      limit: PINS_MAX,
      pinned: items.map((chat) => compact({ chat: chat.jid, name: optionalName(chat.name) })),
    },
  });
}
