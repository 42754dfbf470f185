import { Chat } from './chats.js';
import { nowSeconds } from './clock.js';
import { call, onEvent } from './link.js';
import { isMe } from './me.js';
import { Msg, reviveAttributes } from './messages.js';
import { MsgKey } from './msg-key.js';
import { define } from './registry.js';
import { Cmd } from './socket.js';

const EDIT_WINDOW_SECONDS = 15 * 60;
const REVOKE_WINDOW_SECONDS = 60 * 60 * 60;
const CAPTIONED = new Set(['image', 'video', 'document']);

const isWithin = (msg, seconds) => nowSeconds() - msg.t <= seconds;
const isAlive = (msg) => msg.type !== 'revoked' && !msg.isNotification;

const isAdminIn = (chat) =>
  (chat?.groupMetadata?.participants ?? { filter: () => [] }).filter(({ id, isAdmin }) => isAdmin && isMe(id))
    .length > 0;

const mayEdit = (msg) => msg.id.fromMe && isAlive(msg) && isWithin(msg, EDIT_WINDOW_SECONDS);

define('WAWebMsgActionCapability', () => ({
  canEditText: (msg) => mayEdit(msg) && msg.type === 'chat',
  canEditCaption: (msg) => mayEdit(msg) && CAPTIONED.has(msg.type) && Boolean(msg.caption),
  canSenderRevokeMsg: (msg) => msg.id.fromMe && isAlive(msg) && isWithin(msg, REVOKE_WINDOW_SECONDS),
  canAdminRevokeMsg: (msg) =>
    !msg.id.fromMe &&
    isAlive(msg) &&
    isAdminIn(Chat.get(msg.id.remote)) &&
    isWithin(msg, REVOKE_WINDOW_SECONDS),
  canStarMsg: isAlive,
}));

/** The key as the server wants to hear it. */
export const keyOf = ({ id }) => ({ fromMe: id.fromMe, remote: String(id.remote), id: id.id });

/** Sends a change of a message, under an id of its own. */
export const sendChange = async (method, msg, params = {}) => {
  const id = await MsgKey.newId();
  const { ok, attributes } = await call(method, { key: keyOf(msg), id, ...params });
  if (ok && attributes) msg.set(reviveAttributes(attributes));
  return { messageSendResult: ok ? 'OK' : 'ERROR_UNKNOWN', id };
};

/** With options it is a list of messages, in older builds an array. */
const listOf = (messages) => (Array.isArray(messages) ? messages : messages.list);

/** Gone from the page, as if it had never been. */
const forget = (id) => {
  const message = Msg.get(id);
  if (!message) return;
  Chat.get(message.id.remote)?.msgs.remove(message);
  Msg.remove(message);
};

Cmd.sendRevokeMsgs = async (_chat, messages) => {
  for (const msg of listOf(messages)) await sendChange('revoke', msg);
};

Cmd.sendDeleteMsgs = async (_chat, messages) => {
  for (const msg of listOf(messages)) {
    const { ok } = await call('delete_for_me', { key: keyOf(msg) });
    if (ok) forget(msg.id);
  }
};

define('WAWebSendReactionMsgAction', () => ({
  sendReactionToMsg: (msg, emoji) => sendChange('react', msg, { emoji: emoji ?? '' }),
}));

define('WAWebSendMessageEditAction', () => ({
  sendMessageEdit: (msg, text) => sendChange('edit', msg, { text }),
}));

onEvent('message_remove', ({ key }) => forget(new MsgKey(key)));
