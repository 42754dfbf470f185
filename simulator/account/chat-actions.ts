import type { AccountCore } from './core.ts';
import type { ChatKey, MessageOrigin, PersonKey, SimChat, SimChatSettings, SimPerson } from './model.ts';

const FIRST_FRESH_LID = 288_000_000_000_000;

export interface ChatActions {
  /** The chat with a person, made on first use. */
  openDirect(person: PersonKey): SimChat;
  /**
   * From now on the chat is addressed by the hidden identity, as happens to real chats over time; the old
   * JID keeps leading to it. Null when the other side has no hidden identity or the chat already uses it.
   */
  migrateToLid(chat: ChatKey): SimChat | null;
  /**
   * The account learns late who is behind a number: the other side gets a hidden identity if it has none (a made-up one
   * when not given), and the chat moves to it. Devices are told, unless `tell` is false: then they find out by what
   * comes under the new JID. Null when there is nothing to move.
   */
  revealLid(input: {
    readonly chat: ChatKey;
    readonly lid?: string;
    readonly tell?: boolean;
  }): SimChat | null;
  /**
   * The chat is gone, with its history; devices are told. Who writes again starts a new chat: `openDirect`, and then
   * `receive` with its key. False: it was gone already.
   */
  deleteChat(input: { readonly chat: ChatKey; readonly origin: MessageOrigin }): boolean;
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
  /** Outside the range that generated people are in. */
  const freshLid = (ordinal: number): string => `${FIRST_FRESH_LID + ordinal}@lid`;
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
    revealLid: ({ chat: key, lid, tell = true }) => {
      const before = state.chat(key);
      if (before.peer === null) return null;
      const person = state.person(before.peer);
      const known = { ...person, lid: person.lid ?? lid ?? freshLid(before.ordinal) };
      if (before.jid === known.lid) return null;
      state.setPerson(known);
      state.setChat({ ...state.chat(key), jid: known.lid });
      if (tell) {
        emit({ type: 'person', before: person, person: known, origin: { from: 'phone' } });
        emit({ type: 'chat-moved', chat: key, fromJid: before.jid });
      }
      return state.chat(key);
    },
    deleteChat: ({ chat, origin }) => {
      if (!state.removeChat(chat)) return false;
      emit({ type: 'chat-deleted', chat, origin });
      return true;
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
