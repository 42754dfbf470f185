import type { InitialSync } from './initial-sync.ts';
import { observeMessage } from './normalise/message.ts';
import type { AskPage, Older } from './page-helpers.ts';
import type { Teller } from './teller.ts';
import type { Told } from './told.ts';

/**
 * What changed while nobody listened: the page was gone, or its journal ran over. Looks at what the page has in memory, which
 * after a start is the newest of each chat, and tells the part that the outbox does not know.
 */
export type Reconcile = (chats: readonly string[], signal: AbortSignal) => Promise<void>;

export interface ReconcileDeps {
  readonly ask: AskPage;
  readonly teller: Teller;
  readonly told: Told;
  readonly sync: Pick<InitialSync, 'push'>;
}

const SLICE_CHATS = 50;
const SLICE_MESSAGES = 200;
const GAP_LOADS = 5;
/** A chat with more news than this is told as far, and the rest is asked for when somebody wants it. */
const GAP_MAX_MESSAGES = 5_000;

export function createReconcile({ ask, teller, told, sync }: ReconcileDeps): Reconcile {
  /** In memory everything is new, so the disk may hold more of it: from the newest back to what is known. */
  async function closeGap(chat: string, signal: AbortSignal): Promise<void> {
    let before: { id: string; t: number } | null = null;
    for (let count = 0; count < GAP_MAX_MESSAGES; count += SLICE_MESSAGES) {
      const slice: Older | null = await ask(
        'older',
        { chat, before, count: SLICE_MESSAGES, loads: GAP_LOADS },
        { signal },
      );
      if (slice === null || slice.oldest === null) return;
      const known = slice.prints.length - told.unknown(slice.prints).length;
      const context = teller.messageContext('push');
      const found = slice.messages
        .map((model) => observeMessage(model, context))
        .filter((one) => one !== null);
      if (!teller.tell(found)) return;
      told.remember(chat, slice.prints);
      if (known > 0 || slice.exhausted) return;
      before = slice.oldest;
    }
  }

  return async (chats, signal) => {
    for (let at = 0; at < chats.length; at += SLICE_CHATS) {
      const { found } = await ask('prints', { ids: chats.slice(at, at + SLICE_CHATS) }, { signal });
      for (const { id: chat, prints } of found) {
        signal.throwIfAborted();
        if (told.floor(chat) === null) {
          await sync.push(chat, signal);
          continue;
        }
        const news = told.unknown(prints);
        if (news.length === 0) continue;
        if (news.length === prints.length) {
          await closeGap(chat, signal);
          continue;
        }
        for (let from = 0; from < news.length; from += SLICE_MESSAGES) {
          const part = news.slice(from, from + SLICE_MESSAGES);
          const models = await ask('byKey', { chat, keys: part.map(([key]) => key) }, { signal });
          const context = teller.messageContext('offline');
          const observed = models
            .map((model) => observeMessage(model, context))
            .filter((one) => one !== null);
          if (!teller.tell(observed)) return;
          told.remember(chat, part);
        }
      }
    }
  };
}
