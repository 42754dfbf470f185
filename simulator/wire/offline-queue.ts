import type { BinaryNode } from '@whiskeysockets/baileys';
import { userJid } from './identity.ts';
import { node } from './nodes.ts';

/** Stanzas a device has not acknowledged yet: after a reconnect they come again, oldest first. */
export type OfflineQueue = {
  readonly add: (stanza: BinaryNode) => void;
  /**
   * Removes the oldest stanza of this kind that the ack or receipt is about. A message is acknowledged by its
   * receipt when it was read, by an ack with an error when not.
   */
  readonly acknowledge: (tag: string, reply: BinaryNode) => void;
  /** Copies with the `offline` attribute, which is the position in the queue. */
  readonly replay: () => readonly BinaryNode[];
  readonly size: () => number;
};

/** Ids repeat between chats, and an own message names its chat in `recipient`. */
const keyOf = (tag: string, id: string | undefined, chat: string | undefined): string =>
  `${tag} ${id} ${userJid(chat ?? '')}`;

export const createOfflineQueue = (): OfflineQueue => {
  // A map keeps insertion order and makes each acknowledgement cheap: a burst can leave thousands pending.
  const pending = new Map<string, BinaryNode[]>();

  return {
    add: (stanza) => {
      const { id, recipient, from } = stanza.attrs;
      const key = keyOf(stanza.tag, id, recipient ?? from);
      const same = pending.get(key);
      if (same) same.push(stanza);
      else pending.set(key, [stanza]);
    },
    acknowledge: (tag, reply) => {
      const { id, recipient, to } = reply.attrs;
      const key = keyOf(tag, id, recipient ?? to);
      const same = pending.get(key);
      same?.shift();
      if (same?.length === 0) pending.delete(key);
    },
    replay: () =>
      [...pending.values()]
        .flat()
        .map((stanza, index) =>
          node(stanza.tag, { ...stanza.attrs, offline: String(index) }, stanza.content),
        ),
    size: () => [...pending.values()].reduce((total, same) => total + same.length, 0),
  };
};
