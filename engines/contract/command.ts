import { z } from 'zod';
import {
  ENGINE_HTTP_BODY_MAX_BYTES,
  FIRST_QR_WAIT_MS,
  HISTORY_PAGE_MAX_MESSAGES,
  HISTORY_PAGE_WAIT_MS,
  MESSAGE_TEXT_MAX_CHARS,
} from '#kernel/limits.ts';
import type { Capability } from './capability.ts';
import { groupSchema } from './group.ts';
import { jidSchema, personJidSchema } from './identity.ts';
import { anchorSchema, mediaSchema, messageTypes, secondsSchema, stanzaIdSchema } from './message.ts';
import { linkOfferSchema } from './state.ts';

/** One command per capability. Deadlines hold for the whole HTTP exchange. */
export interface CommandShape<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly input: I;
  readonly output: O;
  readonly deadlineMs: number;
  /** True when doing it twice does no more than doing it once: only then may a caller repeat it. */
  readonly idempotent: boolean;
}

function command<I extends z.ZodType, O extends z.ZodType>(
  input: I,
  output: O,
  deadlineMs: number,
  idempotent: boolean,
): CommandShape<I, O> {
  return { input, output, deadlineMs, idempotent };
}

const QUERY_DEADLINE_MS = 15_000;
const SEND_DEADLINE_MS = 20_000;
/** Five collections from their first version on. */
const RESYNC_DEADLINE_MS = 60_000;
const MEDIA_DEADLINE_MS = 60_000;
const PROBE_DEADLINE_MS = 8_000;
const MARGIN_MS = 5_000;

export const messageRefSchema = z.strictObject({
  chat: jidSchema,
  id: stanzaIdSchema,
  fromMe: z.boolean(),
  /** Author in a group; null in direct chats and for own messages. */
  sender: jidSchema.nullable(),
});
export type MessageRef = z.infer<typeof messageRefSchema>;

const linkResult = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('offered'), offer: linkOfferSchema }),
  z.strictObject({ state: z.literal('linked') }),
]);

/** What the caller chose for a message to send. */
const ownMessageIdSchema = z.string().regex(/^[0-9A-F]{16,40}$/, 'expected a stanza id');

const sentSchema = z.strictObject({
  messageId: stanzaIdSchema,
  /** Where it went: a number may have become a hidden id. */
  chat: jidSchema,
  sentAt: secondsSchema,
  status: z.enum(['pending', 'sent']),
});

/** Parts of what the devices of an account agree on: chats, contacts, settings. */
export const appStateCollections = [
  'critical_block',
  'critical_unblock_low',
  'regular_high',
  'regular',
  'regular_low',
] as const;

