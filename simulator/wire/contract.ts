import type { BinaryNode } from '@whiskeysockets/baileys';
import type { MessageOrigin } from '../account/model.ts';

/**
 * What the modules of the wire agree on: how an IQ is answered, how a stanza reaches linked devices,
 * where blobs are kept. Modules are built by `createX(deps): WireModule` and know nothing of sockets.
 */

/** A linked device (never the phone, which is device 0 of the same account). */
export type LinkedDevice = {
  /** 1, 2, … */
  readonly id: number;
  /** `15550001:3@s.whatsapp.net` */
  readonly pnJid: string;
  /** `900001:3@lid` */
  readonly lidJid: string;
  readonly online: boolean;
};

export type IqRequest = {
  readonly node: BinaryNode;
  readonly type: 'get' | 'set';
  /** First child of the iq, the one that was matched; null for an empty iq. */
  readonly child: BinaryNode | null;
  /** The `to` of the request: `@s.whatsapp.net`, a group, a contact. The answer comes from there. */
  readonly to: string;
  readonly device: LinkedDevice;
};

/** `null` means silence: the request is never answered. */
export type IqAnswer = readonly BinaryNode[] | null;

/**
 * Answers the IQs of one namespace. `child` narrows to the tag of the first child; handlers with a child are
 * asked before those without. The server adds `<iq type="result" id from>` around the answer. To refuse,
 * throw `iqError(code, text)`.
 */
export type IqHandler = {
  readonly xmlns: string;
  readonly type?: 'get' | 'set';
  readonly child?: string;
  readonly handle: (request: IqRequest) => IqAnswer | Promise<IqAnswer>;
};

/** Takes in the receipts of one type that the core leaves alone. */
export type ReceiptHandler = {
  readonly type: string;
  readonly handle: (stanza: BinaryNode, device: LinkedDevice) => void;
};

export type WireModule = {
  readonly name: string;
  readonly iqs: readonly IqHandler[];
  readonly receipts?: readonly ReceiptHandler[];
  /** Ends subscriptions and timers. */
  readonly close?: () => void | Promise<void>;
};

export type PushOptions = {
  /** Do not deliver to this device: it caused the change. */
  readonly except?: LinkedDevice;
};

/**
 * Reaches the linked devices. A device that is not connected gets `notification`, `message` and `receipt`
 * stanzas after its next login, in order, with an `offline` attribute; they leave the queue when acknowledged.
 */
export type DeviceHub = {
  readonly devices: () => readonly LinkedDevice[];
  /** Device numbers of a user for usync and device lists: phone, companions; a contact has only its phone. */
  readonly deviceIds: (userJid: string) => readonly { readonly id: number; readonly keyIndex: number }[];
  readonly send: (device: LinkedDevice, node: BinaryNode) => void;
  /** Adds `id` and `t` when missing and sends a copy to every linked device. */
  readonly broadcast: (node: BinaryNode, options?: PushOptions) => void;
  readonly nextId: () => string;
  /** Called when a companion has been linked, after its first login. Returns the unsubscriber. */
  readonly onLinked: (listener: (device: LinkedDevice) => void) => () => void;
  /** Called when a device is gone: logged out from either side. */
  readonly onRemoved: (listener: (device: LinkedDevice) => void) => () => void;
};

/** The key the phone shares with each companion; `createAppState` signs and reads every patch with it. */
export type AppStateSyncKey = {
  readonly keyId: Uint8Array;
  /** 32 bytes, expanded as WhatsApp does. */
  readonly keyData: Uint8Array;
  readonly timestampMs: number;
};

/** The `HKDF` info families of WhatsApp media; the two last carry history and app-state blobs. */
export type MediaKind =
  | 'image'
  | 'video'
  | 'audio'
  | 'ptt'
  | 'document'
  | 'sticker'
  | 'md-msg-hist'
  | 'md-app-state';

/** Everything a message or notification must carry so that a client can fetch and check a blob. */
export type StoredMedia = {
  readonly url: string;
  readonly directPath: string;
  readonly mediaKey: Uint8Array;
  readonly fileSha256: Uint8Array;
  readonly fileEncSha256: Uint8Array;
  readonly fileLength: number;
};

/** The TLS media host (`simulator/wire/media`). */
export type MediaHost = {
  /** `127.0.0.1:45123`, for the `media_conn` answer. */
  readonly hostname: string;
  /** `https://127.0.0.1:45123` */
  readonly url: string;
  /** PEM of the certificate a client must trust. */
  readonly caFile: string;
  /** Encrypts as WhatsApp does (AES-CBC + 10-byte MAC) and serves it. Without a key a random one is used. */
  readonly put: (plaintext: Uint8Array, kind: MediaKind, mediaKey?: Uint8Array) => StoredMedia;
  /** Plaintext of something a client uploaded or `put` stored; null when nothing is there under this path. */
  readonly read: (directPath: string, mediaKey: Uint8Array, kind: MediaKind) => Uint8Array | null;
  /** Drops a blob, for the "expired media" case: the client gets 410. */
  readonly expire: (directPath: string) => void;
  readonly close: () => Promise<void>;
};

/** Constant message plus fields; never message text, names, numbers or keys. */
export type WireLog = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

export type IqRefusal = Error & { readonly iqCode: number };

/**
 * The companion that caused a change; undefined when the phone did, or a browser, of which no companion knows yet.
 */
export const causeOf = (hub: Pick<DeviceHub, 'devices'>, origin: MessageOrigin): LinkedDevice | undefined =>
  origin.from === 'device' ? hub.devices().find((device) => String(device.id) === origin.device) : undefined;

/** Refuses an IQ: the client gets `<iq type="error"><error code text/></iq>`. */
export const iqError = (code: number, text: string): IqRefusal =>
  Object.assign(new Error(text), { iqCode: code });
