/**
 * Every error that Tandem shows to anybody, in one place. The reference page is generated from it
 * and the codes are pinned by a test: they are part of the public surface.
 *
 * `what` says what happened, `next` what the reader can do now. Both are shown to people and to
 * assistants, so neither ever holds data of an account; facts of the single case go into `details`.
 */
export interface ErrorEntry {
  readonly status: number;
  readonly retriable: boolean;
  readonly what: string;
  readonly next: string;
}

function entry(status: number, retriable: boolean, what: string, next: string): ErrorEntry {
  return Object.freeze({ status, retriable, what, next });
}

const linking = {
  NOT_AUTHENTICATED: entry(
    401,
    false,
    'No WhatsApp account is linked to this engine.',
    'Call authenticate (or run `tandem link`) and scan the QR code or enter the pairing code on the phone.',
  ),
  AUTH_RATE_LIMITED: entry(
    429,
    true,
    'Too many attempts to link a device.',
    'Wait for the time given, then try once; do not loop.',
  ),
  AUTH_COOLDOWN: entry(
    429,
    true,
    'Linking rests after repeated failures.',
    'Wait for the time given before the next attempt.',
  ),
  AUTH_PAIRING_FAILED: entry(
    400,
    true,
    'WhatsApp refused the pairing.',
    'Check the phone number, or link by QR code instead.',
  ),
  AUTH_CODE_EXPIRED: entry(408, true, 'The pairing code has expired.', 'Ask for a new code.'),
  AUTH_QR_EXPIRED: entry(
    408,
    true,
    'No QR code was scanned in time.',
    'Call authenticate again and scan the new QR code.',
  ),
  AUTH_LINK_TIMEOUT: entry(
    408,
    true,
    'The link was not confirmed on the phone in time.',
    'Open WhatsApp on the phone, Linked devices, and try again.',
  ),
  DEVICE_REMOVED: entry(
    410,
    false,
    'This device was removed from the account on the phone, or logged out.',
    'Link the engine again; stored messages are kept.',
  ),
  SESSION_REPLACED: entry(
    409,
    false,
    'Another process is connected with the same device credentials.',
    'Stop the other process, then restart this engine.',
  ),
  ACCOUNT_BANNED: entry(
    403,
    false,
    'WhatsApp refuses this account.',
    'Open WhatsApp on the phone and follow what it says; Tandem does not retry by itself.',
  ),
  MULTIDEVICE_MISMATCH: entry(
    409,
    false,
    'The phone does not support linked devices of this kind.',
    'Update WhatsApp on the phone and link again.',
  ),
  ACCOUNT_MISMATCH: entry(
    409,
    false,
    'The engine is linked to another account than the one this data directory holds.',
    'Unlink it and link it with the right phone, or use another data directory.',
  ),
  QR_NOT_AVAILABLE: entry(
    404,
    true,
    'There is no QR code to show yet.',
    'Call authenticate, or wait some seconds and ask again.',
  ),
  LOGOUT_PARTIAL: entry(
    207,
    false,
    'The local session is gone, but WhatsApp did not confirm the logout.',
    'Remove the device on the phone under Linked devices.',
  ),
} as const;

