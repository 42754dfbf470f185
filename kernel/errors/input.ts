import { entry } from './entry.ts';

/** What a caller asked for does not fit. */
export const input = {
  VALIDATION_ERROR: entry(
    400,
    false,
    'The input does not fit.',
    'The details name each field and what is expected.',
  ),
  INVALID_JID: entry(
    400,
    false,
    'This is not a WhatsApp id.',
    'Use a name, a phone number in international form, or an id ending in @s.whatsapp.net, @lid or @g.us.',
  ),
  INVALID_PHONE_FORMAT: entry(
    400,
    false,
    'This is not a phone number in international form.',
    'Write the country code first, for example +4915112345678.',
  ),
  INVALID_TIME: entry(
    400,
    false,
    'This is not a point in time.',
    'Use ISO 8601, for example 2026-03-01 or 2026-03-01T09:30:00+01:00.',
  ),
  INVALID_CURSOR: entry(
    400,
    false,
    'The cursor does not belong to this query or has expired.',
    'Repeat the query without a cursor.',
  ),
  QUERY_TIMEOUT: entry(
    504,
    true,
    'Looking through the history took too long and was given up.',
    'Narrow it: name a chat, or give a shorter time with after and before.',
  ),
  WAIT_TIMEOUT: entry(
    408,
    true,
    'No such message came in the time asked for.',
    'Wait again, or look with list_messages; a quiet chat is no fault.',
  ),
  EXPORT_TOO_LARGE: entry(
    413,
    false,
    'The export would become larger than allowed.',
    'Export a shorter time with after and before, fewer messages, or leave the files out.',
  ),
  EXPORT_NOT_FOUND: entry(
    404,
    false,
    'There is no such export, or it was removed after a day.',
    'Export the chat again.',
  ),
  EXPORT_LINK_EXPIRED: entry(
    410,
    false,
    'This link to an export has run out.',
    'Ask for a new link; the file itself is kept for a day.',
  ),
  TEXT_TOO_LONG: entry(413, false, 'The text is too long.', 'Shorten it; the limit is in the details.'),
  QUERY_TOO_LONG: entry(413, false, 'The query is too long.', 'Shorten it; the limit is in the details.'),
} as const;
