import { rememberEarlier } from './chats.js';
import { call } from './link.js';
import { define } from './registry.js';

/** As in the wire protocol: what a device may ask of the phone. */
const HISTORY_SYNC_ON_DEMAND = 3;

const loadEarlierMsgs = async ({ chat }) => {
  const { messages, oldestRow } = await call('load_earlier', {
    chat: String(chat.id),
    before: chat.oldestRow,
  });
  const earlier = rememberEarlier(chat, messages);
  // Rows of messages that are gone leave no trace, but the next page begins before them.
  chat.oldestRow = Math.min(chat.oldestRow ?? oldestRow, oldestRow);
  return earlier;
};

const sendPeerDataOperationRequest = async (type, { chatId }) => {
  if (type !== HISTORY_SYNC_ON_DEMAND) return;
  await call('history_request', { chat: String(chatId) });
};

define('WAWebChatLoadMessages', () => ({ loadEarlierMsgs }));
define('WAWebSendNonMessageDataRequest', () => ({ sendPeerDataOperationRequest }));
