import { earlier, fuller, greater } from './prefer.ts';

/** The part of a chat's row that two rows of one chat can disagree about. Names as in the table. */
export interface ChatFacts {
  readonly name: string | null;
  readonly folded: string;
  readonly unread: number;
  readonly marked_unread: number;
  readonly archived: number;
  readonly pinned_at: number | null;
  readonly muted_until: number | null;
  readonly ephemeral_seconds: number | null;
  readonly community: string | null;
  readonly history_end: string | null;
  readonly read_at: number;
  readonly deleted_at: number | null;
  readonly message_count: number;
  readonly last_key: number | null;
  readonly active_at: number;
}

/** Two rows that turned out to be one chat. What a person set (archived, muted) follows the row used last. */
export function mergeChatFacts(kept: ChatFacts, merged: ChatFacts): ChatFacts {
  const latest = merged.active_at > kept.active_at ? merged : kept;
  const other = latest === kept ? merged : kept;
  return {
    name: kept.name ?? merged.name,
    folded: kept.name === null ? merged.folded : kept.folded,
    unread: kept.unread + merged.unread,
    marked_unread: Math.max(kept.marked_unread, merged.marked_unread),
    archived: latest.archived,
    pinned_at: greater(kept.pinned_at, merged.pinned_at),
    muted_until: latest.muted_until ?? other.muted_until,
    ephemeral_seconds: latest.ephemeral_seconds ?? other.ephemeral_seconds,
    community: fuller(kept.community, merged.community),
    // `more-on-phone` is the answer that never hides a gap.
    history_end: [kept.history_end, merged.history_end].includes('more-on-phone')
      ? 'more-on-phone'
      : (kept.history_end ?? merged.history_end),
    read_at: Math.max(kept.read_at, merged.read_at),
    deleted_at: earlier(kept.deleted_at, merged.deleted_at),
    message_count: kept.message_count + merged.message_count,
    last_key: greater(kept.last_key, merged.last_key),
    active_at: Math.max(kept.active_at, merged.active_at),
  };
}
