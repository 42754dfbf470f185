/** What is missing of a chat is a hole with no message above it, such as after an outage in which nobody wrote. */
export const NOTHING_TO_ASK =
  'Everything that can be asked for is there. What is still missing is closed by the next message of its chat, or by itself when WhatsApp says that it has handed over everything.';

export const NOTHING_STORED =
  'No message of this chat is stored, so there is nothing to ask from. Once one arrives, fetch_history works.';

export const PURGED =
  'What is older was deleted from the store on purpose (purge_old_messages in the tool set admin, or TANDEM_RETENTION_DAYS) and is not fetched again.';
