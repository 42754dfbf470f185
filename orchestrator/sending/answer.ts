import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import type { SendRecord } from '#history/contracts/sends.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import type { CallAttempt } from '../services/ports.ts';
import type { Echo } from './echo.ts';

const answerSchema = z.strictObject({
  messageId: z.string(),
  chat: z.string(),
  sentAt: z.number(),
  status: z.enum(['pending', 'sent', 'delivered', 'read']),
  engine: engineNameSchema,
});
/** What is stored with an intent that is done, and given again to whoever asks with the same key. */
export type Answer = z.infer<typeof answerSchema>;

export function answerOf({ messageId }: SendRecord, echo: Echo): Answer {
  return { messageId, ...echo };
}

/** Null while there is none. */
export function storedAnswer({ state, result }: SendRecord): Answer | null {
  return state === 'done' && result !== null ? answerSchema.parse(JSON.parse(result)) : null;
}

export function engineOf(name: string | null) {
  return engineNameSchema.safeParse(name).data ?? null;
}

/** Errors after which nobody can say whether a send went out, unless `details.sent` is false. */
const PROVES_NOTHING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DELIVERY_UNKNOWN',
  'INTERNAL_ERROR',
  'ENGINE_TIMEOUT',
  'ENGINE_UNREACHABLE',
  'ENGINE_PROTOCOL',
  'CONNECTION_LOST',
  'SHUTTING_DOWN',
  'WHATSAPP_API_ERROR',
]);

export function mayHaveLeft({ code, details }: TandemError): boolean {
  return PROVES_NOTHING.has(code) && details?.sent !== false;
}

export function deliveryUnknown(record: SendRecord, cause?: TandemError): TandemError {
  return new TandemError('DELIVERY_UNKNOWN', {
    details: { message_id: record.messageId, chat: record.chatJid },
    ...(cause === undefined ? {} : { cause }),
    ...(cause?.engine == null ? {} : { engine: cause.engine }),
  });
}

/** Who was asked before the outcome became unknown. */
export function attemptsOf(error: TandemError, tookMs: number): readonly CallAttempt[] {
  const told = error.details?.attempts;
  if (Array.isArray(told)) return told as readonly CallAttempt[];
  const engine = engineOf(error.engine);
  return engine === null ? [] : [{ engine, code: error.code, durationMs: Math.round(tookMs) }];
}
