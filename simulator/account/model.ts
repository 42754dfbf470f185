/**
 * The vocabulary of a simulated WhatsApp account. Plain immutable data: the phone's truth, before
 * any wire format. Times are whole seconds since 1970 unless the name says otherwise; JIDs never
 * carry a device suffix.
 */

/** `me` is the owner; everybody else is `p<number>`. */
export type PersonKey = string;
/** `d<n>` direct, `g<n>` group, `c<n>` community parent, `c<n>a` its announcements, `c<n>g<m>` linked group. */
export type ChatKey = string;

export const ME: PersonKey = 'me';

export interface SimPerson {
  readonly key: PersonKey;
  /** `<digits>@s.whatsapp.net`, or null while only the hidden identity is known. */
  readonly pn: string | null;
  /** `<digits>@lid`, or null for somebody the account only knows by number. */
  readonly lid: string | null;
  /** The name the person gives themself. */
  readonly pushName: string | null;
  /** The name in the owner's address book. */
  readonly bookName: string | null;
  readonly about: string | null;
  /** Changes whenever the picture does; null without a picture. */
  readonly pictureId: string | null;
}

export type ChatKind = 'direct' | 'group' | 'community' | 'announcement' | 'linked-group';
export type MemberRole = 'member' | 'admin' | 'superadmin';
export type AddressingMode = 'pn' | 'lid';

export interface SimMember {
  readonly person: PersonKey;
  readonly role: MemberRole;
}

export interface SimGroupInfo {
  readonly subject: string;
  readonly subjectTime: number;
  readonly description: string | null;
  readonly creation: number;
  readonly owner: PersonKey;
  readonly addressing: AddressingMode;
  readonly members: readonly SimMember[];
  /** Only admins may write. */
  readonly announce: boolean;
  /** Only admins may change the subject, picture and so on. */
  readonly locked: boolean;
  /** Disappearing messages, seconds; 0 is off. */
  readonly ephemeralSeconds: number;
  /** The community this group belongs to, by chat key. */
  readonly parent: ChatKey | null;
}

/** What the owner has done to a chat, as app state syncs it between devices. */
export interface SimChatSettings {
  readonly archived: boolean;
  /** Time of pinning; null when not pinned. */
  readonly pinnedAt: number | null;
  /** End of the mute; -1 is for ever; null when not muted. */
  readonly mutedUntil: number | null;
  /** "Mark as unread" by hand, which shows a dot and no count. */
  readonly markedUnread: boolean;
}

export interface SimChat {
  readonly key: ChatKey;
  readonly kind: ChatKind;
  /** Position in the account, part of every derived value. */
  readonly ordinal: number;
  /** The JID that the server and the phone address this chat by. */
  readonly jid: string;
  /** The hidden identity where known, else the number, else the group JID: what a store should converge to. */
  readonly canonicalJid: string;
  /** The other side of a direct chat. */
  readonly peer: PersonKey | null;
  readonly group: SimGroupInfo | null;
  readonly settings: SimChatSettings;
  readonly unreadCount: number;
  /** Messages generated from the seed: indexes 0 (oldest) to historySize - 1. Live ones follow on. */
  readonly historySize: number;
  /** All messages, live ones included. */
  readonly size: number;
  /** Index of the first message that a newly linked device is pushed. Everything older is on demand only. */
  readonly pushedFrom: number;
  /** The owner left or was removed: no more sending. */
  readonly readOnly: boolean;
}

export type MediaKind = 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker';

/** The bytes are a pure function of `blobSeed` and `bytes`; see media-bytes. */
export interface SimMedia {
  readonly kind: MediaKind;
  /** Empty in a draft with a new file; that of the first message in those that forward it. */
  readonly blobSeed: string;
  readonly bytes: number;
  readonly mimeType: string;
  readonly fileName: string | null;
  readonly caption: string | null;
  readonly seconds: number | null;
  readonly width: number | null;
  readonly height: number | null;
  /** The server no longer has it: downloads answer 404 or 410 until the phone uploads it again. */
  readonly expired: boolean;
}

export type SimContent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'media'; readonly media: SimMedia }
  /** Media that a device sent: the sender's own upload reference, opaque protobuf bytes of its Message. */
  | { readonly type: 'raw'; readonly message: Uint8Array; readonly text: string | null }
  | {
      readonly type: 'location';
      readonly latitude: number;
      readonly longitude: number;
      readonly name: string | null;
      readonly address: string | null;
    }
  | { readonly type: 'contact'; readonly name: string; readonly phone: string }
  | {
      readonly type: 'poll';
      readonly question: string;
      readonly options: readonly string[];
      readonly selectable: number;
      /** Of a poll that a device made; the phone's polls have one that follows from their id. */
      readonly secret?: Uint8Array;
    }
  /** A line that the phone shows but nobody wrote. */
  | { readonly type: 'notice'; readonly notice: 'group-created' };

export interface SimQuote {
  readonly id: string;
  readonly sender: PersonKey;
  readonly content: SimContent;
}

export interface SimRevision {
  readonly text: string;
  readonly time: number;
}

export interface SimReaction {
  readonly person: PersonKey;
  /** Empty: the reaction was taken back. */
  readonly emoji: string;
  readonly time: number;
}

export interface SimVote {
  readonly person: PersonKey;
  /** Texts of the options chosen; empty: the vote was taken back. */
  readonly options: readonly string[];
  readonly time: number;
}

export type DeliveryStatus = 'pending' | 'server' | 'delivered' | 'read' | 'played';

export interface SimReceipt {
  readonly person: PersonKey;
  readonly deliveredAt: number | null;
  readonly readAt: number | null;
}

