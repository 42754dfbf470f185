import type Database from 'better-sqlite3';
import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { jidSchema, tryParseJid } from '#engines/contract/identity.ts';
import {
  mediaSchema,
  messagePaths,
  messageStatuses,
  messageTypes,
  pollSchema,
  quotedSchema,
  secondsSchema,
  stanzaIdSchema,
} from '#engines/contract/message.ts';
import { secondsOfKey } from '../time-key.ts';
import { type MediaRow, mediaOfRow } from './message-rows.ts';
import { type DamagedTable, REPLACED, type Row } from './salvage-table.ts';

/**
 * Tells rows that the service may have written from garbage that looks like one. Garbage that is kept does more harm than a row
 * that is lost: it makes every batch and every search fail that comes upon it, and the phone has the message still.
 */
export function createSoundness(damaged: Database.Database, table: DamagedTable): (row: Row) => boolean {
  const schema = ROWS[table.name];
  const json = JSON_COLUMNS[table.name] ?? [];
  const named = table.name === 'messages' ? createNamed(damaged) : () => true;
  return (row) =>
    table.columns.every(({ name, type, notnull }) => fits(row[name] ?? null, type, notnull === 1)) &&
    !holdsBadBytes(row) &&
    json.every((name) => isJson(row[name] ?? null)) &&
    (schema === undefined || schema.safeParse(row).success) &&
    named(row);
}

/** Statements ignore a row that lacks what it must have, and round what is no safe number: both would go unseen. */
function fits(value: unknown, type: string, notnull: boolean): boolean {
  if (value === null) return !notnull;
  if (type === 'TEXT') return typeof value === 'string';
  if (type === 'INTEGER') return Number.isSafeInteger(value);
  return typeof value === 'number' && Number.isFinite(value);
}

/** Bytes that are no UTF-8 are read as this sign. Some texts hold the sign itself: there SQLite finds it too. */
function holdsBadBytes(row: Row): boolean {
  if (row[REPLACED] !== 0) return false;
  return Object.values(row).some((value) => typeof value === 'string' && value.includes('\ufffd'));
}

function isJson(value: unknown): boolean {
  if (value === null) return true;
  try {
    JSON.parse(String(value));
    return true;
  } catch {
    return false;
  }
}

/** Read back with JSON.parse somewhere, and nobody expects that to fail. */
const JSON_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  audit: ['details'],
  job_items: ['result'],
  jobs: ['args', 'facts', 'result', 'error'],
  merge_rows: ['before', 'after'],
  pending: ['json'],
  sends: ['result'],
};

/**
 * A message keeps the key of the time that was known first; the time may be corrected later, by the delay of a relay or by an own
 * clock that was wrong. Beyond a quarter of a year neither explains it: no connection is made with such a clock.
 */
const KEY_DRIFT_MAX_SECONDS = 92 * 86_400;

const id = z.int().positive();
const flag = z.union([z.literal(0), z.literal(1)]);
const seconds = secondsSchema.nullable();
const text = z.string().max(70_000);
const extraSchema = z.strictObject({
  quoted: quotedSchema.optional(),
  mentions: z.array(jidSchema).max(1_024).optional(),
  poll: pollSchema.optional(),
  ephemeralSeconds: z.int().nonnegative().optional(),
});
const parsedExtra = z.string().refine((value) => {
  try {
    return extraSchema.safeParse(JSON.parse(value)).success;
  } catch {
    return false;
  }
});

/** Columns that are not named here are bound only by their type. */
const ROWS: Readonly<Record<string, z.ZodType>> = {
  messages: z
    .object({
      pk: id,
      chat_id: id,
      stanza_id: stanzaIdSchema,
      from_me: flag,
      sender_id: z.int().nonnegative(),
      sent_at: secondsSchema,
      type: z.enum(messageTypes),
      text: text.nullable(),
      status: z.enum(messageStatuses).nullable(),
      edited_at: seconds,
      revoked_at: seconds,
      forwarded: flag,
      engines: z.int().min(1).max(3),
      local_time: flag,
      extra: parsedExtra.nullable(),
    })
    .refine(({ pk, sent_at }) => Math.abs(secondsOfKey(pk) - sent_at) <= KEY_DRIFT_MAX_SECONDS),
  media: z.custom<MediaRow>((row) => mediaSchema.safeParse(mediaOfRow(row as MediaRow)).success),
  message_observations: z.object({
    engine: engineNameSchema,
    via: z.enum(messagePaths),
    at: secondsSchema,
    page: z.string().max(128).nullable(),
  }),
  reactions: z.object({ person_id: id, emoji: z.string().max(64), at: secondsSchema }),
  receipts: z.object({ delivered_at: seconds, read_at: seconds, played_at: seconds }),
  revisions: z.object({ at: secondsSchema, text }),
  people: z.object({ id, pn: jidSchema.nullable(), lid: jidSchema.nullable(), blocked: flag, is_me: flag }),
  chats: z.object({
    id,
    kind: z.enum(['direct', 'group', 'community', 'newsletter', 'broadcast', 'status']),
    jid: jidSchema.nullable(),
    unread: z.int().nonnegative(),
    marked_unread: flag,
    archived: flag,
    history_end: z.enum(['start-reached', 'more-on-phone', 'unknown']).nullable(),
  }),
  aliases: z
    .object({ jid: jidSchema, kind: z.string() })
    .refine(({ jid, kind }) => tryParseJid(jid)?.kind === kind),
};

/** Any of these names a message by its key, each in pages of its own. */
const NAMES_OF_MESSAGE = [
  [
    `SELECT 1 FROM messages INDEXED BY messages_identity
     WHERE chat_id = ? AND stanza_id = ? AND from_me = ? AND sender_id = ? AND pk = ?`,
    ['chat_id', 'stanza_id', 'from_me', 'sender_id', 'pk'],
  ],
  [`SELECT 1 FROM messages INDEXED BY messages_chat WHERE chat_id = ? AND pk = ?`, ['chat_id', 'pk']],
  [`SELECT 1 FROM message_observations NOT INDEXED WHERE pk = ?`, ['pk']],
] as const;

/**
 * A sound row behind a damaged key (or a damaged chat) would stand for a message that never was: false when everything that can
 * be asked does not know it. What cannot be read says nothing against it.
 */
function createNamed(damaged: Database.Database): (row: Row) => boolean {
  const checks = NAMES_OF_MESSAGE.map(([query, columns]) => {
    let statement: Database.Statement<unknown[]> | null = null;
    return (row: Row): boolean => {
      try {
        statement ??= damaged.prepare(query);
        return statement.get(...columns.map((column) => row[column] ?? null)) !== undefined;
      } catch {
        return true;
      }
    };
  });
  return (row) => checks.some((check) => check(row));
}
