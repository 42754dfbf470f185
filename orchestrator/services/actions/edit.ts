import { TandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { type MessageReference, refOf } from '../messages/reference.ts';
import { type Reply, servedBy } from '../reply.ts';
import { checkText } from '../send.ts';
import { type Acted, checkAge, findTarget, invalid, nameTarget, optionsFor, takeFromRate } from './target.ts';

export interface EditRequest extends MessageReference {
  readonly new_text: string;
}

export interface Edited extends Acted {
  readonly edited: true;
  readonly timestamp: string;
}

/** What WhatsApp allows. */
const EDIT_WINDOW_SECONDS = 15 * 60;

/**
 * Replaces the text of an own message. Errors: NOT_OWN_MESSAGE, EDIT_WINDOW_EXPIRED (by our clock, or by the server's word),
 * TEXT_TOO_LONG, VALIDATION_ERROR for a message that is no text, RATE_LIMITED, and those of findTarget.
 */
export function createEdit(context: ServiceContext) {
  return async (request: EditRequest, signal?: AbortSignal): Promise<Reply<Edited>> => {
    checkText(request.new_text, 'new_text');
    const message = await findTarget(context, request);
    if (!message.fromMe) throw new TandemError('NOT_OWN_MESSAGE');
    if (message.type !== 'text') throw invalid('message_id', 'only texts can be edited');
    checkAge(context, message, EDIT_WINDOW_SECONDS, 'EDIT_WINDOW_EXPIRED');
    await takeFromRate(context);
    const outcome = await context.router.call(
      'message.edit',
      { message: refOf(message), text: request.new_text },
      optionsFor(message, signal),
    );
    return {
      data: { ...nameTarget(message), edited: true, timestamp: context.times.iso(outcome.output.at) },
      meta: servedBy(outcome),
    };
  };
}
