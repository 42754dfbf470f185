import type { MessageStatus } from '#engines/contract/message.ts';

/**
 * Receipts only advance. A failure is final for this device only until the server or a recipient proves the
 * opposite, so it stands above `pending` and below `sent`.
 */
const RANK: Readonly<Record<MessageStatus, number>> = {
  pending: 0,
  failed: 1,
  sent: 2,
  delivered: 3,
  read: 4,
  played: 5,
};

export function mergeStatus(a: MessageStatus | null, b: MessageStatus | null): MessageStatus | null {
  if (a === null) return b;
  if (b === null) return a;
  return RANK[b] > RANK[a] ? b : a;
}
