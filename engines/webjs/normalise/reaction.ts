import { clip, said, toTime } from '#engines/contract/kit/scalars.ts';
import { isSelf } from '#engines/contract/kit/self.ts';
import { altOf } from '#engines/contract/kit/target.ts';
import type { MessageObservation } from '#engines/contract/message.ts';
import type { Observation } from '#engines/contract/observation.ts';
import type { PageContext } from './context.ts';
import { targetOf } from './key.ts';
import { type PageMessage, readReaction } from './shapes.ts';
import { toPerson } from './wid.ts';

/** Reactions as they stand beside a message. */
export function reactionsOf(
  message: PageMessage,
  context: PageContext,
): MessageObservation['reactions'] | null {
  const reactions = (message.reactions ?? []).flatMap((raw) => {
    const reaction = readReaction(raw, context.oddities);
    const named = toPerson(reaction?.sender);
    const fromMe = reaction?.fromMe === true || isSelf(context.self, named);
    if (reaction === null || (!fromMe && named === null)) return [];
    const at = toTime(reaction.at) ?? toTime(message.t) ?? context.now;
    return [{ sender: fromMe ? null : named, emoji: clip(reaction.text, 64) ?? '', at }];
  });
  return reactions.length === 0 ? null : reactions.slice(0, 1_024);
}

/** The stanza of a reaction is no message: another engine may not have been able to read it. */
export function observeReactionCarrier(raw: unknown, { self, oddities }: PageContext): Observation | null {
  const reaction = readReaction(raw, oddities);
  if (reaction === null) return null;
  const { carrier, sender, senderAlt, parentChatAlt } = reaction;
  const names = { author: sender, chatAlt: parentChatAlt, authorAlt: senderAlt };
  const target = targetOf(carrier, self, names);
  return target === null ? null : { kind: 'no-message', ...target };
}

/** One reaction as it happens: set, changed, or taken back (an empty text). */
export function observeReaction(raw: unknown, context: PageContext): Observation | null {
  const { self, now, oddities } = context;
  const reaction = readReaction(raw, oddities);
  if (reaction === null) return null;
  const about = targetOf(reaction.parent, self, {
    author: reaction.parentAuthor,
    chatAlt: reaction.parentChatAlt,
    authorAlt: reaction.parentAuthorAlt,
  });
  const named = toPerson(reaction.sender);
  const fromMe = reaction.fromMe === true || isSelf(self, named);
  if (about === null || (!fromMe && named === null)) return null;
  return {
    kind: 'reaction',
    ...about,
    by: fromMe ? null : named,
    ...said({ byAlt: fromMe ? null : altOf(named, toPerson(reaction.senderAlt), self) }),
    emoji: clip(reaction.text, 64) ?? '',
    at: toTime(reaction.at) ?? now,
  };
}
