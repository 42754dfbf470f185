import { type BinaryNode, S_WHATSAPP_NET } from '@whiskeysockets/baileys';

/** The server itself in `from` and `to`: a JID without a user, not the bare host name. */
export const SERVER = S_WHATSAPP_NET;

export type Attributes = Readonly<Record<string, string | undefined>>;

/** Builds a stanza; attributes that are undefined are left out. */
export const node = (tag: string, attrs: Attributes = {}, content?: BinaryNode['content']): BinaryNode => {
  const present: Record<string, string> = {};
  for (const [name, value] of Object.entries(attrs)) if (value !== undefined) present[name] = value;
  return content === undefined ? { tag, attrs: present } : { tag, attrs: present, content };
};

export const children = (parent: BinaryNode | null | undefined): readonly BinaryNode[] =>
  Array.isArray(parent?.content) ? parent.content : [];

export const child = (parent: BinaryNode | null | undefined, tag: string): BinaryNode | null =>
  children(parent).find((candidate) => candidate.tag === tag) ?? null;

/** Bytes of a node that carries bytes or text; null when it carries children or nothing. */
export const bytesOf = (parent: BinaryNode | null | undefined): Uint8Array | null => {
  if (typeof parent?.content === 'string') return Buffer.from(parent.content);
  return parent?.content instanceof Uint8Array ? parent.content : null;
};

export const childBytes = (parent: BinaryNode | null | undefined, tag: string): Uint8Array | null =>
  bytesOf(child(parent, tag));

/** Big-endian unsigned integer of at most four bytes. */
export const childNumber = (parent: BinaryNode | null | undefined, tag: string): number | null => {
  const bytes = childBytes(parent, tag);
  return bytes === null ? null : Buffer.from(bytes).readUIntBE(0, bytes.length);
};