export interface SimMessage {
  readonly chat: ChatKey;
  /** Position within the chat, oldest 0. */
  readonly index: number;
  /** Upper-case hex stanza id: unique within its chat, deliberately not always across chats. */
  readonly id: string;
  readonly sender: PersonKey;
  readonly fromMe: boolean;
  readonly time: number;
  /** As first sent; `finalText` gives what a reader sees now. */
  readonly content: SimContent;
  readonly quote: SimQuote | null;
  readonly mentions: readonly PersonKey[];
  readonly forwarded: boolean;
  readonly revisions: readonly SimRevision[];
  /** Who took it back, and when. */
  readonly revoked: { readonly by: PersonKey; readonly time: number } | null;
  /** At most one per person; removed ones are kept with an empty emoji. */
  readonly reactions: readonly SimReaction[];
  /** Of a poll; at most one per person. */
  readonly votes: readonly SimVote[];
  /** Meaningful for messages of the owner. */
  readonly status: DeliveryStatus;
  readonly receipts: readonly SimReceipt[];
  readonly starred: boolean;
  /** Gone from the owner's devices; everybody else still has it. */
  readonly deletedForMe: boolean;
}

/** Where messages enter the account. */
export type MessageOrigin =
  | { readonly from: 'peer' }
  | { readonly from: 'phone' }
  | { readonly from: 'device'; readonly device: string };

/** What happened, for wire devices and the control API. Emitted synchronously, in order. */
export type AccountEvent =
  | { readonly type: 'message'; readonly message: SimMessage; readonly origin: MessageOrigin }
  | {
      readonly type: 'edit';
      readonly message: SimMessage;
      /** Stanza id of the edit itself. */
      readonly id: string;
      readonly text: string;
      readonly time: number;
      readonly origin: MessageOrigin;
    }
  | {
      readonly type: 'revoke';
      readonly message: SimMessage;
      readonly id: string;
      readonly by: PersonKey;
      readonly time: number;
      readonly origin: MessageOrigin;
    }
  | {
      readonly type: 'reaction';
      readonly message: SimMessage;
      readonly id: string;
      readonly reaction: SimReaction;
      readonly origin: MessageOrigin;
    }
  | {
      readonly type: 'vote';
      readonly message: SimMessage;
      readonly id: string;
      readonly vote: SimVote;
      readonly origin: MessageOrigin;
    }
  | { readonly type: 'deleted-for-me'; readonly message: SimMessage; readonly origin: MessageOrigin }
  | {
      readonly type: 'receipt';
      readonly chat: ChatKey;
      readonly ids: readonly string[];
      readonly person: PersonKey;
      readonly kind: 'delivered' | 'read' | 'played';
      readonly time: number;
    }
  | {
      readonly type: 'chat-read';
      readonly chat: ChatKey;
      readonly read: boolean;
      readonly origin: MessageOrigin;
    }
  | {
      readonly type: 'chat-settings';
      readonly chat: ChatKey;
      readonly before: SimChatSettings;
      readonly settings: SimChatSettings;
      readonly origin: MessageOrigin;
    }
  /** Some of the unread messages were read; when none is left it is `chat-read`. */
  | {
      readonly type: 'messages-read';
      readonly chat: ChatKey;
      readonly ids: readonly string[];
      readonly origin: MessageOrigin;
    }
  | { readonly type: 'chat-created'; readonly chat: ChatKey; readonly id: string; readonly time: number }
  | { readonly type: 'chat-deleted'; readonly chat: ChatKey; readonly origin: MessageOrigin }
  /** The chat goes by the hidden identity from now on, and devices are told so. */
  | { readonly type: 'chat-moved'; readonly chat: ChatKey; readonly fromJid: string }
  | {
      readonly type: 'group';
      readonly chat: ChatKey;
      readonly id: string;
      readonly by: PersonKey;
      readonly time: number;
      readonly change: GroupChange;
    }
  | {
      readonly type: 'person';
      readonly before: SimPerson;
      readonly person: SimPerson;
      readonly origin: MessageOrigin;
    }
  | {
      readonly type: 'blocklist';
      readonly person: PersonKey;
      readonly blocked: boolean;
      readonly origin: MessageOrigin;
    };

export type GroupChange =
  | { readonly kind: 'add' | 'remove' | 'promote' | 'demote'; readonly members: readonly PersonKey[] }
  | { readonly kind: 'subject'; readonly subject: string }
  | { readonly kind: 'description'; readonly description: string | null }
  | { readonly kind: 'announce'; readonly on: boolean };

/** Time and ids for what happens live. Tests pass fixed ones. */
export interface World {
  nowSeconds(): number;
  /** A fresh stanza id, upper-case hex. */
  nextId(): string;
}

/** How many messages each direct or group chat has. */
export type MessageCount = number | { readonly min: number; readonly max: number };

/** A seed and these sizes reproduce an account byte for byte. */
export interface AccountShape {
  readonly seed: string;
  /** The dataset's "now", seconds: nothing generated is younger. */
  readonly now: number;
  readonly directChats: number;
  readonly groups: number;
  readonly communities: number;
  /** Linked groups in each community, besides the announcements. */
  readonly groupsPerCommunity: number;
  /** Unread in each linked group of a community; as in any other chat (none, or up to seven) when not given. */
  readonly unreadPerLinkedGroup?: MessageCount;
  readonly membersPerGroup: MessageCount;
  readonly messagesPerChat: MessageCount;
  readonly yearsBack: number;
  /** How many of the newest messages of each chat a new device is pushed. At least 1, or the chat has no anchor. */
  readonly pushedPerChat: number;
  /** Largest generated media file, bytes. */
  readonly maxMediaBytes: number;
  /** `demo` uses a hand-written cast; `bulk` generates names. */
  readonly cast: 'demo' | 'bulk';
}
