import { phoneOfJid } from '#engines/contract/identity.ts';
import type { ChatCoverage, CoverageSummary } from '#history/contracts/coverage.ts';
import type { ChatQuery, History } from '#history/contracts/history.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import { type Clock, nowSeconds } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import type { Cursors } from '#orchestrator/services/cursor.ts';
import type { ChatCoverageView, CoverageReply, CoverageState } from './coverage.ts';

export interface CoverageRequest {
  /** Part of a name or number. */
  readonly text?: string | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
}

export interface CoverageDeps {
  readonly history: {
    readonly chats: Pick<History['chats'], 'list'>;
    readonly messages: Pick<History['messages'], 'list'>;
    readonly coverage: Pick<History['coverage'], 'ofChats' | 'summary' | 'connected'>;
  };
  readonly cursors: Cursors;
  readonly clock: Clock;
}

export interface CoverageSource {
  /** One page, by name, because names do not move while one turns the pages. Throws INVALID_CURSOR. */
  page(request: CoverageRequest): Promise<CoverageReply>;
  totals(): Promise<CoverageSummary>;
}

const LIST = 'console-coverage';

export function createCoverageSource({ history, cursors, clock }: CoverageDeps): CoverageSource {
  const oldest = async (of: { readonly chatId?: number }): Promise<number | null> => {
    const { items } = await history.messages.list({ ...of, order: 'oldest', limit: 1 });
    return items[0]?.sentAt ?? null;
  };
  return {
    totals: () => history.coverage.summary(),
    page: async ({ text, limit, after }) => {
      const now = nowSeconds(clock);
      const query: Omit<ChatQuery, 'limit'> = { sort: 'name', ...(text === undefined ? {} : { text }) };
      const place = after === undefined ? undefined : chatCursor(cursors.open(LIST, query, after));
      const found = await history.chats.list({
        ...query,
        limit,
        ...(place === undefined ? {} : { after: place }),
      });
      const covered = await history.coverage.ofChats(found.items.map(({ id }) => id));
      const until = (await history.coverage.connected(now))[0]?.to ?? 0;
      const firsts = await Promise.all(found.items.map(({ id }) => oldest({ chatId: id })));
      const oldestAt = await oldest({});
      return {
        now,
        oldest_at: oldestAt,
        totals: after === undefined ? await history.coverage.summary() : null,
        chats: found.items.map((chat, at) =>
          chatView(chat, covered[at] ?? NOTHING, { firstAt: firsts[at] ?? null, oldestAt, now, until }),
        ),
        next: found.next === null ? null : cursors.seal(LIST, query, [...found.next]),
      };
    },
  };
}

const NOTHING: ChatCoverage = {
  chatId: 0,
  held: [],
  missing: [],
  startProven: false,
  complete: false,
  purgedBefore: null,
};

interface Facts {
  readonly firstAt: number | null;
  /** Of the whole account. */
  readonly oldestAt: number | null;
  readonly now: number;
  /** When an engine was last connected. */
  readonly until: number;
}

function chatView(chat: ChatRecord, covered: ChatCoverage, facts: Facts): ChatCoverageView {
  const state = stateOf(covered, facts.until);
  return {
    jid: chat.jid,
    name: labelOf(chat),
    kind: chat.kind,
    state,
    start_proven: covered.startProven,
    held_percent: state === 'complete' ? 100 : heldPercent(covered, facts),
    messages: chat.messageCount,
    first_at: facts.firstAt,
    last_at: chat.lastMessageAt,
    held: covered.held.map(({ from, to, sources }) => [from, to, [...sources]]),
    missing: covered.missing.map(({ from, to, reason, askable }) => [from, to, reason, askable]),
  };
}

/** As the summary of the store counts them. */
function stateOf({ held, missing }: ChatCoverage, until: number): CoverageState {
  const [newest] = held;
  if (newest === undefined) return 'unknown';
  const isWhole = missing.every(({ reason, from }) => reason === 'purged' || from >= newest.to);
  return isWhole && newest.to >= until ? 'complete' : 'partial';
}

const ALL_BUT = 99;

function heldPercent(
  { held, startProven, purgedBefore }: ChatCoverage,
  { firstAt, oldestAt, now }: Facts,
): number {
  const lowest = held.at(-1);
  if (lowest === undefined) return 0;
  // A chat whose start nobody has seen may be as old as the account.
  const begin = Math.max((startProven ? firstAt : oldestAt) ?? lowest.from, purgedBefore ?? 0);
  if (now <= begin) return ALL_BUT;
  const sum = held.reduce((all, { from, to }) => all + Math.max(0, to - Math.max(from, begin)), 0);
  return Math.min(ALL_BUT, Math.floor((sum / (now - begin)) * 100));
}

function labelOf({ name, jid, person }: ChatRecord): string {
  if (name !== null && name.trim() !== '') return name;
  return phoneOfJid(person?.pn ?? jid) ?? jid;
}

function chatCursor(place: readonly (string | number)[]): readonly [number | string, number] {
  const [value, id] = place;
  if (value === undefined || typeof id !== 'number') throw new TandemError('INVALID_CURSOR');
  return [value, id];
}
