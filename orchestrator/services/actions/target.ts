import type { MessageRecord } from '#history/contracts/records.ts';
import type { ErrorCode } from '#kernel/errors.ts';
import { TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { findMessage, type MessageReference, ownerOf } from '../messages/reference.ts';
import type { CallOptions } from '../ports.ts';
import { optionalName } from '../present/message.ts';
import { compact } from '../reply.ts';

/** Reactions, edits and deletions reach other phones as messages do, so they count with them. */
const RATE_BUCKET = 'send';
const MINUTE_MS = 60_000;

/** What stands for a message of no kind that anybody wrote. */
const NOT_WRITTEN: readonly MessageRecord['type'][] = ['system', 'undecryptable'];

/** A stored message that can still be acted upon. Errors: those of findMessage; MESSAGE_NOT_FOUND for one that was deleted. */
export async function findTarget(
  context: ServiceContext,
  reference: MessageReference,
): Promise<MessageRecord> {
  const message = await findMessage(context, reference);
  if (message.revokedAt !== null) {
    throw new TandemError('MESSAGE_NOT_FOUND', {
      message: 'This message was deleted.',
      hint: 'Choose a message that is still there.',
      details: { deleted: true },
    });
  }
  return message;
}

export function checkWritten(message: MessageRecord, field = 'message_id'): void {
  if (!NOT_WRITTEN.includes(message.type)) return;
  const problem = message.type === 'system' ? 'it is a notice of WhatsApp' : 'it could not be decrypted';
  throw invalid(field, `${problem}, not a message that this can be done with`);
}

export function invalid(field: string, problem: string): TandemError {
  return new TandemError('VALIDATION_ERROR', {
    message: `${field}: ${problem}.`,
    details: { problems: [{ field, problem }] },
  });
}

/** Throws `code` when the message is older than WhatsApp allows, going by the clock of this machine. */
export function checkAge(
  { clock }: ServiceContext,
  message: MessageRecord,
  windowSeconds: number,
  code: ErrorCode,
): void {
  const ageSeconds = Math.floor(clock.now() / MILLISECONDS_PER_SECOND) - message.sentAt;
  if (ageSeconds > windowSeconds)
    throw new TandemError(code, { details: { age_s: ageSeconds, window_s: windowSeconds } });
}

/** Throws RATE_LIMITED. */
export async function takeFromRate({ history, config, clock }: ServiceContext): Promise<void> {
  const limit = config.sendsPerMinute;
  const rate = await history.rates.take(RATE_BUCKET, limit, MINUTE_MS, clock.now());
  if (rate.ok) return;
  throw new TandemError('RATE_LIMITED', {
    retryAfterSeconds: Math.max(1, Math.ceil(rate.retryAfterMs / MILLISECONDS_PER_SECOND)),
    details: { limit, per: 'minute' },
  });
}

/** Asks the engine first that holds the message. */
export function optionsFor(message: MessageRecord, signal: AbortSignal | undefined): CallOptions {
  const preferred = ownerOf(message);
  return { ...(preferred === undefined ? {} : { preferred }), ...(signal === undefined ? {} : { signal }) };
}

export interface Acted {
  readonly message_id: string;
  readonly chat_jid: string;
  readonly chat_name?: string;
}

export function nameTarget(message: MessageRecord): Acted {
  return compact({
    message_id: message.id,
    chat_jid: message.chatJid,
    chat_name: optionalName(message.chatName),
  });
}
