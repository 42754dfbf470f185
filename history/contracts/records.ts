import type { EngineName } from '#engines/contract/capability.ts';
import type { Media, MessagePath, MessageStatus, MessageType } from '#engines/contract/message.ts';

/**
 * What the store hands out. All dialects give the same shapes. Times are seconds since 1970; ids of
 * people, chats and messages are the store's own integers and never leave the service: outside, people and
 * chats are named by JID and messages by stanza id and chat.
 */
export type ChatKind = 'direct' | 'group' | 'community' | 'newsletter' | 'broadcast' | 'status';

export interface PersonRecord {
  readonly id: number;
  readonly pn: string | null;
  readonly lid: string | null;
  /** Best name: custom, then address book, push name, business name; null when only a number is known. */
  readonly name: string | null;
  readonly customName: string | null;
  readonly bookName: string | null;
  readonly pushName: string | null;
  readonly businessName: string | null;
  readonly isMe: boolean;
  /** The direct chat with this person, when there is one. */
  readonly chatId: number | null;
}

export interface ChatRecord {
  readonly id: number;
  /** Canonical: the LID of a person if known, else the number; the group id of a group. */
  readonly jid: string;
  /** Every id under which engines have named this chat, canonical one included. */
  readonly aliases: readonly string[];
  readonly kind: ChatKind;
  readonly name: string | null;
  /** The other person of a direct chat. */
  readonly person: PersonRecord | null;
  readonly unread: number;
  readonly markedUnread: boolean;
  readonly archived: boolean;
  readonly pinnedAt: number | null;
  /** Null = not muted; 0 = until unmuted. */
  readonly mutedUntil: number | null;
  readonly ephemeralSeconds: number | null;
  /** JID of the community that a group belongs to. */
  readonly community: string | null;
  readonly messageCount: number;
  readonly lastMessageAt: number | null;
  readonly lastMessage: MessageSummary | null;
  /** When the phone said that it has deleted the chat; null again with the next message. */
  readonly deletedAt: number | null;
  /** What the phone said of older history. */
  readonly historyEnd: 'start-reached' | 'more-on-phone' | 'unknown';
}

export interface MessageSummary {
  readonly id: string;
  readonly sentAt: number;
  readonly fromMe: boolean;
  readonly senderName: string | null;
  readonly type: MessageType;
  /** First characters of the text; null when it has none or was revoked. */
  readonly preview: string | null;
}

export interface SenderRef {
  readonly personId: number;
  readonly jid: string;
  readonly name: string | null;
}

export interface MessageRecord {
  /** Store key; sorts by time. */
  readonly key: number;
  readonly id: string;
  readonly chatId: number;
  readonly chatJid: string;
  readonly chatName: string | null;
  readonly fromMe: boolean;
  /** Null for own messages and where the sender is not known. */
  readonly sender: SenderRef | null;
  readonly sentAt: number;
  readonly type: MessageType;
  /** Null when it has none, or when it was revoked. */
  readonly text: string | null;
  readonly media: Media | null;
  readonly quoted: {
    readonly id: string;
    readonly sender: string | null;
    readonly text: string | null;
  } | null;
  readonly mentions: readonly string[];
  readonly poll: {
    readonly question: string;
    readonly options: readonly string[];
    readonly maxSelections: number;
  } | null;
  readonly reactions: readonly {
    readonly by: SenderRef | null;
    readonly emoji: string;
    readonly at: number;
  }[];
  readonly status: MessageStatus | null;
  readonly editedAt: number | null;
  readonly revokedAt: number | null;
  readonly forwarded: boolean;
  /** Which engines saw it, how, and when first (seconds). */
  readonly sources: readonly {
    readonly engine: EngineName;
    readonly via: MessagePath;
    readonly at: number;
  }[];
}

export interface GroupMemberRecord {
  readonly person: PersonRecord;
  readonly role: 'member' | 'admin' | 'owner';
}

export interface GroupRecord {
  readonly chatId: number;
  readonly jid: string;
  readonly subject: string | null;
  readonly description: string | null;
  readonly owner: string | null;
  readonly createdAt: number | null;
  readonly announce: boolean;
  readonly locked: boolean;
  readonly joinApproval: boolean;
  readonly ephemeralSeconds: number | null;
  readonly isCommunity: boolean;
  readonly isAnnouncement: boolean;
  readonly community: string | null;
  readonly size: number | null;
  /** When the metadata was last told by an engine, seconds. */
  readonly fetchedAt: number;
}
