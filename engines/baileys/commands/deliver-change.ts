import { generateMessageIDV2, type proto } from '@whiskeysockets/baileys';
import { nowSeconds } from '#kernel/clock.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { echoOf } from '../echo.ts';
import type { WASocket } from '../socket.ts';
import { addressOf } from './address.ts';
import { ACK_WAIT_MS, put, relay } from './deliver.ts';
import type { CommandDeps } from './deps.ts';
import { unlessAborted } from './upstream-error.ts';

export interface Change {
  readonly chat: string;
  /** The message that says it, built for where it goes. */
  readonly message: (chat: string, sock: WASocket) => proto.IMessage | Promise<proto.IMessage>;
  /** Of the stanza: which kind of change it is. */
  readonly attributes?: (chat: string) => Readonly<Record<string, string>>;
  /** What refusals of the server mean here. */
  readonly errors?: Readonly<Record<string, ErrorCode>>;
}

/** "Not acceptable", and what has been seen of WhatsApp for it. */
const TOO_LATE = ['406', '479'];

/** What a refusal means for changes that are allowed for some time only. */
export function tooLate(code: ErrorCode): Readonly<Record<string, ErrorCode>> {
  return Object.fromEntries(TOO_LATE.map((refusal) => [refusal, code]));
}

/**
 * Sends what changes a message that is there already, and tells it to the history. Safe to repeat, so "perhaps" is no
 * outcome. Returns the server's time. Errors: what `session.open` throws, ENGINE_TIMEOUT, CONNECTION_LOST, SEND_FAILED.
 */
export async function deliverChange(deps: CommandDeps, change: Change, signal: AbortSignal): Promise<number> {
  const { session, acks, sent, clock, tell } = deps;
  const sock = session.open();
  const ended = deps.connectionEnd();
  const chat = await addressOf(sock, change.chat);
  const message = await unlessAborted(
    Promise.resolve(change.message(chat, sock)),
    AbortSignal.any([signal, ended]),
  );
  const id = generateMessageIDV2(session.self().pn ?? undefined);
  const sentAt = nowSeconds(clock);
  // Recipients that cannot decrypt it ask for it again.
  put(sent, { id, chat, message, sentAt, state: 'change' });
  const ack = acks.expect(id);
  try {
    const work = relay(sock, chat, message, id, change.attributes?.(chat));
    await unlessAborted(work, AbortSignal.any([signal, ended]));
  } catch (error) {
    if (!deps.hasLeft(id)) {
      ack.forget();
      throw error;
    }
    // It left; only what the library does afterwards failed.
  }
  const outcome = await ack.outcome(ACK_WAIT_MS, signal);
  if (outcome === 'late') throw new TandemError('ENGINE_TIMEOUT', { engine: 'baileys' });
  if (outcome === 'disconnected') throw new TandemError('CONNECTION_LOST', { engine: 'baileys' });
  if (outcome.error !== null) {
    const code = change.errors?.[outcome.error] ?? 'SEND_FAILED';
    throw new TandemError(code, { engine: 'baileys', details: { upstream: outcome.error } });
  }
  const at = outcome.at ?? sentAt;
  const chatAlt = chat === change.chat ? undefined : change.chat;
  tell(echoOf({ chat, chatAlt, id, message, at, taken: true }, session.self()));
  return at;
}
