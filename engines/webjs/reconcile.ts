import type { InitialSync } from './initial-sync.ts';
import { observeAgain } from './normalise/message.ts';
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
const GAP_LOADS = 30;
const DISK_WAIT_MS = 45_000;
/** A chat with more news than this is told as far, and the rest is asked for when somebody wants it. */
const GAP_MAX_MESSAGES = 5_000;

export function createReconcile({ ask, teller, told, sync }: ReconcileDeps): Reconcile {
  /**
   * In memory everything is new, so the disk may hold more of it: from the newest back to what is known, and then told from
   * there on, so that a death on the way leaves the gap where the next look finds it.
   */
  async function closeGap(chat: string, signal: AbortSignal): Promise<boolean> {
    const slices: Older[] = [];
    for (let count = 0; count < GAP_MAX_MESSAGES; count += SLICE_MESSAGES) {
      const before = slices.at(-1)?.oldest ?? null;
      const question = { chat, before, count: SLICE_MESSAGES, loads: GAP_LOADS };
      const slice = await ask('older', question, { signal, deadlineMs: DISK_WAIT_MS });
      if (slice === null || slice.oldest === null) break;
      slices.push(slice);
      if (slice.exhausted || told.unknown(slice.prints).length < slice.prints.length) break;
    }
    for (const { messages, prints } of slices.toReversed()) {
      const context = teller.messageContext('offline');
      const observed = messages.toReversed().flatMap((model) => observeAgain(model, context));
      if (!teller.tell(observed)) return false;
      told.remember(chat, prints);
    }
    return true;
  }

  return async (chats, signal) => {
    for (let at = 0; at < chats.length; at += SLICE_CHATS) {
      const { found } = await ask('prints', { ids: chats.slice(at, at + SLICE_CHATS) }, { signal });
      for (const { id: chat, prints } of found) {
        signal.throwIfAborted();
        if (!told.isWhole(chat)) {
          await sync.push(chat, signal);
          continue;
        }
        const news = told.unknown(prints);
        if (news.length === 0) continue;
        if (news.length === prints.length) {
          if (!(await closeGap(chat, signal))) return;
          continue;
        }
        for (let from = 0; from < news.length; from += SLICE_MESSAGES) {
          const part = news.slice(from, from + SLICE_MESSAGES);
          const models = await ask('byKey', { chat, keys: part.map(([key]) => key) }, { signal });
          const context = teller.messageContext('offline');
          if (!teller.tell(models.flatMap((model) => observeAgain(model, context)))) return;
          told.remember(chat, part);
        }
      }
    }
  };
}
