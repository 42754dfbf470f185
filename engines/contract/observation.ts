import { z } from 'zod';
import { groupSchema, memberSchema } from './group.ts';
import { jidSchema, personJidSchema } from './identity.ts';
import {
  anchorSchema,
  messageObservationSchema,
  messageStatuses,
  secondsSchema,
  stanzaIdSchema,
} from './message.ts';
import { engineLevels, engineReasons } from './state.ts';

/** Names one message as the engine saw it. `sender` matters in groups, where ids are unique per sender only. */
const target = {
  chat: jidSchema,
  chatAlt: jidSchema.optional(),
  id: stanzaIdSchema,
  fromMe: z.boolean(),
  sender: jidSchema.nullable(),
  senderAlt: jidSchema.optional(),
};

export const editObservationSchema = z.strictObject({
  kind: z.literal('edit'),
  ...target,
  text: z.string().max(70_000),
  at: secondsSchema,
});

export const revokeObservationSchema = z.strictObject({
  kind: z.literal('revoke'),
  ...target,
  at: secondsSchema,
});

export const reactionObservationSchema = z.strictObject({
  kind: z.literal('reaction'),
  ...target,
  /** Who reacted; null = the account itself. */
  by: personJidSchema.nullable(),
  byAlt: personJidSchema.optional(),
  /** Empty = taken back. */
  emoji: z.string().max(64),
  at: secondsSchema,
});

/**
 * This stanza was no message of its own but an edit, a revoke, a reaction, a vote or protocol traffic. Told beside what it
 * was, because an engine that could not read it at first tells it as an undecryptable message.
 */
export const noMessageObservationSchema = z.strictObject({ kind: z.literal('no-message'), ...target });

/** A recipient's receipt for an own message, or (recipient null) what the server says of it. */
export const receiptObservationSchema = z.strictObject({
  kind: z.literal('receipt'),
  chat: jidSchema,
  chatAlt: jidSchema.optional(),
  ids: z.array(stanzaIdSchema).min(1).max(1_000),
  recipient: personJidSchema.nullable(),
  recipientAlt: personJidSchema.optional(),
  status: z.enum(messageStatuses),
  at: secondsSchema,
});

export const chatObservationSchema = z.strictObject({
  kind: z.literal('chat'),
  chat: jidSchema,
  chatAlt: jidSchema.optional(),
  name: z.string().max(1_000).optional(),
  /** How many messages the account has not read. */
  unread: z.int().nonnegative().optional(),
  markedUnread: z.boolean().optional(),
  archived: z.boolean().optional(),
  pinnedAt: secondsSchema.nullable().optional(),
  /** Null = not muted; 0 = until unmuted. */
  mutedUntil: secondsSchema.nullable().optional(),
  ephemeralSeconds: z.int().nonnegative().optional(),
  lastMessageAt: secondsSchema.optional(),
  /** What the phone says of older history: nothing older, or more remains. */
  historyEnd: z.enum(['start-reached', 'more-on-phone']).optional(),
  /** The account read the chat on another device. */
  readAt: secondsSchema.optional(),
  deleted: z.boolean().optional(),
});

export const contactObservationSchema = z.strictObject({
  kind: z.literal('contact'),
  jid: personJidSchema,
  alt: personJidSchema.optional(),
  /** Name in the address book of the account. */
  name: z.string().max(1_000).optional(),
  /** Name that the person chose. */
  pushName: z.string().max(200).optional(),
  businessName: z.string().max(1_000).optional(),
  about: z.string().max(2_000).optional(),
  blocked: z.boolean().optional(),
});

export const groupObservationSchema = z.strictObject({ kind: z.literal('group'), group: groupSchema });

export const membersObservationSchema = z.strictObject({
  kind: z.literal('members'),
  group: jidSchema,
  action: z.enum(['add', 'remove', 'promote', 'demote']),
  members: z.array(memberSchema).max(5_000),
  at: secondsSchema,
});

/** The same person under the number and under the hidden id. */
export const identityLinkObservationSchema = z.strictObject({
  kind: z.literal('identity-link'),
  pn: personJidSchema,
  lid: personJidSchema,
  source: z.enum(['history', 'message', 'usync', 'group', 'event', 'own']),
  at: secondsSchema,
});

/** Stands behind the messages of an on-demand page, in the same or a later outbox entry, never before them. */
export const historyPageObservationSchema = z.strictObject({
  kind: z.literal('history-page'),
  requestId: z.string().min(1).max(128),
  /** As the answer names it, which may be the other identity than the one asked for. */
  chat: jidSchema,
  messages: z.int().nonnegative(),
  /**
   * What it was asked from: the page holds the messages directly before it, unless the answer is about another chat. Null when
   * the engine died in between and forgot.
   */
  before: anchorSchema.nullable().default(null),
  /** The oldest message of the page, in the phone's order, which times in whole seconds do not tell. Null for an empty page. */
  oldest: anchorSchema.nullable().default(null),
  /** `start-reached` = the phone says that nothing older exists. An empty page alone proves nothing. */
  end: z.enum(['start-reached', 'more-on-phone', 'unknown']),
});

export const historyProgressObservationSchema = z.strictObject({
  kind: z.literal('history-progress'),
  phase: z.enum(['bootstrap', 'recent', 'full']),
  percent: z.number().min(0).max(100).nullable(),
  complete: z.boolean(),
});

/** Live traffic is gapless only between two of these; coverage is built on it. */
export const connectionObservationSchema = z.strictObject({
  kind: z.literal('connection'),
  level: z.enum(engineLevels),
  reason: z.enum(engineReasons),
  at: secondsSchema,
});

/**
 * The server has handed over all that it kept while the device was away, and all of it stands before this in the outbox: of what
 * was sent to the device since it was linked and before `at`, in seconds of the server, nothing is missing. Told only by an
 * engine whose server says so, once in a connection and behind the start of that connection.
 */
export const caughtUpObservationSchema = z.strictObject({ kind: z.literal('caught-up'), at: secondsSchema });

/** Everything that an engine can learn. */
export const observationSchema = z.discriminatedUnion('kind', [
  messageObservationSchema,
  editObservationSchema,
  revokeObservationSchema,
  reactionObservationSchema,
  noMessageObservationSchema,
  receiptObservationSchema,
  chatObservationSchema,
  contactObservationSchema,
  groupObservationSchema,
  membersObservationSchema,
  identityLinkObservationSchema,
  historyPageObservationSchema,
  historyProgressObservationSchema,
  connectionObservationSchema,
  caughtUpObservationSchema,
]);
export type Observation = z.infer<typeof observationSchema>;
export type ObservationOf<K extends Observation['kind']> = Extract<Observation, { kind: K }>;
