import { createHash } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { Account } from './account.ts';
import { jidInChat } from './addressing.ts';
import type { DeliveryStatus, SimChat, SimMessage } from './model.ts';
import { ME } from './model.ts';
import { type ProtoContext, toEdit, toKey, toMessage } from './proto-content.ts';

const SECOND_MS = 1_000;
const STUB = proto.WebMessageInfo.StubType;
const STATUS: Readonly<Record<DeliveryStatus, proto.WebMessageInfo.Status>> = {
  pending: proto.WebMessageInfo.Status.PENDING,
  server: proto.WebMessageInfo.Status.SERVER_ACK,
  delivered: proto.WebMessageInfo.Status.DELIVERY_ACK,
  read: proto.WebMessageInfo.Status.READ,
  played: proto.WebMessageInfo.Status.PLAYED,
};

/** Reactions are messages of their own, with ids of their own. */
const reactionId = (message: SimMessage, person: string, time: number): string =>
  `3A${createHash('sha256').update(`${message.id}/${person}/${time}`).digest('hex').slice(0, 18).toUpperCase()}`;

/** A message in its final state, as the phone hands over history. */
export const toWebMessage = (context: ProtoContext, message: SimMessage): proto.IWebMessageInfo => {
  const { account } = context;
  const chat = account.chat(message.chat);
  const participant =
    chat.group === null || message.fromMe ? undefined : jidInChat(account, chat, message.sender);
  const frame: proto.IWebMessageInfo = {
    key: toKey(context, message),
    messageTimestamp: message.time,
    ...(participant === undefined ? {} : { participant }),
    ...(message.fromMe
      ? { status: STATUS[message.status] }
      : { pushName: account.person(message.sender).pushName }),
    ...(message.starred ? { starred: true } : {}),
  };
  if (message.content.type === 'notice')
    return {
      ...frame,
      messageStubType: STUB.GROUP_CREATE,
      messageStubParameters: [chat.group?.subject ?? ''],
    };
  if (message.revoked !== null)
    return {
      ...frame,
      messageStubType: STUB.REVOKE,
      messageStubParameters:
        message.revoked.by === message.sender ? [] : [jidInChat(account, chat, message.revoked.by)],
      revokeMessageTimestamp: message.revoked.time,
    };
  const edit = message.revisions.at(-1);
  return {
    ...frame,
    // The phone does not replace the text of an edited message in history: it wraps the last edit.
    message:
      edit === undefined
        ? toMessage(context, message)
        : { editedMessage: { message: toEdit(context, message, edit.text, edit.time) } },
    reactions: message.reactions.map((reaction) => ({
      key: {
        remoteJid: chat.jid,
        fromMe: reaction.person === ME,
        id: reactionId(message, reaction.person, reaction.time),
        ...(chat.group === null ? {} : { participant: jidInChat(account, chat, reaction.person) }),
      },
      text: reaction.emoji,
      senderTimestampMs: reaction.time * SECOND_MS,
    })),
    userReceipt: message.receipts.map((receipt) => ({
      userJid: jidInChat(account, chat, receipt.person),
      receiptTimestamp: receipt.deliveredAt,
      readTimestamp: receipt.readAt,
    })),
  };
};

const RANK = {
  member: proto.GroupParticipant.Rank.REGULAR,
  admin: proto.GroupParticipant.Rank.ADMIN,
  superadmin: proto.GroupParticipant.Rank.SUPERADMIN,
} as const;

const groupFields = (account: Account, chat: SimChat): proto.IConversation => {
  const { group } = chat;
  if (group === null) return {};
  return {
    name: group.subject,
    description: group.description,
    createdAt: group.creation,
    createdBy: jidInChat(account, chat, group.owner),
    participant: group.members.map((member) => ({
      userJid: jidInChat(account, chat, member.person),
      rank: RANK[member.role],
    })),
    isParentGroup: chat.kind === 'community',
    isDefaultSubgroup: chat.kind === 'announcement',
    ...(group.parent === null ? {} : { parentGroupId: account.chat(group.parent).jid }),
    ...(group.ephemeralSeconds > 0 ? { ephemeralExpiration: group.ephemeralSeconds } : {}),
  };
};

const directFields = (account: Account, chat: SimChat): proto.IConversation => {
  if (chat.peer === null) return {};
  const { pn, lid, bookName, pushName } = account.person(chat.peer);
  const other = chat.jid.endsWith('@lid') ? { pnJid: pn } : { lidJid: lid };
  // The owner's name for somebody comes first; a push name alone is no name of the conversation.
  return { ...other, name: bookName, displayName: bookName ?? (pushName === null ? null : `~${pushName}`) };
};

export type EndOfHistory = 'more-on-phone' | 'nothing-older' | 'more-after-page';

const END: Readonly<Record<EndOfHistory, proto.Conversation.EndOfHistoryTransferType>> = {
  'more-on-phone': proto.Conversation.EndOfHistoryTransferType.COMPLETE_BUT_MORE_MESSAGES_REMAIN_ON_PRIMARY,
  'nothing-older': proto.Conversation.EndOfHistoryTransferType.COMPLETE_AND_NO_MORE_MESSAGE_REMAIN_ON_PRIMARY,
  'more-after-page':
    proto.Conversation.EndOfHistoryTransferType.COMPLETE_ON_DEMAND_SYNC_BUT_MORE_MSG_REMAIN_ON_PRIMARY,
};

/**
 * One conversation of a history blob with the messages of indexes `from` up to but without `to`, newest
 * first. `end` null: more chunks of this chat follow.
 */
export const toConversation = (
  context: ProtoContext,
  chat: SimChat,
  from: number,
  to: number,
  end: EndOfHistory | null,
): proto.IConversation => {
  const { account } = context;
  const newest = account.message(chat.key, chat.size - 1);
  const messages: proto.IHistorySyncMsg[] = [];
  for (let index = to - 1; index >= from; index--) {
    const message = account.message(chat.key, index);
    if (message !== undefined) messages.push({ message: toWebMessage(context, message), msgOrderId: index });
  }
  const { archived, pinnedAt, mutedUntil, markedUnread } = chat.settings;
  return {
    id: chat.jid,
    messages,
    unreadCount: chat.unreadCount,
    archived,
    markedAsUnread: markedUnread,
    readOnly: chat.readOnly,
    ...(newest === undefined ? {} : { conversationTimestamp: newest.time, lastMsgTimestamp: newest.time }),
    ...(pinnedAt === null ? {} : { pinned: pinnedAt }),
    ...(mutedUntil === null ? {} : { muteEndTime: mutedUntil === -1 ? -1 : mutedUntil * SECOND_MS }),
    ...(end === null ? {} : { endOfHistoryTransfer: true, endOfHistoryTransferType: END[end] }),
    ...directFields(account, chat),
    ...groupFields(account, chat),
  };
};

/** Names that people give themselves, for the PUSH_NAME part. */
export const toPushNames = (account: Account): proto.IPushname[] =>
  account
    .people()
    .filter((person) => person.key !== ME && person.pushName !== null)
    .map((person) => ({ id: person.lid ?? person.pn, pushname: person.pushName }));

/** Every pair of identities that the phone knows. */
export const toLidMappings = (account: Account): proto.IPhoneNumberToLIDMapping[] =>
  account
    .people()
    .filter((person) => person.pn !== null && person.lid !== null)
    .map((person) => ({ pnJid: person.pn, lidJid: person.lid }));
