import type { CommandHandlers } from '#engines/contract/command.ts';
import { TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { PageRefusal } from '../pages.ts';
import type { CommandDeps } from './deps.ts';

const RATE_LIMITED = '429';
/** The server names no time. Twice as long after each refusal, until the phone has answered again. */
const FIRST_RETRY_SECONDS = 5;
const LAST_RETRY_SECONDS = 320;
/** Somebody else asks for the same chat; it takes as long as one page. */
const IN_FLIGHT_RETRY_SECONDS = 5;

export function historyPageCommand({
  session,
  pages,
  historyWaitMs,
  connectionEnd,
}: CommandDeps): Required<Pick<CommandHandlers, 'history.page'>> {
  /** A phone that is asked twice for one chat at a time answers once. */
  const inFlight = new Set<string>();
  let refusals = 0;

  function errorOf({ refusal }: PageRefusal): TandemError {
    const facts = { engine: 'baileys', details: { reason: 'refused', upstream: refusal } } as const;
    if (refusal !== RATE_LIMITED) return new TandemError('WHATSAPP_API_ERROR', facts);
    const retryAfterSeconds = Math.min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** refusals);
    refusals += 1;
    return new TandemError('RATE_LIMITED', { ...facts, retryAfterSeconds });
  }

  return {
    'history.page': async ({ chat, anchor, count }, signal) => {
      const sock = session.open();
      if (inFlight.has(chat)) {
        throw new TandemError('RATE_LIMITED', {
          engine: 'baileys',
          retryAfterSeconds: IN_FLIGHT_RETRY_SECONDS,
          details: { reason: 'in-flight' },
        });
      }
      inFlight.add(chat);
      // What was asked before this connection ends may still be answered on the next one: not for this caller.
      const lost = connectionEnd();
      const over = AbortSignal.any([signal, lost]);
      try {
        const key = {
          remoteJid: chat,
          id: anchor.id,
          fromMe: anchor.fromMe,
          ...(anchor.sender === null ? {} : { participant: anchor.sender }),
        };
        const sentAtMs = anchor.sentAt * MILLISECONDS_PER_SECOND;
        const sent = sock.fetchMessageHistory(count, key, sentAtMs);
        const requestId = await pages.asking(anchor, sent, over);
        const answer = await pages.wait(requestId, historyWaitMs, over);
        if (answer === null) {
          if (lost.aborted) throw lost.reason;
          return { requestId, outcome: 'silent', messages: 0, end: 'unknown', oldest: null, seq: null };
        }
        if ('refusal' in answer) throw errorOf(answer);
        refusals = 0;
        return { requestId, outcome: 'answered', ...answer };
      } finally {
        inFlight.delete(chat);
      }
    },
  };
}
