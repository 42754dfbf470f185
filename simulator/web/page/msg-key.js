import { isMe } from './me.js';
import { define } from './registry.js';
import { createWid, maybeWid } from './wid.js';

const ID_BYTES = 9;
/** The newer generation of the page minifies the name of this property. */
const TEXT_NAME = window.pageSettings.messageKeys === 'minified' ? '$1' : '_serialized';

/** The id of a message: `fromMe_chat_id`, with the author behind it in groups. */
export class MsgKey {
  constructor({ from, to, id, participant, selfDir, fromMe, remote }) {
    this.fromMe = fromMe ?? selfDir === 'out';
    this.remote = createWid(remote ?? (this.fromMe ? to : from));
    this.id = id;
    if (participant) this.participant = maybeWid(participant);
    // A note to self comes in and goes out at once; this is the copy that went out.
    else if (isMe(this.remote)) this.selfDir = 'out';
    this[TEXT_NAME] = this.toString();
  }

  toString() {
    const { fromMe, remote, id, participant, selfDir } = this;
    const end = participant ?? selfDir;
    return `${fromMe}_${remote}_${id}${end ? `_${end}` : ''}`;
  }

  equals(other) {
    return String(other) === this.toString();
  }

  static newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return Promise.resolve(`3EB0${hex.toUpperCase()}`);
  }

  /** Throws when the text has not three or four parts. */
  static fromString(text) {
    const parts = text.split('_');
    if (parts.length < 3 || parts.length > 4) throw new Error('MsgKey error: invalid key');
    const [fromMe, remote, id, end] = parts;
    const participant = end === 'out' ? undefined : end;
    return new MsgKey({ fromMe: fromMe === 'true', remote, id, participant });
  }
}

export const reviveKey = (key) => (key instanceof MsgKey ? key : new MsgKey(key));

define('WAWebMsgKey', () => MsgKey);
