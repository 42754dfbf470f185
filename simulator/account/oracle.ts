import type { Account } from './account.ts';
import type { DeliveryLog } from './deliveries.ts';
import type {
  ChatKey,
  ChatKind,
  DeliveryStatus,
  MediaKind,
  PersonKey,
  SimMessage,
  SimRevision,
} from './model.ts';

/** A message as every store should hold it in the end. JIDs are canonical: LID if known, else number. */
export interface OracleMessage {
  readonly chatKey: ChatKey;
  readonly index: number;
  readonly chatJid: string;
  readonly id: string;
  readonly fromMe: boolean;
  readonly senderJid: string;
  readonly timeSeconds: number;
  readonly type: SimMessage['content']['type'];
  readonly mediaKind: MediaKind | null;
  /** Text or caption after all edits; null when there is none or it was taken back. */
  readonly text: string | null;
  readonly edited: boolean;
  readonly revisions: readonly SimRevision[];
  readonly revoked: boolean;
  /** Removed by the owner from the own devices; history no longer brings it. */
  readonly deletedForMe: boolean;
  /** Only those that still stand. */
  readonly reactions: readonly { readonly senderJid: string; readonly emoji: string }[];
  /** Of a poll, those that still stand. */
  readonly votes: readonly { readonly senderJid: string; readonly options: readonly string[] }[];
  readonly quotedId: string | null;
  readonly mentions: readonly string[];
  /** Null for messages of others. */
  readonly status: DeliveryStatus | null;
  /** Of the owner's messages in groups. */
  readonly receipts: readonly { readonly personJid: string; readonly read: boolean }[];
  /** Handed to a newly linked device without asking; false: on demand only. Live messages count as pushed. */
  readonly pushed: boolean;
}

/** A chat as every store should hold it in the end. */
export interface OracleChat {
  readonly chatKey: ChatKey;
  readonly kind: ChatKind;
  readonly canonicalJid: string;
  /** Every JID that means this chat, the canonical one first. */
  readonly jids: readonly string[];
  /** Subject, else the owner's name for the person, else the name they give themself. */
  readonly name: string | null;
  readonly unreadCount: number;
  readonly markedUnread: boolean;
  readonly archived: boolean;
  readonly pinned: boolean;
  readonly mutedUntil: number | null;
  readonly messages: number;
  readonly newestSeconds: number | null;
  readonly memberJids: readonly string[];
  readonly communityJid: string | null;
}

export interface OracleCounts {
  readonly chats: number;
  readonly messages: number;
  readonly pushed: number;
  readonly onDemand: number;
}

export interface Oracle {
  counts(): OracleCounts;
  chats(): Generator<OracleChat, void, undefined>;
  /** Chat by chat, oldest first within each. */
  messages(chat?: ChatKey): Generator<OracleMessage, void, undefined>;
  /** Only what the device has been handed so far. */
  delivered(log: DeliveryLog, device: string): Generator<OracleMessage, void, undefined>;
}

export const canonicalPersonJid = (account: Account, key: PersonKey): string => {
  const person = account.person(key);
  return person.lid ?? person.pn ?? '';
};

const writtenText = (message: SimMessage): string | null => {
  const { content } = message;
  if (content.type === 'text' || content.type === 'raw') return content.text;
  return content.type === 'media' ? content.media.caption : null;
};

/** What a reader sees now: the last edit, or nothing after a revoke. */
export const finalText = (message: SimMessage): string | null =>
  message.revoked !== null ? null : (message.revisions.at(-1)?.text ?? writtenText(message));

export const createOracle = (account: Account): Oracle => {
  const describe = (key: ChatKey, index: number): OracleMessage => {
    const chat = account.chat(key);
    const message = account.message(key, index);
    if (message === undefined) throw new RangeError(`no message ${index} in chat ${key}`);
    return {
      chatKey: key,
      index,
      chatJid: chat.canonicalJid,
      id: message.id,
      fromMe: message.fromMe,
      senderJid: canonicalPersonJid(account, message.sender),
      timeSeconds: message.time,
      type: message.content.type,
      mediaKind: message.content.type === 'media' ? message.content.media.kind : null,
      text: finalText(message),
      edited: message.revisions.length > 0,
      revisions: message.revisions,
      revoked: message.revoked !== null,
      deletedForMe: message.deletedForMe,
      reactions: message.reactions
        .filter((r) => r.emoji !== '')
        .map((r) => ({ senderJid: canonicalPersonJid(account, r.person), emoji: r.emoji })),
      votes: message.votes
        .filter(({ options }) => options.length > 0)
        .map(({ person, options }) => ({ senderJid: canonicalPersonJid(account, person), options })),
      quotedId: message.quote?.id ?? null,
      mentions: message.mentions.map((person) => canonicalPersonJid(account, person)),
      status: message.fromMe ? message.status : null,
      receipts: message.receipts.map((r) => ({
        personJid: canonicalPersonJid(account, r.person),
        read: r.readAt !== null,
      })),
      pushed: index >= chat.pushedFrom,
    };
  };

  return {
    counts: () => {
      const chats = account.chats();
      const messages = chats.reduce((sum, chat) => sum + chat.size, 0);
      const onDemand = chats.reduce((sum, chat) => sum + chat.pushedFrom, 0);
      return { chats: chats.length, messages, pushed: messages - onDemand, onDemand };
    },
    *chats() {
      for (const chat of account.chats()) {
        const peer = chat.peer === null ? null : account.person(chat.peer);
        const { settings, group } = chat;
        const jids = [chat.canonicalJid, chat.jid, peer?.lid ?? null, peer?.pn ?? null];
        yield {
          chatKey: chat.key,
          kind: chat.kind,
          canonicalJid: chat.canonicalJid,
          jids: [...new Set(jids.filter((jid) => jid !== null))],
          name: group?.subject ?? peer?.bookName ?? peer?.pushName ?? null,
          unreadCount: chat.unreadCount,
          markedUnread: settings.markedUnread,
          archived: settings.archived,
          pinned: settings.pinnedAt !== null,
          mutedUntil: settings.mutedUntil,
          messages: chat.size,
          newestSeconds: account.message(chat.key, chat.size - 1)?.time ?? null,
          memberJids: group?.members.map((member) => canonicalPersonJid(account, member.person)) ?? [],
          communityJid: group === null || group.parent === null ? null : account.chat(group.parent).jid,
        };
      }
    },
    *messages(only) {
      for (const chat of only === undefined ? account.chats() : [account.chat(only)]) {
        for (let index = 0; index < chat.size; index++) yield describe(chat.key, index);
      }
    },
    *delivered(log, device) {
      for (const chat of account.chats()) {
        for (const [from, to] of log.ranges(device, chat.key)) {
          for (let index = from; index < to; index++) yield describe(chat.key, index);
        }
      }
    },
  };
};
