import { define } from './registry.js';

/** The id of a person or chat. Events show it as text, evaluated results as an object. */
export class Wid {
  constructor(text) {
    const [user, server] = text.split('@');
    this.server = server;
    this.user = user.split(':')[0];
    this._serialized = `${this.user}@${server}`;
  }

  toString() {
    return this._serialized;
  }

  toJSON() {
    return this._serialized;
  }

  toJid() {
    return this._serialized.replace('@c.us', '@s.whatsapp.net');
  }

  equals(other) {
    return String(other) === this._serialized;
  }

  isLid() {
    return this.server === 'lid';
  }

  isUser() {
    return this.server === 'c.us' || this.server === 'lid';
  }

  isGroup() {
    return this.server === 'g.us';
  }

  isStatus() {
    return this._serialized === 'status@broadcast';
  }

  isBroadcast() {
    return this.server === 'broadcast';
  }

  isNewsletter() {
    return this.server === 'newsletter';
  }
}

const FORM = /^[\w.-]+(:\d+)?@[a-z.]+$/;

export const createWid = (text) => {
  if (text instanceof Wid) return text;
  const plain = typeof text === 'string' ? text : text?._serialized;
  if (typeof plain !== 'string' || !FORM.test(plain)) throw new Error(`wid error: invalid wid`);
  return new Wid(plain.replace('@s.whatsapp.net', '@c.us'));
};

/** Null and undefined stay what they are. */
export const maybeWid = (text) => (text === null || text === undefined ? text : createWid(text));

define('WAWebWidFactory', () => ({
  createWid,
  createWidFromWidLike: createWid,
  createUserWidOrThrow: (text) => asUserWidOrThrow(createWid(text)),
  asUserWidOrThrow,
  toUserWidOrThrow: asUserWidOrThrow,
}));

function asUserWidOrThrow(wid) {
  if (!wid.isUser()) throw new Error('not a user wid');
  return wid;
}
