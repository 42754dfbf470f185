import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';

const MAX_MESSAGES_MAX = 10_000;
const MAX_MESSAGES_DEFAULT = 1_000;

/** Arguments and errors that the tools have in common that ask the phone for older history. */
export const maxMessagesArgument = z
  .int()
  .min(1)
  .max(MAX_MESSAGES_MAX)
  .default(MAX_MESSAGES_DEFAULT)
  .describe(`How many older messages at most, 1 to ${MAX_MESSAGES_MAX}; for each chat.`);

export const sinceArgument = z
  .string()
  .optional()
  .describe('Back to this time, nothing older: ISO 8601 or YYYY-MM-DD.');

/** What callers may call it besides; `until` was its first name. */
export const sinceAliases = { until: 'since', after: 'since' } as const;

export const enginesArgument = z
  .array(engineNameSchema)
  .min(1)
  .max(engineNameSchema.options.length)
  .optional()
  .describe('Only through these engines; whichever can, by default.');

export const fetchErrors = ['CHAT_NOT_FOUND', 'RECIPIENT_AMBIGUOUS', 'INVALID_TIME'] as const;

/** What everybody should know about older history. */
export const phonePitfall =
  'The phone hands older messages out, so it must be on and online; while it is not the job waits and goes on by itself.';
export const promisePitfall =
  'Nobody promises completeness: phones often do not have, or do not hand out, what is years old. get_sync_status with chat says what is held and proven.';
