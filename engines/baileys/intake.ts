import {
  type BinaryNode,
  DEFAULT_CONNECTION_CONFIG,
  decodeMessageNode,
  isJidNewsletter,
  isJidStatusBroadcast,
  proto,
  type SignalKeyStoreWithTransaction,
  type SignalRepositoryWithLIDStore,
  unpadRandomMax16,
  type WAMessage,
} from '@whiskeysockets/baileys';
import { jidKind } from '#engines/contract/identity.ts';
import { toJid } from '#engines/contract/kit/scalars.ts';

/**
 * Hears every message at the moment when it is decrypted: before the ratchet moves on disk and before the
 * library acknowledges it.
 *
 * The library (7.0.0-rc14, messages-recv.js) commits the ratchet, sends the receipt, and only then emits
 * `messages.upsert`, which for offline messages waits in a buffer for another 100 ms. A process that dies on
 * the way has lost the message: the server counts it as delivered, and even if it sent it again, the ratchet
 * could not read it twice. So decrypting is wrapped in an outer key transaction: the observation is on
 * disk first, then the ratchet, then the receipt. A death between any two repeats, and loses nothing.
 */
export interface IntakeHandlers {
  /**
   * Kept when they return; on the disk before the acknowledgement. A throw undoes the decryption: the ratchet stays, and as the caller has also
   * ended the socket, nothing is acknowledged and the server sends again.
   */
  onMessage(message: WAMessage, offline: boolean): void;
  onHistory(notification: proto.Message.IHistorySyncNotification): void;
  /** The phone shared keys of app state, which it does once; they are stored with the ratchet. Newest last. */
  onKeyShare(keyIds: readonly string[]): void;
}

export interface Intake {
  /** For the socket's configuration. */
  readonly makeSignalRepository: typeof DEFAULT_CONNECTION_CONFIG.makeSignalRepository;
  /** Must hear each message stanza before the library does. */
  arrived(node: BinaryNode): void;
  /** True once for every message that went through onMessage: its later event brings nothing new. */
  isTaken(message: WAMessage): boolean;
  /** How many stanzas that the server had kept have arrived and did not go through yet. */
  unfiled(): number;
  /** Called whenever there are fewer of them. */
  onFiled(listener: () => void): void;
}

export interface IntakeDeps extends IntakeHandlers {
  /** Own ids with device, as the library has them; empty = not known. */
  readonly ids: () => { readonly pn: string; readonly lid: string };
}

/** Events follow within moments; more are left over only when a socket ends in between. */
const TAKEN_MAX = 5_000;

interface Stanza {
  readonly message: WAMessage;
  readonly offline: boolean;
  /** Encrypted parts that did not go through yet. */
  parts: number;
}

const Unreadable = proto.WebMessageInfo.StubType.CIPHERTEXT;

