import { z } from 'zod';
import { jidSchema, personJidSchema } from './identity.ts';

/** Stanza id: chosen by the sending client, the same on all devices of the account, unique per chat and sender only. */
export const stanzaIdSchema = z.string().min(1).max(128);

/** Seconds since 1970. WhatsApp's own unit; milliseconds are refused by the upper bound. */
export const secondsSchema = z.int().min(0).max(99_999_999_999);

/** Types of messages that come with a file. */
export const fileTypes = ['image', 'video', 'gif', 'audio', 'voice', 'document', 'sticker'] as const;

export const messageTypes = [
  'text',
  ...fileTypes,
  'location',
  'contact',
  'poll',
  'system',
  'undecryptable',
  'other',
] as const;
export type MessageType = (typeof messageTypes)[number];

export function carriesFile(type: MessageType): boolean {
  return fileTypes.some((one) => one === type);
}

/** `sent` = the server has it; receipts only advance along this order. */
export const messageStatuses = ['failed', 'pending', 'sent', 'delivered', 'read', 'played'] as const;
export type MessageStatus = (typeof messageStatuses)[number];

const base64 = z
  .string()
  .max(4_096)
  .regex(/^[A-Za-z0-9+/]*={0,2}$/, 'expected base64');

/** What is needed to fetch and decrypt a file later, also after a restart. */
export const mediaSchema = z.strictObject({
  mime: z.string().max(200).optional(),
  bytes: z.number().int().nonnegative().optional(),
  filename: z.string().max(1_000).optional(),
  seconds: z.number().nonnegative().optional(),
  width: z.int().nonnegative().optional(),
  height: z.int().nonnegative().optional(),
  /** 32 bytes. */
  mediaKey: base64.optional(),
  directPath: z.string().max(2_000).optional(),
  url: z.string().max(2_000).optional(),
  sha256: base64.optional(),
  encryptedSha256: base64.optional(),
});
export type Media = z.infer<typeof mediaSchema>;

export const quotedSchema = z.strictObject({
  id: stanzaIdSchema,
  sender: jidSchema.nullable(),
  text: z.string().max(70_000).nullable(),
});

export const pollSchema = z.strictObject({
  question: z.string().max(4_096),
  options: z.array(z.string().max(1_000)).max(64),
  maxSelections: z.int().nonnegative(),
  secret: base64.optional(),
});

export const reactionSchema = z.strictObject({
  /** Null = the account itself. */
  sender: personJidSchema.nullable(),
  /** Empty = taken back. */
  emoji: z.string().max(64),
  at: secondsSchema,
});

/**
 * How an engine came to see a message: see Merge rules in docs/architecture.md. `push` and `page` are told from
 * the newest message of a chat to the oldest, all others as they happen: that orders messages of the same second.
 */
export const messagePaths = ['live', 'offline', 'push', 'page', 'echo'] as const;
export type MessagePath = (typeof messagePaths)[number];

/**
 * One message as an engine sees it. Optional = not said; null = known absent.
 * Ids are canonical in form but not in identity: PN or LID, as the wire had it, the other one in `…Alt`.
 */
export const messageObservationSchema = z.strictObject({
  kind: z.literal('message'),
  via: z.enum(messagePaths),
  chat: jidSchema,
  chatAlt: jidSchema.optional(),
  id: stanzaIdSchema,
  fromMe: z.boolean(),
  /** Who wrote it; in direct chats the other person, null for own messages. */
  sender: jidSchema.nullable(),
  senderAlt: jidSchema.optional(),
  sentAt: secondsSchema,
  type: z.enum(messageTypes),
  /** Text or caption; absent for types that carry none. */
  text: z.string().max(70_000).optional(),
  media: mediaSchema.optional(),
  quoted: quotedSchema.optional(),
  mentions: z.array(jidSchema).max(1_024).optional(),
  poll: pollSchema.optional(),
  pushName: z.string().max(200).optional(),
  status: z.enum(messageStatuses).optional(),
  ephemeralSeconds: z.int().nonnegative().optional(),
  forwarded: z.boolean().optional(),
  /** Already edited when first seen (history): when, in seconds. `text` is then the newest text. */
  editedAt: secondsSchema.optional(),
  /** Already revoked when first seen. */
  revoked: z.boolean().optional(),
  reactions: z.array(reactionSchema).max(1_024).optional(),
  /** Request id of the on-demand page that brought it. */
  page: z.string().max(128).optional(),
});
export type MessageObservation = z.infer<typeof messageObservationSchema>;

/** One message of a chat by which older history is asked for: the page holds what stands directly before it. */
export const anchorSchema = z.strictObject({
  id: stanzaIdSchema,
  fromMe: z.boolean(),
  sender: jidSchema.nullable(),
  sentAt: secondsSchema,
});
export type HistoryAnchor = z.infer<typeof anchorSchema>;