const connection = {
  NOT_CONNECTED: entry(
    503,
    true,
    'The engine is linked but not connected to WhatsApp now.',
    'Wait for the automatic reconnection, then try again.',
  ),
  CONNECTION_LOST: entry(
    503,
    true,
    'The connection to WhatsApp was lost while the request was under way.',
    'The engine reconnects by itself; try again.',
  ),
  CONNECTION_DNS_FAILED: entry(
    502,
    true,
    'The name of a WhatsApp host cannot be resolved.',
    'Check the network and its name server; in a container, set one with --dns.',
  ),
  CONNECTION_TLS_FAILED: entry(
    502,
    false,
    'No secure connection to a WhatsApp host can be made.',
    'Check the clock of this machine, and whether a proxy on the way opens secure connections.',
  ),
  CONNECTION_REJECTED: entry(
    502,
    true,
    'WhatsApp rejected the connection.',
    'Wait some minutes; check VPN, proxy and clock if it lasts.',
  ),
  CLIENT_OUTDATED: entry(502, false, 'WhatsApp refuses this client version.', 'Update Tandem.'),
  ENGINE_STARTING: entry(503, true, 'The engine is still starting.', 'Try again in some seconds.'),
  ENGINE_START_FAILED: entry(
    500,
    true,
    'The engine process could not be started.',
    'Run `tandem doctor`; the details name the stage that failed.',
  ),
  ENGINE_UNREACHABLE: entry(
    503,
    true,
    'The engine process does not answer.',
    'It is restarted by itself; try again in some seconds.',
  ),
  NO_HEALTHY_ENGINE: entry(
    503,
    true,
    'No engine can serve this request now.',
    'See the reason for each engine in the details, or call backend_status.',
  ),
  CAPABILITY_UNAVAILABLE: entry(
    501,
    false,
    'No configured engine offers this capability.',
    'The details name the engines that could; enable one of them.',
  ),
  ENGINE_TIMEOUT: entry(504, true, 'The engine did not answer in time.', 'Reads can be repeated at once.'),
  ENGINE_PROTOCOL: entry(
    502,
    false,
    'The engine sent something that does not fit the contract.',
    'Both processes must be of the same Tandem version; restart the service.',
  ),
  ENGINE_SECRET_WRONG: entry(
    502,
    false,
    'The engine does not accept the secret of this service.',
    'Give the service and the engine the same TANDEM_ENGINE_SECRET_FILE, and restart the one that had another; the service tries again every minute.',
  ),
  WHATSAPP_API_ERROR: entry(
    502,
    true,
    'WhatsApp answered with an error.',
    'The upstream code is in the details; wait before repeating.',
  ),
  PHONE_OFFLINE: entry(
    503,
    true,
    'The phone did not answer; it serves older history itself.',
    'Open WhatsApp on the phone, keep it online, and try again.',
  ),
  DELIVERY_UNKNOWN: entry(
    504,
    false,
    'The message may or may not have been sent.',
    'Look into the chat before sending it again; do not repeat blindly.',
  ),
  RECOVERY_IN_PROGRESS: entry(
    409,
    true,
    'This engine is being recovered already.',
    'Wait for the recovery under way; backend_status shows it.',
  ),
  COOLDOWN_ACTIVE: entry(
    409,
    true,
    'This engine was recovered a moment ago.',
    'Wait for the time given before the next attempt.',
  ),
  BROWSER_MISSING: entry(
    500,
    false,
    'No browser was found for the webjs engine.',
    'Run `npx tandem doctor --get-browser`, install Chromium or Chrome, or set TANDEM_WEBJS_EXECUTABLE to one; until then the other engine serves alone.',
  ),
  SEND_FAILED: entry(
    502,
    false,
    'WhatsApp did not accept the message.',
    'The upstream code is in the details; the message was not delivered.',
  ),
} as const;

const input = {
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
  TEXT_TOO_LONG: entry(413, false, 'The text is too long.', 'Shorten it; the limit is in the details.'),
  QUERY_TOO_LONG: entry(413, false, 'The query is too long.', 'Shorten it; the limit is in the details.'),
  RECIPIENT_NOT_FOUND: entry(
    404,
    false,
    'No chat or contact fits this recipient.',
    'Search with search_contacts, or give the number in international form.',
  ),
  RECIPIENT_AMBIGUOUS: entry(
    409,
    false,
    'More than one chat or contact fits.',
    'Choose one of the candidates in the details and use its id.',
  ),
  CHAT_NOT_FOUND: entry(
    404,
    false,
    'There is no such chat in the history.',
    'See the candidates in the details, or list_chats.',
  ),
  CONTACT_NOT_FOUND: entry(
    404,
    false,
    'There is no such contact.',
    'Try search_contacts with a part of the name or the number.',
  ),
  GROUP_NOT_FOUND: entry(404, false, 'There is no such group.', 'Try list_groups.'),
  COMMUNITY_NOT_FOUND: entry(404, false, 'There is no such community.', 'Try list_communities.'),
  NOT_A_COMMUNITY: entry(
    400,
    false,
    'This chat is not a community.',
    'Try list_communities for the communities of this account.',
  ),
  NOT_GROUP_ADMIN: entry(
    403,
    false,
    'Only admins of this group may do that.',
    'Ask an admin of the group; get_group_info shows who they are.',
  ),
  NOT_GROUP_MEMBER: entry(403, false, 'This account is not in the group.', 'Ask a member to add it.'),
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
  JOB_NOT_FOUND: entry(
    404,
    false,
    'There is no such job.',
    'Check the id; jobs that ended long ago are removed.',
  ),
  JOB_ENDED: entry(
    409,
    false,
    'This job has ended already.',
    'Look at its result with get_job; start a new one when there is more to do.',
  ),
  SYNC_IN_PROGRESS: entry(
    409,
    true,
    'Another job is fetching the history of this chat with other limits.',
    'Follow that job with get_job, or cancel it first; its id is in the details.',
  ),
  NO_ACTIVE_SYNC: entry(
    404,
    false,
    'No history of this chat is being fetched.',
    'list_jobs shows what runs; fetch_history starts it.',
  ),
  NO_CHECKPOINT: entry(
    404,
    false,
    'There is nothing to resume for this chat.',
    'Start with fetch_history without resume.',
  ),
  JOB_FENCED: entry(
    409,
    false,
    'Another worker has taken over this job.',
    'Nothing was changed; whoever took it over goes on from what is stored.',
  ),
} as const;

