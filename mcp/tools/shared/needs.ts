import type { Capability } from '#engines/contract/capability.ts';

/** What a tool asks, or may be told to ask, of an engine; one that is not named here is answered from the store alone. */
export const capabilitiesOfTools: Readonly<Record<string, readonly Capability[]>> = {
  authenticate: ['link.qr', 'link.code'],
  get_qr_code: ['link.qr'],
  get_connection_status: ['session.probe'],
  logout: ['session.logout'],
  mark_chat_read: ['chat.markRead', 'message.markRead'],
  send_message: ['send.text'],
  get_group_info: ['group.read'],
  list_chats: ['group.read'],
  get_chat: ['group.read'],
  list_messages: ['media.download'],
  get_community_groups: ['community.read'],
};
