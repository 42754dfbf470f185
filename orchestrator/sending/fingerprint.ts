import { createHash } from 'node:crypto';
import type { IdSource } from '#kernel/ids.ts';
import type { ForwardRequest, SendTextRequest } from '../services/ports.ts';

/** What makes two requests the same; the text itself is not stored. */
export function fingerprintOf(request: SendTextRequest): string {
  return hash([request.chat, request.text, request.quoted?.id ?? null, request.mentions ?? []]);
}

/** The same message on to the same chat, whatever is known of its content by then. */
export function forwardFingerprintOf({ chat, source }: ForwardRequest): string {
  return hash(['forward', chat, source.chat, source.id, source.fromMe, source.sender]);
}

function hash(facts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

/** Ids of this form are what WhatsApp's own web client makes. */
const PREFIX = '3EB0';
const RANDOM_BYTES = 9;

export function newMessageId(ids: IdSource): string {
  return `${PREFIX}${ids.hex(RANDOM_BYTES).toUpperCase()}`;
}