const access = {
  TOOL_NOT_FOUND: entry(404, false, 'There is no such tool.', 'See the near matches in the details.'),
  TOOL_DISABLED: entry(
    403,
    false,
    'This tool is switched off.',
    'The operator can allow it; the setting is in the details.',
  ),
  RATE_LIMITED: entry(429, true, 'Too many requests of this kind.', 'Wait for the time given.'),
  ACCESS_DENIED: entry(
    401,
    false,
    'The request carries no valid access token.',
    'Send the token as `Authorization: Bearer …`; the operator finds it with `tandem status --token`.',
  ),
  ORIGIN_DENIED: entry(
    403,
    false,
    'Requests from this origin or host are not accepted.',
    'Use the address the service listens on, or add it to the allowed list in the settings.',
  ),
  SESSION_NOT_FOUND: entry(
    404,
    false,
    'This MCP session is unknown or has ended.',
    'Initialize a new session.',
  ),
  TOO_MANY_SESSIONS: entry(
    503,
    true,
    'The service holds as many MCP sessions as it accepts.',
    'Close an idle client and try again.',
  ),
  ROUTE_NOT_FOUND: entry(404, false, 'There is nothing at this address.', 'See docs for the routes.'),
} as const;

const system = {
  CONFIG_INVALID: entry(
    500,
    false,
    'A setting has a value that does not fit.',
    'Correct the settings named in the details; docs/reference/settings.md lists them all.',
  ),
  INSECURE_LISTENER: entry(
    500,
    false,
    'The service refuses to listen beyond this machine without an access token.',
    'Set TANDEM_TOKEN (32 characters or more), or listen on 127.0.0.1.',
  ),
  PORT_IN_USE: entry(
    500,
    false,
    'The port is taken by another program.',
    'Stop that program or choose another port; the details name it.',
  ),
  INSTANCE_ALREADY_RUNNING: entry(
    409,
    false,
    'Another Tandem owns this data directory.',
    'Use the running one, stop it, or choose another TANDEM_DATA_DIR.',
  ),
  NOT_RUNNING: entry(
    503,
    true,
    'No Tandem service is running for this data directory.',
    'Start it with `tandem up`.',
  ),
  DATA_DIR_UNUSABLE: entry(
    500,
    false,
    'The data directory cannot be used.',
    'Check that it exists on a writable disk and belongs to you.',
  ),
  DB_LOCKED: entry(
    503,
    true,
    'The database is held by another process.',
    'Close the other program and try again.',
  ),
  DB_CORRUPT: entry(
    500,
    false,
    'The database file is damaged.',
    'Stop Tandem and run `tandem repair`: it saves what can be read of the history and keeps the damaged file. The link to the phone is kept apart and not affected.',
  ),
  DB_READ_ONLY: entry(
    507,
    false,
    'The database cannot be written.',
    'Make the data directory writable and restart.',
  ),
  DB_DISK_FULL: entry(
    507,
    true,
    'The disk is full.',
    'Free some space; Tandem goes on by itself, nothing that arrived is lost.',
  ),
  DB_MIGRATION_FAILED: entry(
    500,
    false,
    'The database could not be brought to this version.',
    'The file is unchanged; see the log, or go back to the earlier version of Tandem.',
  ),
  DATABASE_ERROR: entry(500, true, 'The database reported an error.', 'Run `tandem doctor`.'),
  QUEUE_UNAVAILABLE: entry(
    503,
    true,
    'The job queue does not answer.',
    'Try again in a minute. If REDIS_URL is set, see that Redis runs there; jobs are kept in the database and go on by themselves.',
  ),
  NODE_TOO_OLD: entry(
    500,
    false,
    'This Node.js is too old for Tandem.',
    'Use Node 22.18 or newer, or run Tandem through npm, which brings its own.',
  ),
  SHUTTING_DOWN: entry(503, true, 'The service is shutting down.', 'Try again when it is back.'),
  INTERNAL_ERROR: entry(
    500,
    false,
    'Something went wrong inside Tandem.',
    'Report it with the correlation id from the details; the log has more.',
  ),
} as const;

export const errorCatalogue = Object.freeze({ ...linking, ...connection, ...input, ...access, ...system });

export type ErrorCode = keyof typeof errorCatalogue;
