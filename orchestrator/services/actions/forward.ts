import type { ServiceContext } from '../context.ts';
import { ownerOf, refOf } from '../messages/reference.ts';
import type { ForwardRequest } from '../ports.ts';
import { compact, type Reply } from '../reply.ts';
import { checkAddressable, createSendReport, type SendMessageRequest, type SentMessage } from '../send.ts';
import { createGroupGate } from '../send-group.ts';
import { checkWritten, findTarget } from './target.ts';

export interface ForwardMessageRequest
  extends Pick<SendMessageRequest, 'idempotency_key' | 'allow_duplicate' | 'wait_for'> {
  readonly message_id: string;
  readonly from_chat?: string | undefined;
  readonly to_chat: string;
}

export interface Forwarded extends SentMessage {
  /** The chat that the message was taken from. */
  readonly from_chat_jid: string;
}

/**
 * Sends a stored message on, at most once. Errors: those of findTarget and of sending; MEDIA_EXPIRED when its file is gone.
 */
export function createForward(context: ServiceContext) {
  const { resolver, sending } = context;
  const gate = createGroupGate(context);
  const report = createSendReport(context);

  return async (request: ForwardMessageRequest, signal?: AbortSignal): Promise<Reply<Forwarded>> => {
    const startedAt = performance.now();
    const message = await findTarget(context, { message_id: request.message_id, chat: request.from_chat });
    checkWritten(message);
    const recipient = await resolver.recipient(request.to_chat, 'to_chat', signal);
    checkAddressable(recipient.jid, 'to_chat');
    await gate.check(recipient.jid, signal);
    const { type, text, media } = message;
    const forward: ForwardRequest = compact({
      chat: recipient.jid,
      source: refOf(message),
      content: { type, text, media },
      preferred: ownerOf(message),
      idempotencyKey: request.idempotency_key,
      allowDuplicate: request.allow_duplicate,
    }) as ForwardRequest;
    const outcome = await gate.send(recipient.jid, () => sending.forward(forward, signal), signal);
    const reply = await report(outcome, { request, name: recipient.name, startedAt }, signal);
    return { ...reply, data: { ...reply.data, from_chat_jid: message.chatJid } };
  };
}
