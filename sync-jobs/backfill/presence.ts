import type { History } from '#history/contracts/history.ts';
import { newestAnchor } from '#orchestrator/services/messages/reference.ts';
import { type AskDeps, askPage } from './ask.ts';
import type { Pace } from './pace.ts';
import type { Phone, Presence } from './phone.ts';

export interface PresenceDeps extends AskDeps {
  readonly history: Pick<History, 'chats' | 'messages'>;
  readonly pace: Pace;
  readonly phone: Phone;
}

/** Silence about one chat proves nothing; two others are enough to tell. */
const OTHERS = 2;

/** Asks about other chats, one message each, which are known already as a rule: the round trip is what counts. */
export async function findPhone(deps: PresenceDeps, chatId: number, signal: AbortSignal): Promise<Presence> {
  let asked = 0;
  for (const other of await othersOf(deps, chatId)) {
    const chat = await deps.history.chats.get(other);
    const anchor = await newestAnchor(deps, other);
    if (chat === null || chat.deletedAt !== null || anchor === null) continue;
    await deps.pace.turn(signal);
    const answer = await askPage(deps, {
      chat: chat.jid,
      anchor,
      count: 1,
      engine: null,
      preferred: null,
      signal,
    });
    if (answer.is === 'page') {
      deps.phone.answered(other);
      return 'there';
    }
    if (answer.is === 'silent') asked += 1;
    if (asked === OTHERS) break;
  }
  return asked > 0 ? 'away' : 'unknown';
}

/** The one that was answered for last, then whatever was talked in last. */
async function othersOf({ phone, history }: PresenceDeps, chatId: number): Promise<readonly number[]> {
  const { items } = await history.chats.list({
    sort: 'last_active',
    kinds: ['direct', 'group'],
    limit: OTHERS + 2,
  });
  const last = phone.lastAnswered();
  const ids = new Set([...(last === null ? [] : [last]), ...items.map(({ id }) => id)]);
  ids.delete(chatId);
  return [...ids].slice(0, OTHERS + 1);
}
