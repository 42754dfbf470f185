import { z } from 'zod';
import { STREAM_ERRORS } from './faults.ts';
import { PAGE_STATES } from './web/faults.ts';
import { MAX_PAGE_MESSAGES, ON_DEMAND_MODES } from './wire/phone/behaviour.ts';

/** Bodies of the control API. */

const chat = z.string().min(1).describe('Chat key or any JID of the chat');
const device = z.int().positive().optional().describe('Device number; every connected device when absent');

export const qrBody = z.strictObject({ text: z.string().min(1) });
export const codeBody = z.strictObject({ code: z.string().min(8) });

export const messageBody = z.strictObject({
  chat,
  text: z.string().min(1),
  /** Who writes: somebody else, or the owner on the phone. */
  from: z.enum(['peer', 'phone']).default('peer'),
  /** Person key of the writer; the other side of a direct chat when absent. */
  sender: z.string().optional(),
  quoteId: z.string().optional(),
  id: z.string().optional(),
});

export const changeBody = z.discriminatedUnion('change', [
  z.strictObject({ change: z.literal('edit'), chat, id: z.string(), text: z.string().min(1) }),
  z.strictObject({ change: z.literal('revoke'), chat, id: z.string(), by: z.string().optional() }),
  z.strictObject({ change: z.literal('delete-for-me'), chat, id: z.string() }),
  z.strictObject({
    change: z.literal('vote'),
    chat,
    id: z.string(),
    by: z.string(),
    options: z.array(z.string()),
  }),
  z.strictObject({ change: z.literal('react'), chat, id: z.string(), by: z.string(), emoji: z.string() }),
]);

export type ChangeBody = z.infer<typeof changeBody>;

export const readBody = z.strictObject({ chat, read: z.boolean().default(true) });

const onDemandMode = z.enum(ON_DEMAND_MODES);

export const phoneBody = z
  .strictObject({
    onDemand: onDemandMode,
    onDemandNext: z.array(onDemandMode),
    /** By chat key or any JID of the chat. */
    onDemandByChat: z.record(
      chat,
      z.union([onDemandMode, z.strictObject({ mode: onDemandMode, times: z.int().positive() })]),
    ),
    deadAnchors: z.array(z.string().min(1)),
    deadAnchorsNext: z.int().min(0),
    otherChat: chat.nullable(),
    onDemandDelayMs: z.int().min(0),
    onDemandJitterMs: z.int().min(0),
    onDemandPageSize: z.int().min(1).max(MAX_PAGE_MESSAGES),
    chunkDelayMs: z.int().min(0),
    messagesPerChunk: z.int().positive(),
    delivery: z.enum(['auto', 'inline', 'media']),
    paused: z.boolean(),
    reuploads: z.boolean(),
  })
  .partial();

export type PhoneBody = z.infer<typeof phoneBody>;

export const answerAgainBody = z.strictObject({
  /** The last answer when absent. */
  requestId: z.string().min(1).optional(),
});

export const faultBody = z.discriminatedUnion('fault', [
  z.strictObject({ fault: z.literal('stream-error'), code: z.literal(STREAM_ERRORS), device }),
  z.strictObject({ fault: z.literal('drop'), device }),
  z.strictObject({ fault: z.literal('cut-next-stanza'), minimumBytes: z.int().positive(), device }),
  z.strictObject({
    fault: z.literal('refuse-connections'),
    refusal: z.union([z.int().min(400).max(599), z.literal('reset')]).nullable(),
  }),
  z.strictObject({ fault: z.literal('fail-logins'), reason: z.int(), times: z.int().positive().default(1) }),
  z.strictObject({
    fault: z.literal('next-sends'),
    fates: z.array(z.enum(['delivered', 'lost', 'unacknowledged', 'undecryptable'])).min(1),
  }),
  z.strictObject({ fault: z.literal('refuse-phone-numbers'), on: z.boolean() }),
  z.strictObject({ fault: z.literal('refuse-late-changes'), on: z.boolean() }),
  z.strictObject({ fault: z.literal('corrupt-next-message'), device }),
  z.strictObject({ fault: z.literal('reset') }),
]);

/** What lasts: fields that are absent stay as they are. */
const pageFaults = z
  .strictObject({
    messageKeys: z.enum(['serialized', 'minified']),
    syncsEarly: z.boolean(),
    neverReady: z.boolean(),
    hidesVersion: z.boolean(),
    missingModules: z.array(z.string()),
    /** Chat keys. */
    brokenChats: z.array(z.string()),
    phoneOnlyChats: z.array(z.string()),
    answerDelayMs: z.int().min(0),
    refusal: z.union([z.int().min(400).max(599), z.literal('reset')]).nullable(),
    unreadable: z.array(z.enum(['retried', 'lost'])),
  })
  .partial();

/** What happens to every open page of the web client. */
export const webFaultBody = z.discriminatedUnion('fault', [
  z.strictObject({ fault: z.literal('hang'), milliseconds: z.int().positive().optional() }),
  z.strictObject({ fault: z.literal('drop') }),
  z.strictObject({ fault: z.literal('reload') }),
  z.strictObject({ fault: z.literal('state'), state: z.literal(PAGE_STATES) }),
  z.strictObject({ fault: z.literal('iframe'), times: z.int().positive().optional() }),
  z.strictObject({ fault: z.literal('sync-again') }),
  z.strictObject({ fault: z.literal('idle-qr') }),
  z.strictObject({ fault: z.literal('set'), set: pageFaults }),
  z.strictObject({ fault: z.literal('reset') }),
]);

export type WebFaultBody = z.infer<typeof webFaultBody>;

export type FaultBody = z.infer<typeof faultBody>;
