import type { MessageRecord } from './records.ts';

/** What is unread in a chat, and whose writers know already that it was read. Messages, not receipts. */
export interface UnreadCounts {
  /** As the phone counts them; it may know of more than this history holds. */
  readonly unread: number;
  /** Of them in this history: only of these a writer can be told. */
  readonly stored: number;
  /** Of the stored ones those whose writers were told, by a marking that did not come to its end. */
  readonly told: number;
}

export interface UnreadMessages extends UnreadCounts {
  /** Newest first, up to the limit. */
  readonly messages: readonly MessageRecord[];
  /** Keys of those whose writers were told. */
  readonly toldKeys: ReadonlySet<number>;
  /** Key of the newest message of others, read or not; what is newer came later. 0 = none. */
  readonly newest: number;
}

export interface SingleRead {
  readonly chatId: number;
  readonly keys: readonly number[];
  /** As it was before anybody was told: engines may write a new count as soon as somebody is. */
  readonly before: Pick<UnreadMessages, 'unread' | 'newest' | 'messages'>;
}

/**
 * What was read here, and who knows. The messages of others only. A marking notes whom it has told right after it has told them:
 * killed in between, it repeats that one command and nothing else.
 */
export interface ReadStore {
  counts(chatId: number): Promise<UnreadCounts>;
  unread(chatId: number, limit: number): Promise<UnreadMessages>;
  /** Which of these messages have writers who were told. */
  told(keys: readonly number[]): Promise<ReadonlySet<number>>;
  /** Their writers were told; the messages stay unread until they or their chat are marked. */
  noteTold(keys: readonly number[]): Promise<void>;
  /** These and no others are read: the count goes down by those that were unread. Says nothing of who was told. */
  noteRead(read: SingleRead): Promise<void>;
}
