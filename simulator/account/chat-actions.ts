import type { AccountCore } from './core.ts';
import type { ChatKey, MessageOrigin, PersonKey, SimChat, SimChatSettings, SimPerson } from './model.ts';

export interface ChatActions {
  /** The chat with a person, made on first use. */
  openDirect(person: PersonKey): SimChat;
  /**
   * From now on the chat is addressed by the hidden identity, as happens to real chats over time; the old
   * JID keeps leading to it. Null when the other side has no hidden identity or the chat already uses it.
   */
  migrateToLid(chat: ChatKey): SimChat | null;
  /** `read: false` is "mark as unread". Emits even when nothing changes, as devices repeat themselves. */
  markRead(input: { readonly chat: ChatKey; readonly read: boolean; readonly origin: MessageOrigin }): void;
  changeSettings(input: {
    readonly chat: ChatKey;
    readonly change: Partial<SimChatSettings>;
    readonly origin: MessageOrigin;
  }): SimChat;
  /** A new contact or stranger. */
  addPerson(person: Omit<SimPerson, 'key'>): SimPerson;
  /** Names, picture, or an identity that became known; the canonical JID of the chat follows. */
  changePerson(input: {
    readonly person: PersonKey;
    readonly change: Partial<Omit<SimPerson, 'key'>>;
    readonly origin: MessageOrigin;
  }): SimPerson;
  setBlocked(input: {
    readonly person: PersonKey;
    readonly blocked: boolean;
    readonly origin: MessageOrigin;
  }): void;
}

export const createChatActions = (core: AccountCore): ChatActions => {
  const { state, world, emit, blocked } = core;
  let added = 0;
  let opened = 0;
  return {
    openDirect: (key) => {
      const existing = state.chats().find((chat) => chat.peer === key);
      if (existing !== undefined) return existing;
      const person = state.person(key);
      const jid = person.lid ?? person.pn ?? '';
      opened += 1;
      const chat: SimChat = {
        key: `dx${opened}`,
        kind: 'direct',
        ordinal: state.chats().length,
        jid,
        canonicalJid: jid,
        peer: key,
        group: null,
        settings: { archived: false, pinnedAt: null, mutedUntil: null, markedUnread: false },
        unreadCount: 0,
        historySize: 0,
        size: 0,
        pushedFrom: 0,
        readOnly: false,
      };
      state.setChat(chat);
      emit({ type: 'chat-created', chat: chat.key, id: world.nextId(), time: world.nowSeconds() });
      return chat;
    },
    migrateToLid: (key) => {
      const chat = state.chat(key);
      const lid = chat.peer === null ? null : state.person(chat.peer).lid;
      if (lid === null || chat.jid === lid) return null;
      state.setChat({ ...chat, jid: lid });
      return state.chat(key);
    },
    markRead: ({ chat, read, origin }) => {
      const before = state.chat(chat);
      const settings = { ...before.settings, markedUnread: !read };
      state.setChat({ ...before, settings, unreadCount: read ? 0 : before.unreadCount });
      emit({ type: 'chat-read', chat, read, origin });
    },
    changeSettings: ({ chat, change, origin }) => {
      const before = state.chat(chat);
      // Archiving unpins, as it does on the phone.
      const unpin = change.archived === true ? { pinnedAt: null } : {};
      const settings = { ...before.settings, ...change, ...unpin };
      state.setChat({ ...before, settings });
      emit({ type: 'chat-settings', chat, before: before.settings, settings, origin });
      return state.chat(chat);
    },
    addPerson: (fresh) => {
      added += 1;
      const person: SimPerson = { ...fresh, key: `px${added}` };
      state.setPerson(person);
      emit({ type: 'person', before: person, person, origin: { from: 'phone' } });
      return person;
    },
    changePerson: ({ person: key, change, origin }) => {
      const before = state.person(key);
      const person = { ...before, ...change };
      state.setPerson(person);
      emit({ type: 'person', before, person, origin });
      return person;
    },
    setBlocked: ({ person, blocked: isBlocked, origin }) => {
      if (isBlocked) blocked.add(person);
      else blocked.delete(person);
      emit({ type: 'blocklist', person, blocked: isBlocked, origin });
    },
  };
};
