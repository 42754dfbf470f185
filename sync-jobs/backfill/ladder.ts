import type { EngineName } from '#engines/contract/capability.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';

/** One way to ask for what stands before a gap. */
export interface Attempt {
  /** What is different from the usual way; null on the first rung. */
  readonly by: 'anchor' | 'identity' | 'engine' | null;
  readonly chat: string;
  readonly anchor: HistoryAnchor;
  /** Asks this engine only; null = whichever the router chooses. */
  readonly engine: EngineName | null;
}

export interface LadderFacts {
  /** Oldest first; the first is the bottom of what is held. */
  readonly anchors: readonly HistoryAnchor[];
  /** Canonical JID first, then the other identities of the chat. */
  readonly jids: readonly string[];
  /** Engines that can serve a page now, in order of preference. */
  readonly engines: readonly EngineName[];
  /** Asked first on the rungs where the router may choose, if it can be. */
  readonly preferred: EngineName | null;
}

/** The chat is asked from further messages before its identity is doubted. */
const OTHER_ANCHORS = 2;

/**
 * The rungs in order: the oldest message, the next ones by time and id, the other identity of the chat, the other engine. A chat
 * counts as stalled only behind the last.
 */
export function ladderOf({ anchors, jids, engines, preferred }: LadderFacts): readonly Attempt[] {
  const [oldest, ...others] = anchors;
  const [canonical, ...aliases] = jids;
  if (oldest === undefined || canonical === undefined) return [];
  const first = engines.find((engine) => engine === preferred) ?? engines[0];
  const usual = { chat: canonical, anchor: oldest, engine: null };
  return [
    { ...usual, by: null },
    ...others.slice(0, OTHER_ANCHORS).map((anchor): Attempt => ({ ...usual, anchor, by: 'anchor' })),
    ...aliases.map((chat): Attempt => ({ ...usual, chat, by: 'identity' })),
    ...engines
      .filter((engine) => engine !== first)
      .map((engine): Attempt => ({ ...usual, engine, by: 'engine' })),
  ];
}
