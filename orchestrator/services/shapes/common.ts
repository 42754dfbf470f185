import { z } from 'zod';

/** ISO 8601 with offset, in the time zone of the service. */
export const timeShape = z.string();

/** A person or chat by its canonical id. */
export const partyShape = z.object({ jid: z.string(), name: z.string().optional() });
export type PublicParty = z.infer<typeof partyShape>;

/**
 * Why a list is empty. `NOT_FETCHED` = of the time that was asked for not everything is held: the phone may have it; `PURGED` = it
 * was deleted on purpose.
 */
export const emptyReasons = [
  'NO_MESSAGES_YET',
  'SYNC_RUNNING',
  'FILTER_EXCLUDES_ALL',
  'NOT_FETCHED',
  'PURGED',
  'NO_RESULTS',
  'EMPTY',
] as const;
export type EmptyReason = (typeof emptyReasons)[number];

/** What every list says of itself. */
export const listFields = {
  has_more: z.boolean(),
  /** Give it as `cursor` with the same arguments. Absent at the end. */
  next_cursor: z.string().optional(),
  /** Present while history is still coming in: the list may grow. */
  sync_running: z.boolean().optional(),
  /** Present when the list is empty. */
  reason: z.enum(emptyReasons).optional(),
};

export interface ListFields {
  readonly has_more: boolean;
  readonly next_cursor?: string;
  readonly sync_running?: boolean;
  readonly reason?: EmptyReason;
}
