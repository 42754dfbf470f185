import { phoneOfJid } from '#engines/contract/identity.ts';
import type { ChatRecord, MessageSummary } from '#history/contracts/records.ts';
import { compact } from '../reply.ts';
import type { PublicChat, PublicLastMessage } from '../shapes/chat.ts';
import { cleanText, cutText } from './clean-text.ts';
import { optionalName } from './message.ts';
import type { Times } from './times.ts';

export interface ChatStyle {
  readonly nowSeconds: number;
  readonly withLastMessage: boolean;
  /** Adds every id under which the chat is known. */
  readonly detailed: boolean;
}

const PREVIEW_MAX_CHARS = 60;

export function presentChat(record: ChatRecord, times: Times, style: ChatStyle): PublicChat {
  const muted =
    record.mutedUntil !== null && (record.mutedUntil === 0 || record.mutedUntil > style.nowSeconds);
  return compact({
    jid: record.jid,
    name: optionalName(record.name),
    phone: record.person?.pn ? (phoneOfJid(record.person.pn) ?? undefined) : undefined,
    type: record.kind,
    is_group: record.kind === 'group' || record.kind === 'community',
    unread_count: record.unread,
    marked_unread: record.markedUnread ? true : undefined,
    message_count: record.messageCount,
    last_active: record.lastMessageAt === null ? undefined : times.iso(record.lastMessageAt),
    last_message:
      style.withLastMessage && record.lastMessage !== null
        ? presentLastMessage(record.lastMessage, times)
        : undefined,
    archived: record.archived,
    pinned: record.pinnedAt !== null,
    muted,
    muted_until: muted && record.mutedUntil ? times.iso(record.mutedUntil) : undefined,
    community_jid: record.community ?? undefined,
    aliases: style.detailed ? [...record.aliases] : undefined,
  });
}

export function presentLastMessage(message: MessageSummary, times: Times): PublicLastMessage {
  return compact({
    id: message.id,
    timestamp: times.iso(message.sentAt),
    from_me: message.fromMe,
    sender_name: optionalName(message.senderName),
    type: message.type,
    preview:
      message.preview === null ? undefined : cutText(cleanText(message.preview), PREVIEW_MAX_CHARS).text,
  });
}
