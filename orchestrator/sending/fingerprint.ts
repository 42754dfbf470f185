import { createHash } from 'node:crypto';
import type { IdSource } from '#kernel/ids.ts';
import type { SendTextRequest } from '../services/ports.ts';

/** What makes two requests the same; the text itself is not stored. */
export function fingerprintOf(request: SendTextRequest): string {
  const facts = [request.chat, request.text, request.quoted?.id ?? null, request.mentions ?? []];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

/** Ids of this form are what WhatsApp's own web client makes. */
const PREFIX = '3EB0';
const RANDOM_BYTES = 9;

export function newMessageId(ids: IdSource): string {
  return `${PREFIX}${ids.hex(RANDOM_BYTES).toUpperCase()}`;
}
