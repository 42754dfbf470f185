import type { PageAttributes, PageMessage } from '../contract.ts';

const ENVELOPE = ['id', 'rowId', 't', 'from', 'to', 'author', 'self', 'ack', 'notifyName'];

/** What the page can tell of a message that it cannot read. */
export const placeholder = (message: PageMessage): PageMessage => ({
  ...Object.fromEntries(Object.entries(message).filter(([name]) => ENVELOPE.includes(name))),
  id: message.id,
  type: 'ciphertext',
});

/** What a placeholder lacks. */
export const readable = ({ id: _id, isNewMsg: _isNewMsg, ...attributes }: PageMessage): PageAttributes =>
  attributes;
