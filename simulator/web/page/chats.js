import { Collection } from './collection.js';
import { learnGroup } from './groups.js';
import { call } from './link.js';
import { Msg, MsgModel } from './messages.js';
import { Model } from './model.js';
import { MsgKey } from './msg-key.js';
import { define } from './registry.js';
import { createWid } from './wid.js';

class ChatModel extends Model {
  constructor(attributes) {
    super(attributes);
    this.msgs = new Collection(MsgModel);
    this.groupMetadata = undefined;
    this.broken = false;
    /** Row of the oldest message in memory; everything newer is there too. */
    this.oldestRow = null;
  }

  get mute() {
    const tell = (until) => call('mute_chat', { chat: String(this.id), until });
    return {
      expiration: this.muteExpiration,
      mute: ({ expiration }) => tell(expiration),
      unmute: () => tell(null),
    };
  }

  get isGroup() {
    return this.id.isGroup();
  }

  get lastReceivedKey() {
    return this.msgs.getModelsArray().at(-1)?.id;
  }

  serialize() {
    if (this.broken) throw new TypeError("Cannot read properties of undefined (reading 'serialize')");
    const { simKey: _simKey, ...attributes } = super.serialize();
    return {
      ...attributes,
      lastReceivedKey: this.lastReceivedKey,
      msgs: this.msgs.map(({ id }) => id.toString()),
    };
  }
}

/** As the list shows them: pinned ones first, then the newest. */
class ChatCollection extends Collection {
  getModelsArray() {
    return super.getModelsArray().sort((a, b) => (b.pin ?? 0) - (a.pin ?? 0) || (b.t ?? 0) - (a.t ?? 0));
  }
}

export const Chat = new ChatCollection(ChatModel);
const byKey = new Map();

/** A chat that moves to another identity takes its messages along. */
const rename = (chat, remote) => {
  const messages = chat.msgs.getModelsArray();
  chat.msgs.models.clear();
  for (const message of messages) {
    Msg.models.delete(message.id.toString());
    message.attributes.id = new MsgKey({ ...message.id, remote });
    for (const { models } of [chat.msgs, Msg]) models.set(message.id.toString(), message);
  }
};

/** Takes in what the server says about a chat; it may have a new id. */
export const learnChat = (json, group) => {
  const attributes = { ...json, id: createWid(json.id) };
  let chat = byKey.get(json.simKey);
  if (chat && !chat.id.equals(attributes.id)) {
    Chat.models.delete(chat.id.toString());
    Chat.models.set(json.id, chat);
    rename(chat, attributes.id);
  }
  if (chat) chat.set({ ...attributes, id: chat.id.equals(attributes.id) ? chat.id : attributes.id });
  else {
    chat = new ChatModel(attributes);
    byKey.set(json.simKey, chat);
    Chat.add(chat);
  }
  const metadata = learnGroup(group);
  if (metadata) chat.groupMetadata = metadata;
  return chat;
};

/** Puts a message into memory, of its chat and of the page. */
export const remember = (chat, json) => {
  const fresh = new MsgModel(json);
  const message = Msg.get(fresh.id) ?? fresh;
  const { rowId } = message;
  if (Number.isInteger(rowId)) chat.oldestRow = Math.min(chat.oldestRow ?? rowId, rowId);
  chat.msgs.add(message);
  return Msg.add(message);
};

/** Takes a message out of memory, its own and its chat's. */
export const forget = (message) => {
  if (!message) return;
  Chat.get(message.id.remote)?.msgs.remove(message);
  Msg.remove(message);
};

/** The chat first: who hears that a message is gone can see that its chat is, too. */
export const forgetChat = (simKey) => {
  const chat = byKey.get(simKey);
  if (!chat) return;
  byKey.delete(simKey);
  Chat.remove(chat);
  for (const message of chat.msgs.getModelsArray()) Msg.remove(message);
};

/** Older messages stand before those that are in memory. */
export const rememberEarlier = (chat, list) => {
  const later = chat.msgs.models;
  chat.msgs.models = new Map();
  const earlier = list.map((json) => remember(chat, json));
  for (const [id, message] of later) chat.msgs.models.set(id, message);
  return earlier;
};

Chat.find = async (id) => {
  const known = Chat.get(createWid(id));
  return known ?? (await findOrCreate(createWid(id))).chat;
};

const findOrCreate = async (wid) => {
  const known = Chat.get(wid);
  if (known) return { chat: known, created: false };
  const { chat, group, created } = await call('find_or_create_chat', { chat: String(wid) });
  return { chat: learnChat(chat, group), created };
};

define('WAWebFindChatAction', () => ({ findOrCreateLatestChat: findOrCreate }));
define('WAWebChatGetters', () => ({
  getIsNewsletter: ({ id }) => id.isNewsletter(),
  getIsBroadcast: ({ id }) => id.isBroadcast(),
}));
