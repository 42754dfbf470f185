import type { Account } from '../../account/account.ts';
import type { SimChat } from '../../account/model.ts';
import type { PageAttributes, WebDevice } from '../contract.ts';
import { personWid, toWid } from './wids.ts';

const MARKED_UNREAD = -1;

const titleOf = (account: Account, chat: SimChat): string => {
  if (chat.group !== null) return chat.group.subject;
  const peer = chat.peer === null ? null : account.person(chat.peer);
  return peer?.bookName ?? peer?.pushName ?? `+${(peer?.pn ?? chat.jid).split('@')[0]}`;
};

/** A group or community as the page's metadata model holds it. */
export const pageGroup = (account: Account, chat: SimChat): PageAttributes | null => {
  const { group } = chat;
  if (group === null) return null;
  const subgroups =
    chat.kind === 'community' ? account.chats().filter((other) => other.group?.parent === chat.key) : [];
  return {
    id: toWid(chat.jid),
    subject: group.subject,
    subjectTime: group.subjectTime,
    creation: group.creation,
    owner: personWid(account, chat, group.owner),
    ...(group.description === null ? {} : { desc: group.description }),
    participants: group.members.map(({ person, role }) => ({
      id: personWid(account, chat, person),
      isAdmin: role !== 'member',
      isSuperAdmin: role === 'superadmin',
    })),
    announce: group.announce,
    restrict: group.locked,
    ephemeralDuration: group.ephemeralSeconds,
    isLidAddressingMode: group.addressing === 'lid',
    isParentGroup: chat.kind === 'community',
    defaultSubgroup: chat.kind === 'announcement',
    groupType: GROUP_TYPE[chat.kind],
    ...(group.parent === null ? {} : { parentGroup: toWid(account.chat(group.parent).jid) }),
    ...(chat.kind === 'community' ? { joinedSubgroups: subgroups.map(({ jid }) => toWid(jid)) } : {}),
  };
};

const GROUP_TYPE: Readonly<Record<SimChat['kind'], string>> = {
  direct: 'DEFAULT',
  group: 'DEFAULT',
  community: 'COMMUNITY',
  announcement: 'LINKED_ANNOUNCEMENT_GROUP',
  'linked-group': 'LINKED_SUBGROUP',
};

/** A chat as the page's model holds it, without its messages and metadata. */
export const pageChat = (account: Account, chat: SimChat, device: WebDevice): PageAttributes => {
  const { settings } = chat;
  return {
    /** The page never shows this one: it finds the chat again when its id changes. */
    simKey: chat.key,
    id: toWid(chat.jid),
    name: titleOf(account, chat),
    formattedTitle: titleOf(account, chat),
    t: account.message(chat.key, chat.size - 1)?.time ?? chat.group?.creation ?? 0,
    unreadCount: settings.markedUnread && chat.unreadCount === 0 ? MARKED_UNREAD : chat.unreadCount,
    archive: settings.archived,
    pin: settings.pinnedAt ?? 0,
    muteExpiration: settings.mutedUntil ?? 0,
    isReadOnly: chat.readOnly,
    isLocked: false,
    endOfHistoryTransferType: device.historyEnd(chat.key),
  };
};
