import type { EngineName } from '#engines/contract/capability.ts';
import type { MessageStore } from '#history/contracts/history.ts';
import type { MessageRecord } from '#history/contracts/records.ts';
import { pause } from '../pause.ts';

export interface Echo {
  readonly chat: string;
  /** Seconds. */
  readonly sentAt: number;
  readonly status: 'sent' | 'delivered' | 'read';
  /** The engine that sent it, as far as the history tells; else one that saw it. */
  readonly engine: EngineName;
}

/** Looks for the proof that a message went out: the message itself, as the server gave it back. */
export interface EchoFinder {
  /** `sender` = the engine that was asked to send it; null = nobody knows any more. */
  find(messageId: string, sender: EngineName | null): Promise<Echo | null>;
  /** Looks again after every commit until the time is over, or nobody waits any more. */
  waitFor(
    messageId: string,
    sender: EngineName | null,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<Echo | null>;
}

export function createEchoFinder(
  messages: MessageStore,
  onIngested: (listener: () => void) => () => void,
): EchoFinder {
  const find: EchoFinder['find'] = async (messageId, sender) => {
    const found = (await messages.byId(messageId)).filter((message) => message.fromMe);
    return found.map((message) => proofOf(message, sender)).find((echo) => echo !== null) ?? null;
  };
  return {
    find,
    waitFor: async (messageId, sender, waitMs, signal) => {
      const over = new AbortController();
      const end = () => over.abort();
      const timer = setTimeout(end, waitMs);
      signal?.addEventListener('abort', end, { once: true });
      if (signal?.aborted) end();
      let news = new AbortController();
      const stop = onIngested(() => news.abort());
      try {
        for (;;) {
          news = new AbortController();
          const echo = await find(messageId, sender);
          if (echo !== null || over.signal.aborted) return echo;
          await pause(waitMs, AbortSignal.any([over.signal, news.signal]));
        }
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        stop();
      }
    },
  };
}

/**
 * What an engine shows of what it was itself asked to send proves nothing while it is pending: its own note, and
 * the message that waits in its page. What another device of the account saw, or the server gave back, does.
 */
function proofOf(message: MessageRecord, sender: EngineName | null): Echo | null {
  const { chatJid: chat, sentAt, status, sources } = message;
  const senders = new Set(sources.filter(({ via }) => via === 'echo').map(({ engine }) => engine));
  if (sender !== null) senders.add(sender);
  const others = sources.filter(({ via, engine }) => via !== 'echo' && !senders.has(engine));
  const engine = sender ?? [...senders][0] ?? others[0]?.engine;
  if (engine === undefined) return null;
  if (status === 'delivered' || status === 'sent') return { chat, sentAt, status, engine };
  if (status === 'read' || status === 'played') return { chat, sentAt, status: 'read', engine };
  const givenBack = status === null && sources.some(({ via }) => via !== 'echo');
  return others.length > 0 || givenBack ? { chat, sentAt, status: 'sent', engine } : null;
}
