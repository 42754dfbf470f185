import { call } from './link.js';
import { define } from './registry.js';

const sendSeen = async ({ chat }) => {
  await call('send_seen', { chat: String(chat.id) });
  chat.set({ unreadCount: 0 });
};

define('WAWebUpdateUnreadChatAction', () => ({ sendSeen }));
