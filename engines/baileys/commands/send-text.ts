import { jidNormalizedUser, type proto } from '@whiskeysockets/baileys';
import type { CommandHandlers, CommandInput } from '#engines/contract/command.ts';
import { jidKind } from '#engines/contract/identity.ts';
import type { MessageStatus } from '#engines/contract/message.ts';
import type { Observation } from '#engines/contract/observation.ts';
import { nowSeconds } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { said, toJid } from '../normalise/scalars.ts';
import type { Self } from '../normalise/self.ts';
import { diskError } from '../reason-errors.ts';
import type { SentMessage, SentStore } from '../sent-store.ts';
import type { WASocket } from '../socket.ts';
import type { CommandDeps } from './deps.ts';
import { ensureNumberSessions } from './number-sessions.ts';
import { unlessAborted, upstreamCode } from './upstream-error.ts';

type Input = CommandInput<'send.text'>;

/** Usually known; else the server is asked. The number does for most people. */
const LID_WAIT_MS = 5_000;
/** Servers acknowledge within a second; the command's own deadline is twice this. */
const ACK_WAIT_MS = 10_000;

export function sendTextCommand(deps: CommandDeps): Required<Pick<CommandHandlers, 'send.text'>> {
  const { session, acks, sent, clock, tell } = deps;
  return {
    'send.text': async (input, signal) => {
      const sock = session.open();
      const connectionEnd = deps.connectionEnd();
      const chat = await addressOf(sock, input.chat);
      const message = textMessage(input, chat, session.self());
      const { messageId: id } = input;
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
      const known = typeof outcome === 'object';
      tell([echoOf({ ...input, at, sentTo: chat, status: known ? 'sent' : 'pending' })]);
      settle();
      if (!known)
        throw new TandemError('DELIVERY_UNKNOWN', { engine: 'baileys', details: { because: outcome } });
      return { messageId: id, chat, sentAt: at, status: 'sent' };
    },
  };
}

async function relay(sock: WASocket, chat: string, message: proto.IMessage, messageId: string) {
  if (jidKind(chat) === 'pn') await ensureNumberSessions(sock, chat);
  await sock.relayMessage(chat, message, { messageId });
}

/** Nothing has left when this throws. */
function put(store: SentStore, sent: SentMessage): void {
  try {
    store.put(sent);
  } catch (error) {
    throw diskError(error);
  }
}

/** A message to the number of somebody who has a hidden id can be refused (error 463); to that id it goes through. */
async function addressOf(sock: WASocket, chat: string): Promise<string> {
  if (jidKind(chat) !== 'pn') return chat;
  const late = new Promise<null>((resolve) => setTimeout(resolve, LID_WAIT_MS, null).unref());
  const asked = sock.signalRepository.lidMapping.getLIDForPN(chat).catch(() => null);
  const lid = await Promise.race([asked, late]);
  return lid === null ? chat : (toJid(jidNormalizedUser(lid)) ?? chat);
}

function textMessage(input: Input, chat: string, self: Self): proto.IMessage {
  const { quoted, mentions } = input;
  const author = quoted?.fromMe
    ? jidKind(chat) === 'pn'
      ? self.pn
      : (self.lid ?? self.pn)
    : (quoted?.sender ?? chat);
  const contextInfo: proto.IContextInfo = {
    ...(quoted === undefined
      ? {}
      : { stanzaId: quoted.id, participant: author, quotedMessage: { conversation: quoted.text ?? '' } }),
    ...(mentions === undefined || mentions.length === 0 ? {} : { mentionedJid: mentions }),
  };
  const isPlain = Object.keys(contextInfo).length === 0;
  return { extendedTextMessage: { text: input.text, ...(isPlain ? {} : { contextInfo }) } };
}

/** What the send was, as a message of the history: the server tells it to all other devices but this one. */
export function echoOf(
  echo: Input & { readonly at: number; readonly sentTo: string; readonly status: MessageStatus },
): Observation {
  const chatAlt = echo.sentTo === echo.chat ? null : echo.chat;
  return {
    kind: 'message',
    via: 'echo',
    chat: echo.sentTo,
    id: echo.messageId,
    fromMe: true,
    sender: null,
    sentAt: echo.at,
    type: 'text',
    text: echo.text,
    status: echo.status,
    ...said({
      chatAlt,
      mentions: echo.mentions?.length ? echo.mentions : null,
      quoted: echo.quoted
        ? {
            id: echo.quoted.id,
            sender: echo.quoted.fromMe ? null : echo.quoted.sender,
            text: echo.quoted.text,
          }
        : null,
    }),
  };
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
