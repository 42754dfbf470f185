import type { HistoryAnchor } from '#engines/contract/command.ts';

/** What came for one request of older messages. */
export interface PageAnswer {
  readonly messages: number;
  readonly end: 'start-reached' | 'more-on-phone' | 'unknown';
  readonly oldest: HistoryAnchor | null;
  readonly seq: number;
}

/** Brings answers and those who wait for them together, by request id only: chats change their names. */
export interface Pages {
  answered(requestId: string, answer: PageAnswer): void;
  /** Null when nothing came in time. The answer may be there already. */
  wait(requestId: string, waitMs: number, signal: AbortSignal): Promise<PageAnswer | null>;
}

/** An answer can overtake the note that the request was sent. */
const ANSWERS_KEPT = 200;

export function createPages(): Pages {
  const answers = new Map<string, PageAnswer>();
  const waiting = new Map<string, (answer: PageAnswer | null) => void>();
  return {
    answered: (requestId, answer) => {
      answers.set(requestId, answer);
      const oldest = answers.size > ANSWERS_KEPT ? answers.keys().next().value : undefined;
      if (oldest !== undefined) answers.delete(oldest);
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
