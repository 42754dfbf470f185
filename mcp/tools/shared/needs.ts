import type { Capability } from '#engines/contract/capability.ts';

/** What a tool asks of an engine; a tool that is not named here is answered from the store alone. */
export const capabilitiesOfTools: Readonly<Record<string, readonly Capability[]>> = {
  authenticate: ['link.qr', 'link.code'],
  get_qr_code: ['link.qr'],
  get_connection_status: ['session.probe'],
  logout: ['session.logout'],
  mark_chat_read: ['chat.markRead', 'message.markRead'],
  send_message: ['send.text'],
  get_group_info: ['group.read'],
  get_community_groups: ['community.read'],
};
