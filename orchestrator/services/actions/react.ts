import type { ServiceContext } from '../context.ts';
import { type MessageReference, refOf } from '../messages/reference.ts';
import { type Reply, servedBy } from '../reply.ts';
import {
  type Acted,
  checkWritten,
  findTarget,
  invalid,
  nameTarget,
  optionsFor,
  takeFromRate,
} from './target.ts';

export interface ReactRequest extends MessageReference {
  /** Empty takes the own reaction back. */
  readonly emoji: string;
}

export interface Reacted extends Acted {
  /** False when the reaction was taken back. */
  readonly reacted: boolean;
  readonly emoji?: string;
  readonly timestamp: string;
}

/** Pictures, flags, and keys such as 1️⃣. */
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Sets or takes back the own reaction. Errors: those of findTarget, VALIDATION_ERROR, RATE_LIMITED. */
export function createReact(context: ServiceContext) {
  return async (request: ReactRequest, signal?: AbortSignal): Promise<Reply<Reacted>> => {
    const emoji = request.emoji.trim();
    checkEmoji(emoji);
    const message = await findTarget(context, request);
    checkWritten(message);
    await takeFromRate(context);
    const outcome = await context.router.call(
      'message.react',
      { message: refOf(message), emoji },
      optionsFor(message, signal),
    );
    return {
      data: {
        ...nameTarget(message),
        reacted: emoji !== '',
        ...(emoji === '' ? {} : { emoji }),
        timestamp: context.times.iso(outcome.output.at),
      },
      meta: servedBy(outcome),
    };
  };
}

/** One picture, however many characters it is made of; words would be shown as a reaction by some phones and by others not. */
function checkEmoji(emoji: string): void {
  if (emoji === '') return;
  const [first, ...more] = graphemes.segment(emoji);
  if (first === undefined || more.length > 0 || !EMOJI.test(emoji))
    throw invalid('emoji', 'expected one emoji, or nothing to take the reaction back');
}
