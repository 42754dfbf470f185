import type { EngineName } from '#engines/contract/capability.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';

/**
 * What is known to be complete. Times are whole seconds of the server, and an interval is half open, `(from, to]`: messages of
 * one second come in an order that the store does not know, so the second at the lower edge is never claimed. Notices that nobody
 * wrote may be missing: engines acknowledge them before they have told them. `live` = an engine was connected, or the server has
 * handed over what it kept while the engine was away.
 */
export const coverageSources = ['push', 'page', 'live', 'import'] as const;
export type CoverageSource = (typeof coverageSources)[number];

/**
 * Why nothing is claimed below an interval: `never-pushed` = the phone pushed only the newest and nobody has asked for more;
 * `engine-offline` = no engine was connected; `phone-silent` = asked, and no answer; `phone-empty` = answered with nothing, which
 * proves nothing; `user-limit` = the run was told to stop there; `purged` = deleted by retention; `unknown` = nothing is known of it.
 */
export const gapReasons = [
  'never-pushed',
  'engine-offline',
  'phone-silent',
  'phone-empty',
  'user-limit',
  'purged',
  'unknown',
] as const;
export type GapReason = (typeof gapReasons)[number];

/** Every message of the chat sent after `from` and up to `to` is in the store. */
export interface HeldInterval {
  /** 0 = the beginning of the chat, proven by the phone. */
  readonly from: number;
  readonly to: number;
  /** How it came, in the order of `coverageSources`. */
  readonly sources: readonly CoverageSource[];
}

export interface MissingInterval {
  /** 0 = from the beginning of the chat, wherever that is. */
  readonly from: number;
  readonly to: number;
  readonly reason: GapReason;
}

/** A gap as a chat has it. */
export interface ChatGap extends MissingInterval {
  /** A message stands above it, or within it with room below, from which a walk towards older messages can ask: `gaps` has it. */
  readonly askable: boolean;
}

export interface ChatCoverage {
  readonly chatId: number;
  /** Newest first; they neither overlap nor touch. */
  readonly held: readonly HeldInterval[];
  /** The gaps between and below them, newest first. Empty together with a proven start = complete up to the newest `to`. */
  readonly missing: readonly ChatGap[];
  /** The oldest interval reaches down to the beginning, which the phone has proven; there may be gaps above. */
  readonly startProven: boolean;
  /** Everything that is to be kept is held: from the beginning, or from where retention has deleted, until now. */
  readonly complete: boolean;
  /** Seconds; what was sent before was deleted on purpose, and is the gap at the bottom. Null = nothing was. */
  readonly purgedBefore: number | null;
}

/** Where a chat is to be asked next: the newest gap that can be asked for. */
export interface CoverageGap {
  readonly interval: MissingInterval;
  /**
   * Messages of the interval above the gap, oldest first, each of which can serve as the anchor; the first is its bottom in
   * the phone's own order where that is known. Empty = nothing to ask from.
   */
  readonly anchors: readonly HistoryAnchor[];
}

export interface CoverageSummary {
  readonly chats: number;
  /**
   * Held from the proven start, or from where retention has deleted, until now, or until the last time that an engine was connected.
   */
  readonly complete: number;
  /** Something is held, and something is missing. */
  readonly partial: number;
  /** Nothing is claimed. */
  readonly unknown: number;
}

export interface CoverageStore {
  ofChat(chatId: number): Promise<ChatCoverage>;
  ofChats(chatIds: readonly number[]): Promise<readonly ChatCoverage[]>;
  /** The gaps of a chat that a walk towards older messages would close, newest first, at most `limit`. */
  gaps(chatId: number, limit: number): Promise<readonly CoverageGap[]>;
  /** Counters: O(chats), without touching messages. */
  summary(): Promise<CoverageSummary>;
  /** Why nothing is claimed below the interval that holds `at`: what a run learned by asking. */
  setGapReason(chatId: number, at: number, reason: GapReason): Promise<void>;
  /**
   * The process behind an engine is gone without a word and no other one begins: its open time of connection ends with the last
   * message that it brought. Without this an engine that never comes back would vouch for everything until now.
   */
  engineGone(engine: EngineName): Promise<void>;
  /**
   * Times in which an engine was continuously connected, or has got all that came meanwhile; `(from, to]`, newest first, the open
   * one ends at `nowSeconds`.
   */
  connected(nowSeconds: number): Promise<readonly { readonly from: number; readonly to: number }[]>;
}
