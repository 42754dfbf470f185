import type { Capability } from '#engines/contract/capability.ts';

/** What a tool asks, or may be told to ask, of an engine; one that is not named here is answered from the store alone. */
export const capabilitiesOfTools: Readonly<Record<string, readonly Capability[]>> = {
  authenticate: ['link.qr', 'link.code'],
  get_qr_code: ['link.qr'],
  get_connection_status: ['session.probe'],
  logout: ['session.logout'],
  mark_chat_read: ['chat.markRead', 'message.markRead'],
  mark_messages_read: ['message.markRead', 'chat.markRead'],
  send_message: ['send.text', 'contact.lookup', 'group.read'],
  send_reaction: ['message.react'],
  edit_message: ['message.edit'],
  delete_message: ['message.revoke', 'group.read'],
  forward_message: ['message.forward', 'contact.lookup', 'group.read'],
  archive_chat: ['chat.archive'],
  unarchive_chat: ['chat.archive'],
  pin_chat: ['chat.pin'],
  unpin_chat: ['chat.pin'],
  mute_chat: ['chat.mute'],
  unmute_chat: ['chat.mute'],
  get_group_info: ['group.read'],
  list_chats: ['group.read'],
  get_chat: ['group.read'],
  list_messages: ['media.download'],
  get_community_groups: ['community.read'],
};
