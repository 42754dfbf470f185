import { Collection } from './collection.js';
import { mediaDataOf, resolveMedia } from './download.js';
import { call } from './link.js';
import { Model } from './model.js';
import { MsgKey, reviveKey } from './msg-key.js';
import { define } from './registry.js';
import { maybeWid } from './wid.js';

const NOTIFICATIONS = new Set(['gp2', 'e2e_notification', 'notification_template', 'call_log']);
const WID_FIELDS = ['from', 'to', 'author', 'quotedParticipant'];
const KEY_FIELDS = ['latestEditMsgKey', 'protocolMessageKey'];

/** Ids travel as text and JSON; models hold them as objects. */
export const reviveAttributes = (json) => {
  const revived = { ...json };
  if (json.id) revived.id = reviveKey(json.id);
  for (const field of WID_FIELDS) if (json[field]) revived[field] = maybeWid(json[field]);
  for (const field of KEY_FIELDS) if (json[field]) revived[field] = reviveKey(json[field]);
  for (const field of ['mentionedJidList', 'recipients']) {
    if (json[field]) revived[field] = json[field].map(maybeWid);
  }
  return revived;
};

export class MsgModel extends Model {
  constructor(json) {
    super(reviveAttributes(json));
    if (!this.directPath) return;
    this.mediaData = mediaDataOf(this);
    this.mediaObject = { type: this.type, size: this.size };
  }

  downloadMedia(options) {
    return resolveMedia(this, options);
  }

  get isNotification() {
    return NOTIFICATIONS.has(this.type);
  }

  get isEphemeral() {
    return Boolean(this.ephemeralDuration);
  }

  get isStatusV3() {
    return this.id.remote.isStatus();
  }

  /** What an answer to this message carries along. */
  msgContextInfo() {
    const { type, body, caption } = this;
    return {
      quotedMsg: { type, body, caption },
      quotedStanzaID: this.id.id,
      quotedParticipant: this.author ?? this.from,
    };
  }
}

/** Every message in the page's memory; chats hold their own share of them. */
export const Msg = new Collection(MsgModel);

const keyOf = (id) => {
  if (id instanceof MsgKey) return id;
  // What the store of a browser says to a key that is none.
  if (typeof id !== 'string') throw new DOMException('The parameter is not a valid key.', 'DataError');
  return MsgKey.fromString(id);
};

const loadByKey = async (keys) => {
  const wanted = keys.map(({ remote, id, fromMe }) => ({ remote: String(remote), id, fromMe }));
  const { messages } = await call('messages_by_id', { keys: wanted });
  return messages.map((json) => Msg.get(reviveKey(json.id)) ?? new MsgModel(json));
};

Msg.getMessagesById = async (ids) => ({
  messages: await loadByKey(ids.map(keyOf)),
});

define('WAWebMsgReply', () => ({ canReplyMsg: (msg) => msg.type !== 'revoked' && !msg.isNotification }));
