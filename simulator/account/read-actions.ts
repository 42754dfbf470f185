import type { AccountCore } from './core.ts';
import type { ChatKey, MessageOrigin, SimMessage } from './model.ts';

export interface ReadActions {
  /** `read: false` is "mark as unread". Emits even when nothing changes, as devices repeat themselves. */
  markRead(input: { readonly chat: ChatKey; readonly read: boolean; readonly origin: MessageOrigin }): void;
  /**
   * These messages and no others were read: the count of the chat goes down by those of them that were unread. With the
   * last of them the whole chat is read.
   */
  readMessages(input: {
    readonly chat: ChatKey;
    readonly ids: readonly string[];
    readonly origin: MessageOrigin;
  }): void;
  /** The messages that `unreadCount` counts, oldest first. */
  unread(chat: ChatKey): readonly SimMessage[];
}

export const createReadActions = ({ state, emit }: AccountCore): ReadActions => {
  // Read out of their turn: newer than the oldest unread message.
  const readEarly = new Map<ChatKey, Set<number>>();

  const unread = (key: ChatKey): readonly SimMessage[] => {
    const { size, unreadCount } = state.chat(key);
    const early = readEarly.get(key);
    const found: SimMessage[] = [];
    for (let index = size - 1; index >= 0 && found.length < unreadCount; index--) {
      const message = early?.has(index) ? undefined : state.message(key, index);
      if (message && !message.fromMe) found.push(message);
    }
    return found.reverse();
  };

  const markRead: ReadActions['markRead'] = ({ chat, read, origin }) => {
    const before = state.chat(chat);
    const settings = { ...before.settings, markedUnread: !read };
    if (read) readEarly.delete(chat);
    state.setChat({ ...before, settings, unreadCount: read ? 0 : before.unreadCount });
    emit({ type: 'chat-read', chat, read, origin });
  };

  return {
    markRead,
    unread,
    readMessages: ({ chat, ids, origin }) => {
      const waiting = unread(chat);
      const named = new Set(ids);
      const read = waiting.filter(({ id }) => named.has(id));
      if (read.length === waiting.length) return markRead({ chat, read: true, origin });
      if (read.length === 0) return;
      const early = readEarly.get(chat) ?? new Set<number>();
      for (const { index } of read) early.add(index);
      readEarly.set(chat, early);
      state.setChat({ ...state.chat(chat), unreadCount: waiting.length - read.length });
      emit({ type: 'messages-read', chat, ids: read.map(({ id }) => id), origin });
    },
  };
};
