import type { Account } from './account/account.ts';
import type { ChatKey, PersonKey } from './account/model.ts';
import { canonicalPersonJid } from './account/oracle.ts';
import { userJid } from './wire/identity.ts';
import type { ReadReceipt } from './wire/messages/receipts.ts';

/** What one sender in a chat has been told. */
export interface SenderMarks {
  /** Canonical: LID if known, else number. */
  readonly senderJid: string;
  /** Receipt stanzas that brought the word. */
  readonly stanzas: number;
  /** In the order they were told, each once. */
  readonly ids: readonly string[];
}

/** What the account has told about reading a chat, and what is left to read. */
export interface ReadMarks {
  readonly chat: ChatKey;
  readonly chatJid: string;
  readonly unreadCount: number;
  readonly markedUnread: boolean;
  /** Ids that `unreadCount` counts, oldest first. */
  readonly unreadIds: readonly string[];
  /** Everybody who was told something. */
  readonly told: readonly SenderMarks[];
  /** Receipts that only the own devices get. */
  readonly selfStanzas: number;
  /** Told more than once. */
  readonly repeatedIds: readonly string[];
  /** Told to somebody who did not write them: no such message, an own one, or another writer's. */
  readonly misdirectedIds: readonly string[];
}

export interface ReadMarksOracle {
  /** Chats with receipts or unread messages. */
  all(): readonly ReadMarks[];
  of(chat: ChatKey): ReadMarks;
}

/** Reads together what the server has received of read receipts, by chat and sender. */
export const createReadMarks = (account: Account, receipts: readonly ReadReceipt[]): ReadMarksOracle => {
  const chatOf = ({ chatJid }: ReadReceipt): ChatKey | null =>
    account.chatByJid(userJid(chatJid))?.key ?? null;

  const senderOf = (chat: ChatKey, { participantJid }: ReadReceipt): PersonKey | null =>
    participantJid === null
      ? account.chat(chat).peer
      : (account.personByJid(userJid(participantJid))?.key ?? null);

  const marksOf = (chat: ChatKey, own: readonly ReadReceipt[]): ReadMarks => {
    const { jid, unreadCount, settings } = account.chat(chat);
    const telling = own.filter(({ type }) => type === 'read');
    const times = new Map<string, number>();
    const misdirected = new Set<string>();
    for (const receipt of telling) {
      const sender = senderOf(chat, receipt);
      for (const id of receipt.ids) {
        times.set(id, (times.get(id) ?? 0) + 1);
        const message = account.messageById(chat, id);
        if (!message || message.fromMe || message.sender !== sender) misdirected.add(id);
      }
    }
    const bySender = Map.groupBy(telling, (receipt) => {
      const sender = senderOf(chat, receipt);
      return sender === null ? (receipt.participantJid ?? '') : canonicalPersonJid(account, sender);
    });
    return {
      chat,
      chatJid: jid,
      unreadCount,
      markedUnread: settings.markedUnread,
      unreadIds: account.unread(chat).map(({ id }) => id),
      told: [...bySender].map(([senderJid, theirs]) => ({
        senderJid,
        stanzas: theirs.length,
        ids: [...new Set(theirs.flatMap(({ ids }) => ids))],
      })),
      selfStanzas: own.length - telling.length,
      repeatedIds: [...times].flatMap(([id, count]) => (count > 1 ? [id] : [])),
      misdirectedIds: [...misdirected],
    };
  };

  return {
    all: () => {
      const byChat = Map.groupBy(receipts, chatOf);
      return account
        .chats()
        .filter(({ key, unreadCount }) => unreadCount > 0 || byChat.has(key))
        .map(({ key }) => marksOf(key, byChat.get(key) ?? []));
    },
    of: (chat) =>
      marksOf(
        chat,
        receipts.filter((receipt) => chatOf(receipt) === chat),
      ),
  };
};
