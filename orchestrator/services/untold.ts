/** Messages that are, or were, unread in one chat or several. */
export interface UntoldCounts {
  readonly unread: number;
  /** Whose senders were told, or would be. */
  readonly told: number;
  readonly notInHistory: number;
}

/** What to do about senders whom a marking would not tell; undefined = it would tell all. */
export function hintBefore(
  { unread, told, notInHistory }: UntoldCounts,
  fetchesFirst: boolean,
): string | undefined {
  if (told >= unread) return undefined;
  if (notInHistory === 0)
    return `Senders of ${unread - told} of ${unread} unread messages would not be told.`;
  const missing = `${notInHistory} of ${unread} unread messages are not in the history yet`;
  if (fetchesFirst)
    return `${missing}. They are fetched first; only the senders of what comes before sync_timeout are told.`;
  return `${missing}, so their senders would not be told. Fetch history first: fetch_history for these chats, or mark_community_as_read_with_history for a community.`;
}

/** What to do about senders whom a marking has not told; undefined = it has told all. */
export function hintAfter({ unread, told, notInHistory }: UntoldCounts): string | undefined {
  if (unread === 0) {
    return 'Nothing was unread, so nobody was told. Senders of messages that were read before, on the phone or with receipts own-devices, are told by mark_messages_read with the ids.';
  }
  if (told >= unread) return undefined;
  const rest = `Senders of ${unread - told} of ${unread} messages were not told`;
  if (notInHistory === 0) return `${rest}. mark_messages_read with the ids tells them.`;
  return `${rest}; ${notInHistory} of these messages are not in the history. fetch_history for these chats, then mark_messages_read with the ids tells them. Next time fetch history before marking.`;
}
