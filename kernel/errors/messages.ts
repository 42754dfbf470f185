import { entry } from './entry.ts';

/** Messages and their files. */
export const messages = {
  MESSAGE_NOT_FOUND: entry(
    404,
    false,
    'There is no such message in the history.',
    'Check the id and the chat; older messages may not have been fetched yet.',
  ),
  MESSAGE_AMBIGUOUS: entry(
    409,
    false,
    'Several chats hold a message with this id.',
    'Give the chat too; the candidates are in the details.',
  ),
  NO_ANCHOR_MESSAGE: entry(
    409,
    false,
    'Older history can only be asked for from a message that is already known, and this chat has none.',
    'Wait until one message of the chat has arrived.',
  ),
  NO_MEDIA_CONTENT: entry(400, false, 'This message carries no media.', 'Choose a message with media.'),
  MEDIA_EXPIRED: entry(
    410,
    false,
    'The media is no longer on the server.',
    'Ask the sender, or look on the phone.',
  ),
  MEDIA_METADATA_MISSING: entry(
    404,
    false,
    'The message came without what is needed to fetch its file.',
    'Look on the phone; an engine that has the chat open may still have it.',
  ),
  FILE_TOO_LARGE: entry(413, false, 'The file is larger than allowed.', 'The limit is in the details.'),
  MEDIA_QUOTA_EXCEEDED: entry(
    413,
    false,
    'The folder for media is full.',
    'Remove files from the media folder, or raise TANDEM_MEDIA_QUOTA_MB.',
  ),
  DOWNLOAD_RATE_LIMITED: entry(429, true, 'Too many downloads.', 'Wait for the time given.'),
  EDIT_WINDOW_EXPIRED: entry(
    410,
    false,
    'The message is too old to be edited.',
    'WhatsApp allows it for about 15 minutes. Send a new message instead.',
  ),
  DELETE_WINDOW_EXPIRED: entry(
    410,
    false,
    'The message is too old to be deleted for everyone.',
    'WhatsApp allows it for about two days. Use scope `me` to remove it from the own devices.',
  ),
  NOT_OWN_MESSAGE: entry(
    403,
    false,
    'Only own messages can be changed in this way.',
    'Choose a message that this account has sent.',
  ),
  MAX_PINS_REACHED: entry(
    409,
    false,
    'Three chats are pinned already.',
    'Unpin one of them first; list_chats shows which they are.',
  ),
  PRIVACY_RESTRICTED: entry(
    403,
    false,
    'The other person does not show this.',
    'Nothing to do: it is their privacy setting.',
  ),
  MISSING_IDENTIFIER: entry(400, false, 'Nobody is named.', 'Give one of the fields that name the person.'),
  MEDIA_DOWNLOAD_FAILED: entry(502, true, 'The media could not be downloaded.', 'Try again.'),
  IDEMPOTENCY_KEY_REUSED: entry(
    409,
    false,
    'This idempotency key was used for a different request.',
    'Use a new key for a new request.',
  ),
} as const;
