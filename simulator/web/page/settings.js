import { call } from './link.js';
import { Cmd } from './socket.js';

/** The models change when the server tells of it, as it does before it answers. */
const about = (chat) => ({ chat: String(chat.id) });

Cmd.archiveChat = (chat, archived) => call('archive_chat', { ...about(chat), archived });
Cmd.pinChat = (chat, pinned) => call('pin_chat', { ...about(chat), pinned });
Cmd.markChatUnread = (chat) => call('mark_unread', about(chat));
