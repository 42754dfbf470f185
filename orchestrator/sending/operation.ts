import type { CommandOutput } from '#engines/contract/command.ts';
import type { CallOutcome, ForwardRequest, RouterPort, SendTextRequest } from '../services/ports.ts';
import { fingerprintOf, forwardFingerprintOf } from './fingerprint.ts';

/** One thing to be sent at most once, whatever it is. */
export interface SendOperation {
  /** Keys and repeats of one operation know nothing of those of another. */
  readonly name: 'send.text' | 'message.forward';
  readonly chat: string;
  readonly fingerprint: string;
  readonly idempotencyKey: string | null;
  readonly allowDuplicate: boolean;
  /** Hands it to an engine, under the id that was written down before. */
  dispatch(
    router: RouterPort,
    messageId: string,
    signal: AbortSignal | undefined,
  ): Promise<CallOutcome<CommandOutput<'send.text' | 'message.forward'>>>;
}

export function textOperation(request: SendTextRequest): SendOperation {
  const { chat, text, quoted, mentions } = request;
  return {
    name: 'send.text',
    chat,
    fingerprint: fingerprintOf(request),
    idempotencyKey: request.idempotencyKey ?? null,
    allowDuplicate: request.allowDuplicate ?? false,
    dispatch: (router, messageId, signal) =>
      router.call(
        'send.text',
        {
          chat,
          messageId,
          text,
          ...(quoted === undefined ? {} : { quoted }),
          ...(mentions === undefined ? {} : { mentions: [...mentions] }),
        },
        signal === undefined ? {} : { signal },
      ),
  };
}

export function forwardOperation(request: ForwardRequest): SendOperation {
  const { chat, source, content, preferred } = request;
  return {
    name: 'message.forward',
    chat,
    fingerprint: forwardFingerprintOf(request),
    idempotencyKey: request.idempotencyKey ?? null,
    allowDuplicate: request.allowDuplicate ?? false,
    dispatch: (router, messageId, signal) =>
      router.call(
        'message.forward',
        { chat, messageId, source, content },
        { ...(preferred === undefined ? {} : { preferred }), ...(signal === undefined ? {} : { signal }) },
      ),
  };
}
