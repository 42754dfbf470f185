import { createChats } from './chats.ts';
import { createHistory } from './history.ts';
import type { AccountShape, ChatKey, PersonKey, SimChat, SimMessage, SimPerson } from './model.ts';
import { ME } from './model.ts';
import { createCast } from './people.ts';

/** What may change about a message after it was sent. */
export type MessagePatch = Partial<
  Pick<
    SimMessage,
    'revisions' | 'revoked' | 'reactions' | 'votes' | 'status' | 'receipts' | 'starred' | 'deletedForMe'
  >
>;

/**
 * The account's content: generated history below, everything that happened live on top. Only what
 * happened live takes memory. Lookups with an unknown key throw a RangeError: that is a mistake in
 * the simulator, not something a client can cause.
 */
export interface AccountState {
  readonly shape: AccountShape;
  people(): readonly SimPerson[];
  person(key: PersonKey): SimPerson;
  /** By number or hidden identity, without a device suffix; the owner too. */
  personByJid(jid: string): SimPerson | null;
  setPerson(person: SimPerson): void;
  /** Without those that were deleted. */
  chats(): readonly SimChat[];
  /** Also one that was deleted, as it was then. */
  chat(key: ChatKey): SimChat;
  /** By any JID that leads to the chat, so also by the other identity of a direct chat. */
  chatByJid(jid: string): SimChat | null;
  /** Of a deleted chat nothing comes back by this. */
  setChat(chat: SimChat): void;
  /** No JID leads to it any more, and its history is gone. False: it was gone already. */
  removeChat(key: ChatKey): boolean;
  message(chat: ChatKey, index: number): SimMessage | undefined;
  indexOf(chat: ChatKey, id: string): number | null;
  messageById(chat: ChatKey, id: string): SimMessage | undefined;
  append(message: Omit<SimMessage, 'index'>): SimMessage;
  patch(chat: ChatKey, index: number, patch: MessagePatch): SimMessage;
}

export const createState = (shape: AccountShape): AccountState => {
  const cast = createCast(shape);
  const people = new Map<PersonKey, SimPerson>([
    [ME, cast.me],
    ...cast.people.map((p) => [p.key, p] as const),
  ]);
  const initial = createChats(shape, cast.people);
  const history = createHistory(shape, cast, initial);
  const chats = new Map<ChatKey, SimChat>();
  const removed = new Map<ChatKey, SimChat>();
  const personKeys = new Map<string, PersonKey>();
  const chatKeys = new Map<string, ChatKey>();
  const live = new Map<ChatKey, SimMessage[]>();
  const liveIds = new Map<ChatKey, Map<string, number>>();
  const patches = new Map<ChatKey, Map<number, MessagePatch>>();

  const person = (key: PersonKey): SimPerson => {
    const found = people.get(key);
    if (found === undefined) throw new RangeError(`no person ${key}`);
    return found;
  };
  const chat = (key: ChatKey): SimChat => {
    const found = chats.get(key) ?? removed.get(key);
    if (found === undefined) throw new RangeError(`no chat ${key}`);
    return found;
  };
  const setPerson = (next: SimPerson): void => {
    people.set(next.key, next);
    for (const jid of [next.pn, next.lid]) if (jid !== null) personKeys.set(jid, next.key);
    const direct = [...chats.values()].find((c) => c.peer === next.key);
    if (direct !== undefined) setChat({ ...direct, canonicalJid: next.lid ?? next.pn ?? direct.jid });
  };
  const setChat = (next: SimChat): void => {
    if (removed.has(next.key)) return;
    chats.set(next.key, next);
    const peer = next.peer === null ? null : person(next.peer);
    for (const jid of [next.jid, next.canonicalJid, peer?.pn, peer?.lid])
      if (typeof jid === 'string') chatKeys.set(jid, next.key);
  };
  for (const p of people.values()) {
    for (const jid of [p.pn, p.lid]) if (jid !== null) personKeys.set(jid, p.key);
  }
  for (const c of initial) setChat(c);

  const message = (key: ChatKey, index: number): SimMessage | undefined => {
    const historySize = (chats.get(key) ?? removed.get(key))?.historySize ?? 0;
    const base = index < historySize ? history.message(key, index) : live.get(key)?.[index - historySize];
    const patch = patches.get(key)?.get(index);
    return base === undefined || patch === undefined ? base : { ...base, ...patch };
  };
  const indexOf = (key: ChatKey, id: string): number | null =>
    liveIds.get(key)?.get(id) ?? history.indexOf(key, id);

  return {
    shape,
    people: () => [...people.values()],
    person,
    personByJid: (jid) => people.get(personKeys.get(jid) ?? '') ?? null,
    setPerson,
    chats: () => [...chats.values()],
    chat,
    chatByJid: (jid) => chats.get(chatKeys.get(jid) ?? '') ?? null,
    setChat,
    removeChat: (key) => {
      const gone = chats.get(key);
      if (gone === undefined) return false;
      chats.delete(key);
      removed.set(key, gone);
      for (const [jid, of] of chatKeys) if (of === key) chatKeys.delete(jid);
      return true;
    },
    message,
    indexOf,
    messageById: (key, id) => {
      const index = indexOf(key, id);
      return index === null ? undefined : message(key, index);
    },
    append: (fresh) => {
      if (removed.has(fresh.chat)) throw new RangeError(`chat ${fresh.chat} was deleted`);
      const into = chat(fresh.chat);
      const added: SimMessage = { ...fresh, index: into.size };
      const list = live.get(into.key) ?? [];
      list.push(added);
      live.set(into.key, list);
      const ids = liveIds.get(into.key) ?? new Map<string, number>();
      ids.set(added.id, added.index);
      liveIds.set(into.key, ids);
      setChat({ ...into, size: into.size + 1 });
      return added;
    },
    patch: (key, index, change) => {
      const forChat = patches.get(key) ?? new Map<number, MessagePatch>();
      forChat.set(index, { ...forChat.get(index), ...change });
      patches.set(key, forChat);
      const patched = message(key, index);
      if (patched === undefined) throw new RangeError(`no message ${index} in chat ${key}`);
      return patched;
    },
  };
};
