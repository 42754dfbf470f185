import type { MessageStore } from '#history/contracts/history.ts';
import type { MessageRecord } from '#history/contracts/records.ts';
import { pause } from '../pause.ts';

export interface Echo {
  readonly chat: string;
  /** Seconds. */
  readonly sentAt: number;
  readonly status: 'sent' | 'delivered' | 'read';
}

/** Looks for the proof that a message went out: the message itself, as the server gave it back. */
export interface EchoFinder {
  find(messageId: string): Promise<Echo | null>;
  /** Looks again after every commit until the time is over. */
  waitFor(messageId: string, waitMs: number): Promise<Echo | null>;
}

export function createEchoFinder(
  messages: MessageStore,
  onIngested: (listener: () => void) => () => void,
): EchoFinder {
  const find = async (messageId: string) => {
    const found = (await messages.byId(messageId)).filter((message) => message.fromMe);
    return found.map(proofOf).find((echo) => echo !== null) ?? null;
  };
  return {
    find,
    waitFor: async (messageId, waitMs) => {
      const over = new AbortController();
      const timer = setTimeout(() => over.abort(), waitMs);
      let news = new AbortController();
      const stop = onIngested(() => news.abort());
      try {
        for (;;) {
          news = new AbortController();
          const echo = await find(messageId);
          if (echo !== null || over.signal.aborted) return echo;
          await pause(waitMs, AbortSignal.any([over.signal, news.signal]));
        }
      } finally {
        clearTimeout(timer);
        stop();
      }
    },
  };
}

/** An engine's own note of what it is about to send proves nothing; an acknowledgement or another path does. */
function proofOf(message: MessageRecord): Echo | null {
  const { chatJid: chat, sentAt, status } = message;
  if (status === 'failed') return null;
  if (status === 'delivered' || status === 'sent') return { chat, sentAt, status };
  if (status === 'read' || status === 'played') return { chat, sentAt, status: 'read' };
  const fromServer = message.sources.some((source) => source.via !== 'echo');
  return fromServer ? { chat, sentAt, status: 'sent' } : null;
}