export function createIntake(deps: IntakeDeps): Intake {
  /** Ciphertext → the stanza that brought it. The library passes the same bytes on, never a copy. */
  const stanzas = new WeakMap<Uint8Array, Stanza>();
  const unfiled = new Set<Stanza>();
  const taken = new Set<string>();
  const unreadable = new Set<string>();
  let filed: () => void = () => undefined;

  async function decrypted(
    keys: SignalKeyStoreWithTransaction,
    stanza: Stanza,
    padded: Uint8Array,
  ): Promise<void> {
    const content = contentIn(padded);
    if (content === null) return placeholder(stanza);
    const message = { ...stanza.message, message: content };
    const notification = content.protocolMessage?.historySyncNotification;
    if (notification) {
      // Anybody could send one; only the own phone's counts.
      if (message.key.fromMe) deps.onHistory(notification);
      return;
    }
    const shared = content.protocolMessage?.appStateSyncKeyShare?.keys;
    if (shared && message.key.fromMe) {
      const found = shared.flatMap(({ keyId, keyData }) =>
        keyId?.keyId && keyData ? [[Buffer.from(keyId.keyId).toString('base64'), keyData] as const] : [],
      );
      if (found.length === 0) return;
      await keys.set({ 'app-state-sync-key': Object.fromEntries(found) });
      deps.onKeyShare(found.map(([id]) => id));
      return;
    }
    deps.onMessage(message, stanza.offline);
    remember(taken, message);
  }

  /**
   * The library gives what it cannot read back to the server, which counts it as delivered, and tells of it afterwards or not at
   * all. An earlier part carries only keys: the last one says whether the message can be read.
   */
  function placeholder({ message, offline, parts }: Stanza): void {
    if (parts > 1 || message.category === 'peer') return;
    deps.onMessage({ ...message, messageStubType: Unreadable }, offline);
    remember(unreadable, message);
  }

  function passed(stanza: Stanza): void {
    stanza.parts -= 1;
    if (stanza.parts <= 0 && unfiled.delete(stanza)) filed();
  }

  async function through(
    keys: SignalKeyStoreWithTransaction,
    ciphertext: Uint8Array,
    read: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const stanza = stanzas.get(ciphertext);
    if (stanza === undefined) return read();
    let plain: Uint8Array;
    try {
      plain = await read();
    } catch (error) {
      placeholder(stanza);
      passed(stanza);
      throw error;
    }
    await decrypted(keys, stanza, plain);
    passed(stanza);
    return plain;
  }

  return {
    makeSignalRepository: (auth, logger, pnToLid) => {
      const repository: SignalRepositoryWithLIDStore = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
        auth,
        logger,
        pnToLid,
      );
      const keys = auth.keys as SignalKeyStoreWithTransaction;
      return {
        ...repository,
        decryptMessage: (options) =>
          keys.transaction(
            () => through(keys, options.ciphertext, () => repository.decryptMessage(options)),
            options.jid,
          ),
        decryptGroupMessage: (options) =>
          keys.transaction(
            () => through(keys, options.msg, () => repository.decryptGroupMessage(options)),
            options.group,
          ),
      };
    },
    arrived: (node) => {
      // What the library drops unread.
      if (isNoChat(node.attrs.from ?? '')) return;
      const message = headOf(node, deps.ids());
      if (message === null) return;
      const parts = (Array.isArray(node.content) ? node.content : []).filter(
        ({ tag, content }) => tag === 'enc' && content instanceof Uint8Array,
      );
      const stanza = { message, offline: node.attrs.offline !== undefined, parts: parts.length };
      if (stanza.offline) unfiled.add(stanza);
      // The server says that there is something which it has not for this device, or an assistant has written it.
      if (parts[0] === undefined || parts[0].attrs.type === 'msmsg') {
        stanza.parts = 1;
        try {
          placeholder(stanza);
        } catch {
          // The disk refused, and the connection was ended for it.
          return;
        }
        passed(stanza);
      }
      for (const { content } of parts) if (content instanceof Uint8Array) stanzas.set(content, stanza);
    },
    isTaken: (message) => {
      const name = nameOf(message);
      if (message.messageStubType === Unreadable && unreadable.delete(name)) return true;
      return taken.delete(name);
    },
    unfiled: () => unfiled.size,
    onFiled: (listener) => {
      filed = listener;
    },
  };
}

/** Channels and the statuses of others. */
export function isNoChat(jid: string): boolean {
  return isJidStatusBroadcast(jid) || isJidNewsletter(jid) === true;
}

function remember(names: Set<string>, message: WAMessage): void {
  if (names.size >= TAKEN_MAX) names.clear();
  names.add(nameOf(message));
}

/** Who, where and when; the library refuses the same stanzas with the same words, and nacks them. */
function headOf(node: BinaryNode, ids: { readonly pn: string; readonly lid: string }): WAMessage | null {
  let message: WAMessage;
  try {
    message = decodeMessageNode(node, ids.pn, ids.lid).fullMessage as WAMessage;
  } catch {
    return null;
  }
  // In copies of own sends the library takes our own other identity for the recipient's.
  if (message.key.fromMe && jidKind(toJid(message.key.remoteJid) ?? '') !== 'group') {
    const { peer_recipient_lid, recipient_lid, peer_recipient_pn, recipient_pn } = node.attrs;
    message.key.remoteJidAlt = peer_recipient_lid ?? recipient_lid ?? peer_recipient_pn ?? recipient_pn;
  }
  return message;
}

function contentIn(padded: Uint8Array): proto.IMessage | null {
  try {
    const message = proto.Message.decode(unpadRandomMax16(padded));
    return message.deviceSentMessage?.message ?? message;
  } catch {
    return null;
  }
}

/** Devices do not matter here, and the library strips them halfway. */
function nameOf({ key }: WAMessage): string {
  return `${toJid(key.remoteJid) ?? ''}\0${key.id ?? ''}\0${toJid(key.participant) ?? ''}`;
}
