import type { MessageStatus } from '#engines/contract/message.ts';
import { earlier } from './prefer.ts';

/** When one recipient got, read and played a message; the earliest report of each counts. */
export interface ReceiptState {
  readonly deliveredAt: number | null;
  readonly readAt: number | null;
  readonly playedAt: number | null;
}

export const noReceipt: ReceiptState = Object.freeze({ deliveredAt: null, readAt: null, playedAt: null });

/** Statuses below `delivered` say nothing of a recipient. */
export function receiptOf(status: MessageStatus, at: number): ReceiptState {
  return {
    deliveredAt: status === 'delivered' ? at : null,
    readAt: status === 'read' ? at : null,
    playedAt: status === 'played' ? at : null,
  };
}

export function mergeReceipt(a: ReceiptState, b: ReceiptState): ReceiptState {
  return {
    deliveredAt: earlier(a.deliveredAt, b.deliveredAt),
    readAt: earlier(a.readAt, b.readAt),
    playedAt: earlier(a.playedAt, b.playedAt),
  };
}
