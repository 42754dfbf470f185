import type { Tool } from '#mcp/tool.ts';
import { archiveChat } from './archive_chat.ts';
import { authenticate } from './authenticate.ts';
import { backendStatus } from './backend_status.ts';
import { blockContact } from './block_contact.ts';
import { cancelSync } from './cancel_sync.ts';
import { checkIsOnWhatsapp } from './check_is_on_whatsapp.ts';
import { clearTempStorage } from './clear_temp_storage.ts';
import { deleteMessage } from './delete_message.ts';
import { downloadMedia } from './download_media.ts';
import { editMessage } from './edit_message.ts';
import { exportChatData } from './export_chat_data.ts';
import { fetchHistory } from './fetch_history.ts';
import { fetchHistoryBulk } from './fetch_history_bulk.ts';
import { fetchMedia } from './fetch_media.ts';
import { forceResync } from './force_resync.ts';
import { forwardMessage } from './forward_message.ts';
import { getBlockedContacts } from './get_blocked_contacts.ts';
import { getBulkSyncStatus } from './get_bulk_sync_status.ts';
import { getChat } from './get_chat.ts';
import { getCommunityGroups } from './get_community_groups.ts';
import { getConnectionStatus } from './get_connection_status.ts';
import { getGroupInfo } from './get_group_info.ts';
import { getHistorySyncStatus } from './get_history_sync_status.ts';
import { getJob } from './get_job.ts';
import { getLastInteraction } from './get_last_interaction.ts';
import { getLinkedDevices } from './get_linked_devices.ts';
import { getMessageById } from './get_message_by_id.ts';
import { getMessageContext } from './get_message_context.ts';
import { getMessageStatistics } from './get_message_statistics.ts';
import { getProfilePicture } from './get_profile_picture.ts';
import { getQrCode } from './get_qr_code.ts';
import { getSyncCheckpoints } from './get_sync_checkpoints.ts';
import { getSyncStatus } from './get_sync_status.ts';
import { getToolInfo } from './get_tool_info.ts';
import { listChats } from './list_chats.ts';
import { listCommunities } from './list_communities.ts';
import { listGroups } from './list_groups.ts';
import { listJobs } from './list_jobs.ts';
import { listMessages } from './list_messages.ts';
import { logout } from './logout.ts';
import { markChatRead } from './mark_chat_read.ts';
import { markChatsRead } from './mark_chats_read.ts';
import { markCommunityAsRead } from './mark_community_as_read.ts';
import { markCommunityAsReadWithHistory } from './mark_community_as_read_with_history.ts';
import { markMessagesRead } from './mark_messages_read.ts';
import { muteChat } from './mute_chat.ts';
import { pauseJob } from './pause_job.ts';
import { pinChat } from './pin_chat.ts';
import { ping } from './ping.ts';
import { purgeOldMessages } from './purge_old_messages.ts';
import { querySyncedMessages } from './query_synced_messages.ts';
import { rebuildSearchIndex } from './rebuild_search_index.ts';
import { resolveContact } from './resolve_contact.ts';
import { restartEngine } from './restart_engine.ts';
import { resumeSync } from './resume_sync.ts';
import { retrieveFullHistory } from './retrieve_full_history.ts';
import { runDiagnostics } from './run_diagnostics.ts';
import { searchContacts } from './search_contacts.ts';
import { searchMessages } from './search_messages.ts';
import { sendMessage } from './send_message.ts';
import { sendReaction } from './send_reaction.ts';
import { setContactName } from './set_contact_name.ts';
import type { ToolServices } from './shared/services.ts';
import { smartSyncAndSearch } from './smart_sync_and_search.ts';
import { syncHistoryToDatabase } from './sync_history_to_database.ts';
import { unarchiveChat } from './unarchive_chat.ts';
import { unblockContact } from './unblock_contact.ts';
import { unmuteChat } from './unmute_chat.ts';
import { unpinChat } from './unpin_chat.ts';
import { waitForMessage } from './wait_for_message.ts';

/** Every tool there is, in listing order within its toolset. */
export const allTools: readonly Tool<ToolServices>[] = Object.freeze([
  getConnectionStatus,
  authenticate,
  getSyncStatus,
  retrieveFullHistory,
  getJob,
  cancelSync,
  backendStatus,
  getToolInfo,
  listChats,
  getChat,
  markChatRead,
  listMessages,
  searchMessages,
  getMessageById,
  getMessageContext,
  fetchHistory,
  sendMessage,
  sendReaction,
  editMessage,
  deleteMessage,
  forwardMessage,
  markMessagesRead,
  archiveChat,
  unarchiveChat,
  pinChat,
  unpinChat,
  muteChat,
  unmuteChat,
  markChatsRead,
  markCommunityAsRead,
  markCommunityAsReadWithHistory,
  searchContacts,
  resolveContact,
  getLastInteraction,
  checkIsOnWhatsapp,
  getProfilePicture,
  setContactName,
  getBlockedContacts,
  blockContact,
  unblockContact,
  getGroupInfo,
  listGroups,
  listCommunities,
  getCommunityGroups,
  downloadMedia,
  getMessageStatistics,
  querySyncedMessages,
  waitForMessage,
  fetchHistoryBulk,
  getBulkSyncStatus,
  getHistorySyncStatus,
  getSyncCheckpoints,
  listJobs,
  pauseJob,
  resumeSync,
  smartSyncAndSearch,
  syncHistoryToDatabase,
  fetchMedia,
  exportChatData,
  ping,
  runDiagnostics,
  getLinkedDevices,
  getQrCode,
  restartEngine,
  forceResync,
  rebuildSearchIndex,
  clearTempStorage,
  purgeOldMessages,
  logout,
]);
