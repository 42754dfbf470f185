import { jidKind } from '#engines/contract/identity.ts';
import { said } from '#engines/contract/kit/scalars.ts';
import type { Observation } from '#engines/contract/observation.ts';
import type { PageContext } from './context.ts';
import { statusOf, targetOfMessage } from './message.ts';
import { readMessage } from './shapes.ts';
import { toPerson } from './wid.ts';

/**
 * The `ack` of an own message moved. In a direct chat it is the other person's doing from `delivered` on; in a group the page
 * says only what all have done, which belongs to nobody in particular.
 */
export function observeAck(model: unknown, context: PageContext): Observation | null {
  const message = readMessage(model, context.oddities);
  const target = message === null ? null : targetOfMessage(message, context);
  const status = statusOf(message?.ack);
  if (target === null || !target.fromMe || status === null || status === 'pending') return null;
  const { chat, chatAlt, id } = target;
  const kind = jidKind(chat);
  const isTheirs = (kind === 'pn' || kind === 'lid') && status !== 'sent' && status !== 'failed';
  return {
    kind: 'receipt',
    chat,
    ids: [id],
    recipient: isTheirs ? toPerson(chat) : null,
    ...said({ chatAlt, recipientAlt: isTheirs ? chatAlt : null }),
    status,
    at: context.now,
  };
}
