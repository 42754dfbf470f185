import { proto } from '@whiskeysockets/baileys';
import type { SimChat, SimMember } from '../../account/model.ts';
import type { ContentDeps } from '../messages/content.ts';
import { addressingOf, personJid } from '../messages/jids.ts';
import { webMessage } from '../messages/web-message.ts';

export const EndOfHistory = proto.Conversation.EndOfHistoryTransferType;

const FOREVER_SECONDS = -1;
const { Rank } = proto.GroupParticipant;

const rankOf = (member: SimMember): proto.GroupParticipant.Rank =>
  member.role === 'superadmin' ? Rank.SUPERADMIN : member.role === 'admin' ? Rank.ADMIN : Rank.REGULAR;

const groupFields = (chat: SimChat, { account }: ContentDeps): Partial<proto.IConversation> => {
  if (!chat.group) return {};
  const { group } = chat;
  const mode = addressingOf(chat);
  const parent = group.parent === null ? null : account.chat(group.parent);
  return {
    name: group.subject,
    description: group.description,
    createdAt: group.creation,
    createdBy: personJid(account, group.owner, mode),
    ephemeralExpiration: group.ephemeralSeconds,
    isParentGroup: chat.kind === 'community',
    isDefaultSubgroup: chat.kind === 'announcement',
    ...(parent ? { parentGroupId: parent.jid } : {}),
    participant: group.members.map((member) => ({
      userJid: personJid(account, member.person, mode),
      rank: rankOf(member),
    })),
  };
};

const directFields = (chat: SimChat, { account }: ContentDeps): Partial<proto.IConversation> => {
  if (chat.peer === null) return {};
  const peer = account.person(chat.peer);
  return {
    name: peer.bookName,
    ...(peer.pn === null ? {} : { pnJid: peer.pn }),
    ...(peer.lid === null ? {} : { lidJid: peer.lid }),
  };
};

/** Everything about a chat but its messages. */
export const chatHeader = (chat: SimChat, deps: ContentDeps): proto.IConversation => {
  const newest = deps.account.message(chat.key, chat.size - 1);
  const { settings } = chat;
  return {
    id: chat.jid,
    unreadCount: chat.unreadCount,
    readOnly: chat.readOnly,
    archived: settings.archived,
    markedAsUnread: settings.markedUnread,
    pinned: settings.pinnedAt ?? 0,
    muteEndTime: settings.mutedUntil === FOREVER_SECONDS ? -1 : (settings.mutedUntil ?? 0),
    ...(newest ? { conversationTimestamp: newest.time, lastMsgTimestamp: newest.time } : {}),
    ...groupFields(chat, deps),
    ...directFields(chat, deps),
  };
};

/** Messages with index `from` up to but without `to`, newest first, as history carries them. */
export const historyMessages = (
  chat: SimChat,
  from: number,
  to: number,
  deps: ContentDeps,
): proto.IHistorySyncMsg[] => {
  const messages: proto.IHistorySyncMsg[] = [];
  for (let index = to - 1; index >= from; index--) {
    const message = deps.account.message(chat.key, index);
    if (message && !message.deletedForMe)
      messages.push({ message: webMessage(message, chat, deps), msgOrderId: index + 1 });
  }
  return messages;
};
