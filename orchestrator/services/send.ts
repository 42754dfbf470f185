import { jidKind, normaliseJid } from '#engines/contract/identity.ts';
import { TandemError } from '#kernel/errors.ts';
import { MESSAGE_TEXT_MAX_CHARS } from '#kernel/limits.ts';
import type { ServiceContext } from './context.ts';
import { findMessage } from './messages/reference.ts';
import type { SendTextOutcome, SendTextRequest } from './ports.ts';
import { optionalName } from './present/message.ts';
import { compact, type Reply, servedBy } from './reply.ts';
import { createDeliveryWait, deliveryWaitMs } from './send-delivery.ts';
import { createGroupGate } from './send-group.ts';

export interface SendMessageRequest {
  readonly to: string;
  readonly message: string;
  readonly idempotency_key?: string | undefined;
  readonly reply_to?: string | undefined;
  readonly mentions?: readonly string[] | undefined;
  readonly allow_duplicate: boolean;
  /** What to wait for: that the server has it, or that another phone has it. */
  readonly wait_for?: 'server' | 'delivered' | undefined;
  /** Resolves and checks everything, sends nothing. */
  readonly dry_run: boolean;
}

/** `NOT_DELIVERED_YET` = sent, and no receipt came while the call could wait. */
export const sendNotices = ['DUPLICATE_SUPPRESSED', 'NOT_DELIVERED_YET'] as const;
export type SendNotice = (typeof sendNotices)[number];

export interface SentMessage {
  readonly sent: boolean;
  readonly dry_run?: boolean;
  readonly message_id?: string;
  readonly chat_jid: string;
  readonly chat_name?: string;
  readonly timestamp?: string;
  readonly status?: 'pending' | 'sent' | 'delivered' | 'read';
  /** True when nothing new was sent because this was sent before; `message_id` is then the earlier one. */
  readonly deduplicated: boolean;
  readonly notice?: SendNotice;
  readonly idempotency_key?: string;
}

/**
 * Sends one text. Errors: RECIPIENT_NOT_FOUND, RECIPIENT_AMBIGUOUS, TEXT_TOO_LONG, MESSAGE_NOT_FOUND (reply_to),
 * INVALID_JID (mentions), NOT_GROUP_MEMBER, NOT_GROUP_ADMIN, and those of sending: RATE_LIMITED, IDEMPOTENCY_KEY_REUSED, SEND_FAILED, DELIVERY_UNKNOWN.
 */
export function createSendMessage(context: ServiceContext) {
  const { resolver, sending } = context;
  const gate = createGroupGate(context);
  const report = createSendReport(context);

  return async (request: SendMessageRequest, signal?: AbortSignal): Promise<Reply<SentMessage>> => {
    const startedAt = performance.now();
    checkText(request.message, 'message');
    const recipient = await resolver.recipient(request.to, 'to', signal);
    checkAddressable(recipient.jid, 'to');
    await gate.check(recipient.jid, signal);
    const mentions = request.mentions?.map(readMention);
    const quoted =
      request.reply_to === undefined ? undefined : await readQuoted(context, request.reply_to, recipient.jid);
    const named = compact({ chat_jid: recipient.jid, chat_name: optionalName(recipient.name) });
    if (request.dry_run) {
      return {
        data: { sent: false, dry_run: true, deduplicated: false, ...named },
        summary: 'Nothing was sent: dry run.',
      };
    }
    const text = compact({
      chat: recipient.jid,
      text: request.message,
      quoted,
      mentions,
      idempotencyKey: request.idempotency_key,
      allowDuplicate: request.allow_duplicate,
    }) as SendTextRequest;
    const outcome = await gate.send(recipient.jid, () => sending.sendText(text, signal), signal);
    return await report(outcome, { request, name: recipient.name, startedAt }, signal);
  };
}

interface Asked {
  readonly request: Pick<SendMessageRequest, 'wait_for' | 'idempotency_key'>;
  /** Of the recipient. */
  readonly name: string | null;
  /** When the call began, as performance.now(). */
  readonly startedAt: number;
}

/** What is said of something sent, after waiting for a receipt where one was asked for. */
export function createSendReport(context: ServiceContext) {
  const delivery = createDeliveryWait(context);

  return async (
    outcome: SendTextOutcome,
    { request, name, startedAt }: Asked,
    signal?: AbortSignal,
  ): Promise<Reply<SentMessage>> => {
    const wait =
      request.wait_for === 'delivered' && (outcome.status === 'pending' || outcome.status === 'sent');
    const receipt = wait ? await delivery(outcome.messageId, deliveryWaitMs(startedAt), signal) : null;
    return {
      data: compact({
        sent: outcome.duplicate === 'none',
        message_id: outcome.messageId,
        chat_jid: outcome.chat,
        chat_name: optionalName(name),
        timestamp: context.times.iso(outcome.sentAt),
        status: receipt ?? outcome.status,
        deduplicated: outcome.duplicate !== 'none',
        notice: noticeOf(outcome.duplicate === 'suppressed', wait && receipt === null),
        idempotency_key: request.idempotency_key,
      }),
      meta: servedBy(outcome),
      summary: outcome.duplicate === 'none' ? 'Sent.' : 'Not sent again: the same message went out before.',
    };
  };
}

function noticeOf(suppressed: boolean, undelivered: boolean): SendNotice | undefined {
  if (suppressed) return 'DUPLICATE_SUPPRESSED';
  return undelivered ? 'NOT_DELIVERED_YET' : undefined;
}

/** A text to `status@broadcast` would be published to everybody; lists and channels are not for this call either. */
export function checkAddressable(jid: string, field: string): void {
  const kind = jidKind(jid);
  if (kind === 'pn' || kind === 'lid' || kind === 'group') return;
  throw new TandemError('INVALID_JID', {
    message: 'Messages go to people and groups only.',
    hint: 'Status updates, broadcast lists and channels cannot be written to.',
    details: { field },
  });
}

export function checkText(text: string, field: string): void {
  if (text.trim() === '') {
    throw new TandemError('VALIDATION_ERROR', {
      message: `${field}: the text is empty.`,
      details: { problems: [{ field, problem: 'the text is empty' }] },
    });
  }
  if (text.length > MESSAGE_TEXT_MAX_CHARS) {
    throw new TandemError('TEXT_TOO_LONG', {
      details: { limit: MESSAGE_TEXT_MAX_CHARS, actual: text.length },
    });
  }
}

function readMention(typed: string): string {
  const jid = normaliseJid(typed.trim());
  if (jid === null) throw new TandemError('INVALID_JID', { details: { field: 'mentions' } });
  return jid;
}

async function readQuoted(context: ServiceContext, id: string, chat: string) {
  const record = await findMessage(context, { message_id: id, chat });
  const inGroup = record.chatJid.endsWith('@g.us');
  return {
    id: record.id,
    fromMe: record.fromMe,
    sender: inGroup ? (record.sender?.jid ?? null) : null,
    text: record.text,
  };
}
