import type { HistoryAnchor } from '#engines/contract/message.ts';

/** What came for one request of older messages. */
export interface PageAnswer {
  readonly messages: number;
  readonly end: 'start-reached' | 'more-on-phone' | 'unknown';
  readonly oldest: HistoryAnchor | null;
  readonly seq: number;
}

/** Brings answers and those who wait for them together, by request id only: chats change their names. */
export interface Pages {
  /** A request that is being sent; its id is known only afterwards. Resolves with what `request` resolves with. */
  asking(anchor: HistoryAnchor, request: () => Promise<string>): Promise<string>;
  /** What was asked for; null when this process did not ask it. An answer that overtakes its own id waits for it. */
  askedFrom(requestId: string): Promise<HistoryAnchor | null>;
  answered(requestId: string, answer: PageAnswer): void;
  /** Null when nothing came in time. The answer may be there already. */
  wait(requestId: string, waitMs: number, signal: AbortSignal): Promise<PageAnswer | null>;
}

/** An answer can overtake the note that the request was sent. */
const KEPT = 200;

export function createPages(): Pages {
  const answers = new Map<string, PageAnswer>();
  const anchors = new Map<string, HistoryAnchor>();
  const sending = new Set<Promise<unknown>>();
  const waiting = new Map<string, (answer: PageAnswer | null) => void>();
  return {
    asking: async (anchor, request) => {
      const sent = request().then((requestId) => {
        keep(anchors, requestId, anchor);
        return requestId;
      });
      const settled = sent.catch(() => undefined);
      sending.add(settled);
      try {
        return await sent;
      } finally {
        sending.delete(settled);
      }
    },
    askedFrom: async (requestId) => {
      if (!anchors.has(requestId)) await Promise.all(sending);
      return anchors.get(requestId) ?? null;
    },
    answered: (requestId, answer) => {
      keep(answers, requestId, answer);
      waiting.get(requestId)?.(answer);
    },
    wait: (requestId, waitMs, signal) =>
      new Promise((resolve) => {
        const there = answers.get(requestId);
        if (there !== undefined || signal.aborted) return resolve(there ?? null);
        const done = (answer: PageAnswer | null) => {
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
