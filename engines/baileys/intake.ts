import { type BinaryNode, decodeMessageNode, type proto, type WAMessage } from '@whiskeysockets/baileys';
import { jidKind } from '#engines/contract/identity.ts';
import { toJid } from './normalise/scalars.ts';
import type { WASocket } from './socket.ts';

/**
 * Hears every decrypted message before the library acknowledges it.
 *
 * The library (7.0.0-rc14, messages-recv.js) decrypts, sends the receipt, and only then emits `messages.upsert`,
 * which for offline messages sits in a buffer for another 100 ms. Whoever dies in between has lost the message:
 * the server counts it as delivered. Between decrypting and the receipt the library hands the content to its
 * retry cache, `messageRetryManager.addRecentMessage`, synchronously; that call is taken here. It knows chat,
 * id and content; the rest is in the stanza, which is kept from its arrival until then.
 *
 * `onMessage` and `onHistory` must have written to disk when they return. When they cannot, they must have
 * ended the socket: the receipt then fails because the connection is closing, and the server sends again.
 */
export interface IntakeHandlers {
  onMessage(message: WAMessage, offline: boolean): void;
  onHistory(messageId: string, notification: proto.Message.IHistorySyncNotification): void;
  /** An own message has left: the library caches what it sends in the same place. */
  onSent(id: string): void;
}

export interface Intake {
  /** True once for every message that went through onMessage: its later event brings nothing new. */
  isTaken(message: WAMessage): boolean;
}

/** Stanzas that never decrypt would stay for ever otherwise. */
const STANZAS_MAX = 5_000;

export function attachIntake(
  sock: WASocket,
  ids: () => { readonly pn: string; readonly lid: string },
  handlers: IntakeHandlers,
): Intake {
  const arrived = new Map<string, BinaryNode[]>();
  const taken = new Set<string>();

  sock.ws.prependListener('CB:message', (node: BinaryNode) => {
    const message = decode(node, ids());
    if (message === null) return;
    const name = nameOf(message.key.remoteJid, message.key.id);
    arrived.set(name, [...(arrived.get(name) ?? []), node]);
    dropOldest(arrived);
  });

  const cache = sock.messageRetryManager;
  if (cache === null) throw new Error('the library was started without its retry cache');
  const remember = cache.addRecentMessage.bind(cache);
  cache.addRecentMessage = (to, id, content) => {
    remember(to, id, content);
    const name = nameOf(to, id);
    const [node, ...others] = arrived.get(name) ?? [];
    if (node === undefined) return handlers.onSent(id);
    if (others.length > 0) arrived.set(name, others);
    else arrived.delete(name);
    const message = decode(node, ids());
    if (message === null) return;
    message.message = content;
    const notification = content.protocolMessage?.historySyncNotification;
    if (notification) {
      // Anybody could send one; only the own phone's counts.
      if (message.key.fromMe) handlers.onHistory(id, notification);
      return;
    }
    handlers.onMessage(message, node.attrs.offline !== undefined);
    taken.add(`${name}\0${message.key.participant ?? ''}`);
    if (taken.size > STANZAS_MAX) taken.clear();
  };

  return {
    isTaken: ({ key }) =>
      taken.delete(`${nameOf(key.remoteJid, key.id)}\0${key.participant ?? ''}`) ||
      taken.delete(`${nameOf(key.remoteJid, key.id)}\0`),
  };
}

function decode(node: BinaryNode, ids: { readonly pn: string; readonly lid: string }): WAMessage | null {
  try {
    const message = decodeMessageNode(node, ids.pn, ids.lid).fullMessage as WAMessage;
    const isGroup = jidKind(toJid(message.key.remoteJid) ?? '') === 'group';
    // In copies of own sends the library takes our own other identity for the recipient's.
    if (message.key.fromMe && !isGroup) message.key.remoteJidAlt = recipientAlt(node);
    return message;
  } catch {
    // The library refuses the same stanza with the same words, and nacks it.
    return null;
  }
}

function recipientAlt({ attrs }: BinaryNode): string | undefined {
  return attrs.peer_recipient_lid ?? attrs.recipient_lid ?? attrs.peer_recipient_pn ?? attrs.recipient_pn;
}

/** Devices do not matter here, and the library strips them halfway. */
function nameOf(chat: string | null | undefined, id: string | null | undefined): string {
  return `${toJid(chat) ?? ''}\0${id ?? ''}`;
}

function dropOldest(map: Map<string, unknown>): void {
  const oldest = map.size > STANZAS_MAX ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
}
