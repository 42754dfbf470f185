/** One person's reaction to one message; an empty emoji = taken back. */
export interface ReactionState {
  readonly emoji: string;
  readonly at: number;
}

/**
 * The later one wins. Within the same second taking back wins, because a slip is corrected faster than it is repeated;
 * between two emojis the greater, so that the order of arrival never decides.
 */
export function mergeReaction(a: ReactionState, b: ReactionState): ReactionState {
  if (a.at !== b.at) return a.at > b.at ? a : b;
  if (a.emoji === '' || b.emoji === '') return a.emoji === '' ? a : b;
  return a.emoji >= b.emoji ? a : b;
}
