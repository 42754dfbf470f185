import type { HistoryAnchor } from '#engines/contract/message.ts';
import { unlessAborted } from './commands/upstream-error.ts';

/** What came for one request of older messages. */
export interface PageAnswer {
  readonly messages: number;
  readonly end: 'start-reached' | 'more-on-phone' | 'unknown';
  readonly oldest: HistoryAnchor | null;
  readonly seq: number;
}

/** The server did not pass the request on to the phone: nothing will come. */
export interface PageRefusal {
  /** Code of the server, such as 429. */
  readonly refusal: string;
}

/** Brings answers and those who wait for them together, by request id only: chats change their names. */
export interface Pages {
  /**
   * A request that is being sent; its id is known only afterwards. Resolves with it, or rejects as `unlessAborted` does: an id
   * that comes later still counts, because the answer may come on the next connection.
   */
  asking(anchor: HistoryAnchor, sent: Promise<string>, over: AbortSignal): Promise<string>;
  /** What was asked for; null when this process did not ask it. An answer that overtakes its own id waits for it. */
  askedFrom(requestId: string): Promise<HistoryAnchor | null>;
  answered(requestId: string, answer: PageAnswer): void;
  /** The server refuses a stanza, which may have been a request: nothing happens when it was none. */
  refused(stanzaId: string, code: string): void;
  /** Null when nothing came in time, or before the signal. The answer may be there already. */
  wait(requestId: string, waitMs: number, signal: AbortSignal): Promise<PageAnswer | PageRefusal | null>;
}

/** An answer, or a refusal, can overtake the note that the request was sent. */
const KEPT = 200;

export function createPages(): Pages {
  const answers = new Map<string, PageAnswer | PageRefusal>();
  const anchors = new Map<string, HistoryAnchor>();
  const sending = new Set<Promise<unknown>>();
  const waiting = new Map<string, (answer: PageAnswer | PageRefusal | null) => void>();
  const settle = (requestId: string, answer: PageAnswer | PageRefusal) => {
    keep(answers, requestId, answer);
    waiting.get(requestId)?.(answer);
  };
  return {
    asking: async (anchor, sent, over) => {
      const noted = sent.then((requestId) => {
        keep(anchors, requestId, anchor);
        return requestId;
      });
      const asked = unlessAborted(noted, over);
      const settled = asked.catch(() => undefined);
      sending.add(settled);
      try {
        return await asked;
      } finally {
        sending.delete(settled);
      }
    },
    askedFrom: async (requestId) => {
      if (!anchors.has(requestId)) await Promise.all(sending);
      return anchors.get(requestId) ?? null;
    },
    answered: settle,
    refused: (stanzaId, code) => {
      // While a request is being sent, any id that is not known may be its own.
      if (anchors.has(stanzaId) || sending.size > 0) settle(stanzaId, { refusal: code });
    },
    wait: (requestId, waitMs, signal) =>
      new Promise((resolve) => {
        const there = answers.get(requestId);
        if (there !== undefined || signal.aborted) return resolve(there ?? null);
        const done = (answer: PageAnswer | PageRefusal | null) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', late);
          waiting.delete(requestId);
          resolve(answer);
        };
        const late = () => done(null);
        const timer = setTimeout(late, waitMs);
        signal.addEventListener('abort', late, { once: true });
        waiting.set(requestId, done);
      }),
  };
}

function keep<T>(map: Map<string, T>, requestId: string, value: T): void {
  map.set(requestId, value);
  const oldest = map.size > KEPT ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
}
