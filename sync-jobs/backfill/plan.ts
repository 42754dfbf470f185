import type { History } from '#history/contracts/history.ts';
import type { ChatRecord } from '#history/contracts/records.ts';

/** Kinds of chats that hold messages which the phone keeps and hands out. */
const WITH_HISTORY = ['direct', 'group'] as const;
const PAGE = 500;

/** Every chat that may have older history: unread first, then by the last activity. O(chats). */
export async function everyChat({ chats }: Pick<History, 'chats'>): Promise<readonly ChatRecord[]> {
  const found = new Map<number, ChatRecord>();
  // A chat without any message is hidden from ordinary lists, and has nothing to be asked from either: it is reported.
  for (const system of [false, true]) {
    for (let offset = 0; ; offset += PAGE) {
      const page = await chats.list({
        sort: 'last_active',
        kinds: WITH_HISTORY,
        limit: PAGE,
        offset,
        ...(system ? { system } : {}),
      });
      for (const chat of page.items) found.set(chat.id, chat);
      if (page.items.length < PAGE) break;
    }
  }
  return inOrder([...found.values()]);
}

export function inOrder(chats: readonly ChatRecord[]): readonly ChatRecord[] {
  const rank = (chat: ChatRecord) => (chat.unread > 0 || chat.markedUnread ? 1 : 0);
  return [...chats].sort(
    (a, b) => rank(b) - rank(a) || (b.lastMessageAt ?? 0) - (a.lastMessageAt ?? 0) || a.id - b.id,
  );
}
