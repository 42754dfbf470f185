import type { proto } from '@whiskeysockets/baileys';
import type { CommandOutput } from '#engines/contract/command.ts';
import { jidKind } from '#engines/contract/identity.ts';
import { diskError } from '#engines/contract/kit/disk-error.ts';
import { nowSeconds } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { echoOf } from '../echo.ts';
import type { SentMessage, SentStore } from '../sent-store.ts';
import type { WASocket } from '../socket.ts';
import { addressOf } from './address.ts';
import type { CommandDeps } from './deps.ts';
import { ensureNumberSessions } from './number-sessions.ts';
import { unlessAborted, upstreamCode } from './upstream-error.ts';

/** Servers acknowledge within a second; the commands' own deadline is twice this. */
export const ACK_WAIT_MS = 10_000;

export interface Delivery {
  readonly chat: string;
  readonly messageId: string;
  /** Built for where it goes: a number may have become a hidden id. */
  readonly message: (chat: string) => proto.IMessage;
}

/**
 * Sends one message, at most once, and tells it to the history. Errors: what `session.open` throws (nothing left),
 * SEND_FAILED (refused, or never left), DELIVERY_UNKNOWN.
 */
export async function deliver(
  deps: CommandDeps,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<CommandOutput<'send.text'>> {
  const { session, acks, sent, clock, tell } = deps;
  const sock = session.open();
  const connectionEnd = deps.connectionEnd();
  const chat = await addressOf(sock, delivery.chat);
  const message = delivery.message(chat);
  const { messageId: id } = delivery;
  const sentAt = nowSeconds(clock);
  put(sent, { id, chat, message, sentAt, state: 'sending' });
  const ack = acks.expect(id);
  const settle = () => {
    try {
      sent.settle(id);
    } catch {
      // The next start tells it again, as pending; what is known by then stands.
    }
  };
  try {
    await unlessAborted(relay(sock, chat, message, id), connectionEnd);
  } catch (cause) {
    if (!deps.hasLeft(id)) {
      ack.forget();
      throw notSent(sock.ws.isOpen && !connectionEnd.aborted, cause, settle);
    }
    // It left; only what the library does afterwards failed.
  }
  const outcome = await ack.outcome(ACK_WAIT_MS, signal);
  if (typeof outcome === 'object' && outcome.error !== null) {
    settle();
    throw new TandemError('SEND_FAILED', { engine: 'baileys', details: { upstream: outcome.error } });
  }
  const at = (typeof outcome === 'object' ? outcome.at : null) ?? sentAt;
  const taken = typeof outcome === 'object';
  const chatAlt = chat === delivery.chat ? undefined : delivery.chat;
  tell(echoOf({ chat, chatAlt, id, message, at, taken }, session.self()));
  settle();
  if (!taken) throw new TandemError('DELIVERY_UNKNOWN', { engine: 'baileys', details: { because: outcome } });
  return { messageId: id, chat, sentAt: at, status: 'sent' };
}

/** Hands a message to the library, under an id of our own. */
export async function relay(
  sock: WASocket,
  chat: string,
  message: proto.IMessage,
  messageId: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (jidKind(chat) === 'pn') await ensureNumberSessions(sock, chat);
  await sock.relayMessage(chat, message, { messageId, additionalAttributes: { ...attributes } });
}

/** Nothing has left when this throws. */
export function put(store: SentStore, sent: SentMessage): void {
  try {
    store.put(sent);
  } catch (error) {
    throw diskError('baileys', error);
  }
}

/**
 * The library fails before it writes to the connection (no keys, no device list), or because the connection
 * closes. Only in the first case is it proven that nothing left.
 */
function notSent(isConnected: boolean, cause: unknown, settle: () => void): TandemError {
  const library = cause instanceof TandemError ? cause.cause : cause;
  const upstream = upstreamCode(library);
  // An error of the socket itself (EPIPE, ECONNRESET) comes before the connection counts as closed.
  const isBroken = typeof (library as { errno?: unknown } | undefined)?.errno === 'number';
  if (!isConnected || isBroken) {
    return new TandemError('DELIVERY_UNKNOWN', { engine: 'baileys', details: { upstream }, cause });
  }
  settle();
  return new TandemError('SEND_FAILED', { engine: 'baileys', details: { upstream, sent: false }, cause });
}