export const commands = {
  /** Starts linking by QR, or shows the QR that waits already. Errors: AUTH_*, ENGINE_STARTING. */
  'link.qr': command(z.strictObject({}), linkResult, FIRST_QR_WAIT_MS + MARGIN_MS, true),
  /** Asks for a code to be typed on the phone. Errors: AUTH_PAIRING_FAILED, INVALID_PHONE_FORMAT. */
  'link.code': command(
    z.strictObject({ phone: z.string().regex(/^[1-9]\d{6,14}$/, 'expected digits with country code') }),
    linkResult,
    FIRST_QR_WAIT_MS + MARGIN_MS,
    false,
  ),
  /** Unlinks the device and destroys its credentials. Never touches the outbox. */
  'session.logout': command(
    z.strictObject({}),
    z.strictObject({ unlinkedOnServer: z.boolean(), sessionDeleted: z.boolean() }),
    QUERY_DEADLINE_MS,
    true,
  ),
  /** A live round trip to WhatsApp. Errors: NOT_AUTHENTICATED, NOT_CONNECTED, ENGINE_TIMEOUT. */
  'session.probe': command(
    z.strictObject({}),
    z.strictObject({ roundTripMs: z.number().nonnegative() }),
    PROBE_DEADLINE_MS,
    true,
  ),
  /** Starts the connection anew with the same session; returns at once. webjs loads its page again. */
  'session.reconnect': command(
    z.strictObject({}),
    z.strictObject({ started: z.boolean() }),
    QUERY_DEADLINE_MS,
    true,
  ),
  /**
   * Heals what the engine believes of chats and settings: baileys fetches the app state from its first version on,
   * webjs loads its page again. Resolves when it is done. Errors: WHATSAPP_API_ERROR.
   */
  'appstate.resync': command(
    z.strictObject({ collections: z.array(z.enum(appStateCollections)).min(1).optional() }),
    z.strictObject({ resynced: z.array(z.enum(appStateCollections)) }),
    RESYNC_DEADLINE_MS,
    true,
  ),
  /** Devices of the own account. `listed` false = the engine knows only how many there are. */
  'devices.list': command(
    z.strictObject({}),
    z.strictObject({
      listed: z.boolean(),
      count: z.int().nonnegative(),
      devices: z.array(
        z.strictObject({ jid: jidSchema, number: z.int().nonnegative(), isSelf: z.boolean() }),
      ),
    }),
    QUERY_DEADLINE_MS,
    true,
  ),
  /**
   * Sends one text under the caller's own stanza id, so that the echo can be recognised. The engine never
   * repeats it by itself. Errors that prove it never left: NOT_AUTHENTICATED, NOT_CONNECTED; SEND_FAILED = refused
   * by the server; DELIVERY_UNKNOWN = it left and nothing came back.
   */
  'send.text': command(
    z.strictObject({
      chat: jidSchema,
      messageId: ownMessageIdSchema,
      text: z.string().min(1).max(MESSAGE_TEXT_MAX_CHARS),
      quoted: z
        .strictObject({
          id: stanzaIdSchema,
          fromMe: z.boolean(),
          sender: jidSchema.nullable(),
          text: z.string().nullable(),
        })
        .optional(),
      mentions: z.array(jidSchema).max(256).optional(),
    }),
    sentSchema,
    SEND_DEADLINE_MS,
    false,
  ),
  /**
   * Sets the own reaction; empty takes it back. Doing it twice leaves the same reaction.
   * Errors: MESSAGE_NOT_FOUND where the engine must have the message at hand.
   */
  'message.react': command(
    z.strictObject({ message: messageRefSchema, emoji: z.string().max(64) }),
    z.strictObject({ at: secondsSchema }),
    SEND_DEADLINE_MS,
    true,
  ),
  /** Replaces the text of an own message. Errors: EDIT_WINDOW_EXPIRED, MESSAGE_NOT_FOUND. */
  'message.edit': command(
    z.strictObject({ message: messageRefSchema, text: z.string().min(1).max(MESSAGE_TEXT_MAX_CHARS) }),
    z.strictObject({ at: secondsSchema }),
    SEND_DEADLINE_MS,
    true,
  ),
  /**
   * `everyone` takes a message back (own ones, or anybody's as a group admin); `me` removes it from the own devices
   * and needs `sentAt`. Errors: DELETE_WINDOW_EXPIRED, MESSAGE_NOT_FOUND.
   */
  'message.revoke': command(
    z.strictObject({
      message: messageRefSchema,
      scope: z.enum(['everyone', 'me']),
      sentAt: secondsSchema,
    }),
    z.strictObject({ at: secondsSchema }),
    SEND_DEADLINE_MS,
    true,
  ),
  /**
   * Sends a message on to another chat, under the caller's own stanza id, marked as forwarded. `content` is what the store
   * knows of it, for engines that keep no messages. Outcomes as in send.text. Errors: MESSAGE_NOT_FOUND, MEDIA_EXPIRED.
   */
  'message.forward': command(
    z.strictObject({
      chat: jidSchema,
      messageId: ownMessageIdSchema,
      source: messageRefSchema,
      content: z.strictObject({
        type: z.enum(messageTypes),
        text: z.string().max(70_000).nullable(),
        media: mediaSchema.nullable(),
      }),
    }),
    sentSchema,
    SEND_DEADLINE_MS,
    false,
  ),
  /** Tells the senders that their messages were read; grouped by sender inside. */
  'message.markRead': command(
    z.strictObject({ messages: z.array(messageRefSchema).min(1).max(500) }),
    z.strictObject({ receiptsSent: z.int().nonnegative() }),
    QUERY_DEADLINE_MS,
    true,
  ),
  /**
   * Tells the own devices that the chat was read. Needs its newest message as a reference. Engines that cannot do it without
   * telling the senders too say so in the answer; with `tellSenders` false they refuse by CAPABILITY_UNAVAILABLE.
   */
  'chat.markRead': command(
    z.strictObject({ chat: jidSchema, newest: anchorSchema, tellSenders: z.boolean() }),
    z.strictObject({ patched: z.boolean(), sendersTold: z.boolean() }),
    QUERY_DEADLINE_MS,
    true,
  ),
  /** `newest` is the reference that the phone checks the change against; null for a chat without messages. */
  'chat.archive': command(
    z.strictObject({ chat: jidSchema, archived: z.boolean(), newest: anchorSchema.nullable() }),
    z.strictObject({ archived: z.boolean() }),
    QUERY_DEADLINE_MS,
    true,
  ),
  /** Errors: MAX_PINS_REACHED. */
  'chat.pin': command(
    z.strictObject({ chat: jidSchema, pinned: z.boolean() }),
    z.strictObject({ pinned: z.boolean() }),
    QUERY_DEADLINE_MS,
    true,
  ),
  /** Null = not muted, 0 = until unmuted, else until then. */
  'chat.mute': command(
    z.strictObject({ chat: jidSchema, until: secondsSchema.nullable() }),
    z.strictObject({ mutedUntil: secondsSchema.nullable() }),
    QUERY_DEADLINE_MS,
    true,
  ),
  /**
   * Asks the phone for one page older than the anchor. The messages arrive as observations; the answer says what came.
   * `silent` = nothing came back in time, which proves nothing. It may still come, and a page may be about another chat than the
   * one asked for: the `history-page` observation has the word. Errors: RATE_LIMITED (`details.reason`: the server refused, or the
   * chat is being asked for), CONNECTION_LOST, CHAT_NOT_FOUND where the engine must have the chat, WHATSAPP_API_ERROR.
   */
  'history.page': command(
    z.strictObject({
      chat: jidSchema,
      anchor: anchorSchema,
      count: z.int().min(1).max(HISTORY_PAGE_MAX_MESSAGES),
    }),
    z.strictObject({
      requestId: z.string(),
      outcome: z.enum(['answered', 'silent']),
      messages: z.int().nonnegative(),
      end: z.enum(['start-reached', 'more-on-phone', 'unknown']),
      oldest: anchorSchema.nullable(),
      /** Outbox sequence behind which all messages of the page are committed; null when silent. */
      seq: z.int().nullable(),
    }),
    HISTORY_PAGE_WAIT_MS + MARGIN_MS,
    true,
  ),
  /** Live metadata of one group, or of all that the account is in. Errors: GROUP_NOT_FOUND, NOT_GROUP_MEMBER. */
  'group.read': command(
    z.strictObject({ group: jidSchema.optional() }),
    z.strictObject({ groups: z.array(groupSchema).max(10_000) }),
    QUERY_DEADLINE_MS,
    true,
  ),
  /** One community (with its linked groups) or all. Errors: COMMUNITY_NOT_FOUND. */
  'community.read': command(
    z.strictObject({ community: jidSchema.optional() }),
    z.strictObject({
      communities: z.array(z.strictObject({ info: groupSchema, groups: z.array(groupSchema) })).max(1_000),
    }),
    QUERY_DEADLINE_MS,
    true,
  ),
  /** Which numbers are on WhatsApp, and their ids. */
  'contact.lookup': command(
    z.strictObject({
      phones: z
        .array(z.string().regex(/^[1-9]\d{6,14}$/))
        .min(1)
        .max(50),
    }),
    z.strictObject({
      results: z.array(
        z.strictObject({
          phone: z.string(),
          exists: z.boolean(),
          pn: personJidSchema.nullable(),
          lid: personJidSchema.nullable(),
        }),
      ),
    }),
    QUERY_DEADLINE_MS,
    true,
  ),
  /** Where the picture of a person or group lies; nulls = there is none. Errors: PRIVACY_RESTRICTED, CONTACT_NOT_FOUND. */
  'contact.picture': command(
    z.strictObject({ jid: jidSchema, size: z.enum(['preview', 'full']) }),
    z.strictObject({ url: z.url().nullable(), id: z.string().max(200).nullable() }),
    QUERY_DEADLINE_MS,
    true,
  ),
  /** Either identity names the person; the engine takes the one that it needs. */
  'contact.block': command(
    z.strictObject({
      pn: personJidSchema.nullable(),
      lid: personJidSchema.nullable(),
      blocked: z.boolean(),
    }),
    z.strictObject({ blocked: z.boolean() }),
    QUERY_DEADLINE_MS,
    true,
  ),
  'contact.blocklist': command(
    z.strictObject({}),
    z.strictObject({ blocked: z.array(personJidSchema).max(10_000) }),
    QUERY_DEADLINE_MS,
    true,
  ),
  /**
   * Decrypted bytes of one file, as base64. With `recover` the phone is asked for a file that the media host no longer has.
   * Errors: MEDIA_EXPIRED (its `details.phone` says what came of asking: `lost` = not there either, `silent` = no answer),
   * MEDIA_DOWNLOAD_FAILED, NO_MEDIA_CONTENT.
   */
  'media.download': command(
    z.strictObject({
      message: messageRefSchema,
      type: z.enum(messageTypes),
      media: mediaSchema,
      maxBytes: z.int().min(1).max(ENGINE_HTTP_BODY_MAX_BYTES),
      recover: z.boolean().optional(),
    }),
    z.strictObject({
      base64: z.string(),
      bytes: z.int().nonnegative(),
      sha256: z.string(),
      /** The phone had to send it again. */
      recovered: z.boolean().optional(),
    }),
    MEDIA_DEADLINE_MS,
    true,
  ),
} as const satisfies Record<Capability, CommandShape>;

export type CommandName = keyof typeof commands;

/** Commands after which a message may be on its way although no answer came. */
export const sendCommands: ReadonlySet<CommandName> = new Set(['send.text', 'message.forward']);

export type CommandInput<C extends CommandName> = z.output<(typeof commands)[C]['input']>;
export type CommandOutput<C extends CommandName> = z.output<(typeof commands)[C]['output']>;

/** An engine implements what it can; the rest is absent. */
export type CommandHandlers = {
  readonly [C in CommandName]?: (input: CommandInput<C>, signal: AbortSignal) => Promise<CommandOutput<C>>;
};
