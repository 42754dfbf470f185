import type { CommandHandlers } from '#engines/contract/command.ts';
import { TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { CommandDeps } from './deps.ts';
import { unlessAborted } from './upstream-error.ts';

export function historyPageCommand({
  session,
  pages,
  historyWaitMs,
}: CommandDeps): Required<Pick<CommandHandlers, 'history.page'>> {
  /** A phone that is asked twice for one chat at a time answers once. */
  const inFlight = new Set<string>();
  return {
    'history.page': async ({ chat, anchor, count }, signal) => {
      const sock = session.open();
      if (inFlight.has(chat)) {
        throw new TandemError('RATE_LIMITED', { engine: 'baileys', retryAfterSeconds: 5 });
      }
      inFlight.add(chat);
      try {
        const key = {
          remoteJid: chat,
          id: anchor.id,
          fromMe: anchor.fromMe,
          ...(anchor.sender === null ? {} : { participant: anchor.sender }),
        };
        const request = () => sock.fetchMessageHistory(count, key, anchor.sentAt * MILLISECONDS_PER_SECOND);
        const requestId = await unlessAborted(pages.asking(anchor, request), signal);
        const answer = await pages.wait(requestId, historyWaitMs, signal);
        if (answer === null) {
          return { requestId, outcome: 'silent', messages: 0, end: 'unknown', oldest: null, seq: null };
        }
        return { requestId, outcome: 'answered', ...answer };
      } finally {
        inFlight.delete(chat);
      }
    },
  };
}
