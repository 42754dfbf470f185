import type { History } from '#history/contracts/history.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import { parseQuery } from '#history/search/grammar.ts';
import { TandemError } from '#kernel/errors.ts';
import type { Resolver } from '#orchestrator/services/resolve/resolver.ts';

/** Chats in whose older history something may be, for a search that found nothing. */
export interface LikelyChats {
  /**
   * Those that the query names (`in:`, `from:`, a word that is part of a name), else the most recently active. Only chats of
   * which something is missing that the phone can be asked for. Best first.
   */
  of(query: string, limit: number): Promise<readonly ChatRecord[]>;
}

export interface LikelyChatsDeps {
  readonly history: Pick<History, 'chats' | 'coverage' | 'backfills'>;
  readonly resolver: Pick<Resolver, 'chat' | 'person'>;
  /** For dates in the query. */
  readonly timeZone: string;
}

/** Chats that are looked at for a gap; each costs a read or two. */
const LOOKED_AT_MAX = 200;
/** Shorter words are part of too many names. */
const WORD_MIN_CHARS = 3;
const WORDS_MAX = 8;
const KINDS = ['direct', 'group'] as const;

export function createLikelyChats({ history, resolver, timeZone }: LikelyChatsDeps): LikelyChats {
  const named = async (query: string): Promise<readonly ChatRecord[]> => {
    const parsed = parseQuery(query, timeZone);
    const found: ChatRecord[] = [];
    for (const typed of parsed.in) {
      const chat = await orNull(resolver.chat(typed));
      if (chat !== null) found.push(chat);
    }
    for (const typed of parsed.from) {
      const person = await orNull(resolver.person(typed));
      if (person === null) continue;
      found.push(...(await history.chats.ofPerson(person.id, LOOKED_AT_MAX, 0)).items);
    }
    // Who names chats means these and no others.
    if (parsed.in.length > 0 || parsed.from.length > 0) return found;
    const words = parsed.clauses.flat().map(({ text }) => text);
    for (const text of words.filter((word) => word.length >= WORD_MIN_CHARS).slice(0, WORDS_MAX)) {
      const page = await history.chats.list({
        text,
        kinds: KINDS,
        sort: 'last_active',
        limit: LOOKED_AT_MAX,
      });
      found.push(...page.items);
    }
    return found;
  };

  const lacks = async (chat: ChatRecord): Promise<boolean> => {
    if ((await history.backfills.get(chat.id))?.state === 'exhausted') return false;
    const [gap] = await history.coverage.gaps(chat.id, 1);
    return gap !== undefined && gap.anchors.length > 0;
  };
  const lacking = async (chats: readonly ChatRecord[], limit: number): Promise<readonly ChatRecord[]> => {
    const found = new Map<number, ChatRecord>();
    for (const chat of chats.slice(0, LOOKED_AT_MAX)) {
      if (found.size === limit) break;
      if (!found.has(chat.id) && (await lacks(chat))) found.set(chat.id, chat);
    }
    return [...found.values()];
  };

  return {
    of: async (query, limit) => {
      const first = await lacking(await named(query), limit);
      if (first.length > 0) return first;
      const { in: chats, from } = parseQuery(query, timeZone);
      if (chats.length > 0 || from.length > 0) return [];
      const recent = await history.chats.list({ kinds: KINDS, sort: 'last_active', limit: LOOKED_AT_MAX });
      return lacking(recent.items, limit);
    },
  };
}

/** Null for a name that means nobody, or several. */
async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (thrown) {
    if (thrown instanceof TandemError) return null;
    throw thrown;
  }
}
