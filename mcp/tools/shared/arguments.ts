import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { messageTypes } from '#engines/contract/message.ts';
import { REFERENCE_MAX_CHARS, SEARCH_QUERY_MAX_CHARS } from '#kernel/limits.ts';

/** Arguments that several tools share, so that one meaning has one name and one wording everywhere. */
const reference = z.string().min(1).max(REFERENCE_MAX_CHARS);

export const chatArgument = reference.describe('Chat: name, phone number or id (JID).');
export const contactArgument = reference.describe('Person: name, phone number or id (JID).');
export const senderArgument = reference.describe('Only from this person: name, number, id, or "me".');
export const groupArgument = reference.describe('Group: name or id (…@g.us).');
export const communityArgument = reference.describe('Community: name or id (…@g.us).');
export const messageIdArgument = reference.describe(
  'Message id as in results; the forms of other servers (chat:id, true_chat_id) work too.',
);

/** No upper limit here: the service answers too long a query with its own code. */
export const queryArgument = (meaning: string) =>
  z.string().min(1).describe(`${meaning} Up to ${SEARCH_QUERY_MAX_CHARS} characters.`);

export const afterArgument = z
  .string()
  .describe('Sent at or after: ISO 8601 or YYYY-MM-DD (start of that day).');
export const beforeArgument = z.string().describe('Sent before: ISO 8601 or YYYY-MM-DD (start of that day).');

export const typeArgument = z.enum(messageTypes).describe('Only messages of this type.');
export const engineArgument = engineNameSchema.describe('Only this engine.');

export const limitArgument = (fallback: number, max: number) =>
  z.int().min(1).max(max).default(fallback).describe(`How many, up to ${max}.`);

const cursorArgument = z
  .string()
  .max(2_000)
  .optional()
  .describe('next_cursor of the previous result, with the same arguments.');
const pageArgument = z
  .int()
  .min(0)
  .max(100_000)
  .optional()
  .describe('Page number from 0, instead of cursor.');

const offsetArgument = z
  .int()
  .min(0)
  .max(1_000_000)
  .optional()
  .describe('How many to skip, instead of cursor.');

/** The three ways to walk through a list. */
export const pagingArguments = { cursor: cursorArgument, page: pageArgument, offset: offsetArgument };

export const maxTextArgument = z
  .int()
  .min(20)
  .max(70_000)
  .optional()
  .describe('Cut each text to this many characters.');
export const formatArgument = z
  .enum(['concise', 'detailed'])
  .default('concise')
  .describe('detailed adds aliases, mentions and which engine saw what.');

/** Names that other servers use for the same arguments. */
export const chatAliases = { chat_jid: 'chat', chat_id: 'chat', jid: 'chat', chatId: 'chat' } as const;
export const communityAliases = {
  community_jid: 'community',
  communityJid: 'community',
  jid: 'community',
} as const;
export const filterAliases = {
  ...chatAliases,
  sender_phone_number: 'sender',
  sender_jid: 'sender',
  from: 'sender',
  since: 'after',
  after_time: 'after',
  start_date: 'after',
  until: 'before',
  before_time: 'before',
  end_date: 'before',
} as const;
export const queryAliases = { filter: 'query', content: 'query', search: 'query', text: 'query' } as const;
export const messageIdAliases = { ...chatAliases, messageId: 'message_id', id: 'message_id' } as const;
