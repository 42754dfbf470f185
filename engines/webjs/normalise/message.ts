import { clipName, said, toNumber, toTime } from '#engines/contract/kit/scalars.ts';
import type { Target } from '#engines/contract/kit/target.ts';
import type { MessageObservation, MessageStatus } from '#engines/contract/message.ts';
import type { Observation } from '#engines/contract/observation.ts';
import { contentOf } from './content.ts';
import type { MessageContext, PageContext } from './context.ts';
import { keyParts, targetOf } from './key.ts';
import { reactionsOf } from './reaction.ts';
import { type PageMessage, readMessage } from './shapes.ts';

/**
 * A message model of the page, as it is now → what was learned from it; null for traffic that is no line of a chat, and for
 * chats that Tandem does not keep. Pure and total.
 */
export function observeMessage(model: unknown, context: MessageContext): MessageObservation | null {
  const message = readMessage(model, context.oddities);
  if (message === null) return null;
  const target = targetOfMessage(message, context);
  const content = contentOf(message, context.oddities);
  if (target === null || content === null) return null;
  const status = target.fromMe ? statusOf(message.ack) : null;
  return {
    kind: 'message',
    // The server has not taken it yet: sent here, and its time is the page's own.
    via: context.via === 'live' && status === 'pending' ? 'echo' : context.via,
    ...target,
    sentAt: toTime(message.t) ?? context.now,
    ...content,
    ...(message.type === 'revoked' ? { revoked: true } : {}),
    ...said({
      pushName: target.fromMe ? null : clipName(message.notifyName, 200),
      status,
      editedAt: toTime(message.latestEditSenderTimestampMs),
      reactions: reactionsOf(message, context),
      page: context.page,
    }),
  };
}

/** The text of a message changed. Null when it was no edit, or of a message that Tandem does not keep. */
export function observeEdit(model: unknown, context: PageContext): Observation | null {
  const message = readMessage(model, context.oddities);
  if (message === null || message.type === 'revoked') return null;
  const at = toTime(message.latestEditSenderTimestampMs);
  const target = targetOfMessage(message, context);
  const content = contentOf(message, context.oddities);
  // Bodies also change when a thumbnail or a link preview arrives.
  if (at === null || target === null || content === null) return null;
  return { kind: 'edit', ...target, text: content.text ?? '', at };
}

/** A message was taken back. */
export function observeRevoke(model: unknown, context: PageContext): Observation | null {
  const message = readMessage(model, context.oddities);
  if (message === null || message.type !== 'revoked') return null;
  const target = targetOfMessage(message, context);
  return target === null
    ? null
    : { kind: 'revoke', ...target, at: toTime(message.revokeTimestamp) ?? context.now };
}

/** A message was removed from the own devices; for others it is still there. What was never read turned out to be none. */
export function observeRemoval(model: unknown, context: PageContext): Observation | null {
  const message = readMessage(model, context.oddities);
  const target = message === null ? null : targetOfMessage(message, context);
  if (target === null) return null;
  return message?.type === 'ciphertext'
    ? { kind: 'no-message', ...target }
    : { kind: 'revoke', ...target, at: context.now };
}

/** A message that may have been told before it was changed: what it is now, and what was done to it. */
export function observeAgain(model: unknown, context: MessageContext): readonly Observation[] {
  const all = [observeMessage(model, context), observeEdit(model, context), observeRevoke(model, context)];
  return all.filter((one) => one !== null);
}

/** A map, because what stands there is the page's own business. */
const STATUS: ReadonlyMap<number, MessageStatus> = new Map([
  [0, 'pending'],
  [1, 'sent'],
  [2, 'delivered'],
  [3, 'read'],
  [4, 'played'],
]);

/** The page's `ack` as a status; below zero are several ways to fail. Null = not said. */
export function statusOf(ack: unknown): MessageStatus | null {
  const number = toNumber(ack);
  if (number === null) return null;
  return number < 0 ? 'failed' : (STATUS.get(number) ?? null);
}

/** Revoked messages of some builds stand under the id of the revoke, and name the original beside it. */
export function targetOfMessage(message: PageMessage, { self }: PageContext): Target | null {
  const { author, chatAlt, authorAlt } = message;
  const original = message.type === 'revoked' ? keyParts(message.protocolMessageKey) : null;
  const own = keyParts(message.id);
  if (own === null) return null;
  const key = original === null ? own : { ...own, id: original.id };
  return targetOf(key, self, { author, chatAlt, authorAlt });
}
