import { type ChatActions, createChatActions } from './chat-actions.ts';
import type { AccountCore } from './core.ts';
import { createGroupActions, type GroupActions } from './group-actions.ts';
import { createMessageActions, type MessageActions } from './message-actions.ts';
import type { AccountEvent, AccountShape, PersonKey, SimChat, World } from './model.ts';
import { createReadActions, type ReadActions } from './read-actions.ts';
import { type AccountState, createState } from './state.ts';

/** A WhatsApp account in a box: what it holds, what can happen to it, and who is told. */
export interface Account
  extends Omit<AccountState, 'setPerson' | 'setChat' | 'removeChat' | 'append' | 'patch'>,
    MessageActions,
    ChatActions,
    ReadActions,
    GroupActions {
  readonly world: World;
  blocked(): readonly PersonKey[];
  /** Newest pin first. The server takes any number; the limit of three is kept by the clients. */
  pinned(): readonly SimChat[];
  /** Listeners run in order of subscription, during the call that caused the event. Returns the way out. */
  subscribe(listener: (event: AccountEvent) => void): () => void;
}

export const createAccount = (shape: AccountShape, world: World): Account => {
  const state = createState(shape);
  const listeners = new Set<(event: AccountEvent) => void>();
  const core: AccountCore = {
    state,
    world,
    blocked: new Set(),
    emit: (event) => {
      for (const listener of [...listeners]) listener(event);
    },
  };
  return {
    shape,
    world,
    people: state.people,
    person: state.person,
    personByJid: state.personByJid,
    chats: state.chats,
    chat: state.chat,
    chatByJid: state.chatByJid,
    message: state.message,
    indexOf: state.indexOf,
    messageById: state.messageById,
    blocked: () => [...core.blocked],
    pinned: () =>
      state
        .chats()
        .filter(({ settings }) => settings.pinnedAt !== null)
        .toSorted((a, b) => (b.settings.pinnedAt ?? 0) - (a.settings.pinnedAt ?? 0)),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...createMessageActions(core),
    ...createChatActions(core),
    ...createReadActions(core),
    ...createGroupActions(core),
  };
};
