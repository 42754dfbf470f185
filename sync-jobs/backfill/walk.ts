import type { EngineName } from '#engines/contract/capability.ts';
import type { Backfill, BackfillState, LastAnswer } from '#history/contracts/backfills.ts';
import type { CoverageGap } from '#history/contracts/coverage.ts';
import type { History } from '#history/contracts/history.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import type { Clock } from '#kernel/clock.ts';
import { type Answer, type AskDeps, askPage } from './ask.ts';
import { type Attempt, ladderOf } from './ladder.ts';
import type { Pace } from './pace.ts';
import type { Phone } from './phone.ts';

/** How far a run may go in each chat. */
export interface Limits {
  readonly maxMessages: number | null;
  /** Seconds; nothing older is wanted. */
  readonly until: number | null;
}

export interface WalkDeps extends AskDeps {
  readonly history: Pick<History, 'backfills' | 'coverage' | 'chats'>;
  readonly pace: Pace;
  readonly phone: Phone;
  /** Engines that can serve a page now, in order of preference. */
  readonly engines: () => readonly EngineName[];
  readonly clock: Clock;
  readonly pageSize: number;
  /** How long one request waits for the phone. */
  readonly waitMs: number;
}

/** Where a chat stands after one request, or without one. */
export type Step =
  | { readonly is: 'more' }
  | { readonly is: 'ended'; readonly state: BackfillState; readonly reason: string }
  /** The limit of the run is reached: not the end of the chat. */
  | { readonly is: 'limit'; readonly reason: 'max-messages' | 'until' }
  /** Nothing can be asked of anybody now. */
  | { readonly is: 'wait'; readonly afterMs: number; readonly reason: WaitReason }
  /** Another worker asks for this chat. */
  | { readonly is: 'busy' };

export type WaitReason = 'no-engine' | 'not-linked' | 'phone-silent' | 'rate-limited';

/** Beside the wait for the answer: writing, and taking the page in. */
const LEASE_MARGIN_MS = 60_000;
const NO_ENGINE_REST_MS = 2_000;
const NOT_LINKED_REST_MS = 15_000;
/** After so many failures of engines in a row the next rung is tried. */
const REFUSALS_MAX = 3;
const GAPS_LOOKED_AT = 4;

export interface Walk {
  readonly chatId: number;
  readonly holder: string;
  readonly limits: Limits;
  /** Upper ends of gaps that this run could not close. */
  readonly givenUp: Set<number>;
  refusals: number;
}

/** Asks for the next page of one chat, from wherever coverage says, and writes down what came of it. */
export async function step(deps: WalkDeps, walk: Walk, signal: AbortSignal): Promise<Step> {
  const { history, pace } = deps;
  const { chatId, holder } = walk;
  const chat = await history.chats.get(chatId);
  if (chat === null) return { is: 'ended', state: 'blocked', reason: 'chat-gone' };
  const gap = await gapOf(deps, walk);
  const row = await history.backfills.get(chatId);
  const before = whyNotAsk(gap, row, walk);
  if (before !== null) return before;
  if (gap === null || row === null) return { is: 'ended', state: 'complete', reason: 'start-proven' };

  const ladder = ladderOf({ anchors: gap.anchors, jids: jidsOf(chat), engines: deps.engines() });
  const attempt = ladder[row.rung];
  if (attempt === undefined) return giveUp(deps, walk, gap, row.lastAnswer);
  if (!(await history.backfills.claim(chatId, holder, deps.waitMs + LEASE_MARGIN_MS))) return { is: 'busy' };
  try {
    await pace.turn(signal);
    await history.backfills.move(chatId, holder, { state: 'awaiting', reason: attempt.by });
    const answer = await askPage(deps, attempt, {
      count: deps.pageSize,
      preferred: row.lastEngine,
      signal,
      onAnswer: () => write(deps, walk, { state: 'ingesting' }),
    });
    return await settle(deps, walk, { gap, row, attempt, answer, isLast: row.rung + 1 >= ladder.length });
  } finally {
    // Gives the claim back, whatever happened; a row that has ended stays as it is.
    await history.backfills.release(chatId, holder);
  }
}

interface Asked {
  readonly gap: CoverageGap;
  readonly row: Backfill;
  readonly attempt: Attempt;
  readonly answer: Answer;
  /** There is no rung behind this one. */
  readonly isLast: boolean;
}

async function settle(deps: WalkDeps, walk: Walk, asked: Asked): Promise<Step> {
  const { pace, phone } = deps;
  const { answer, row } = asked;
  switch (answer.is) {
    case 'no-engine': {
      const notLinked = answer.code === 'NOT_AUTHENTICATED';
      return notLinked
        ? { is: 'wait', reason: 'not-linked', afterMs: NOT_LINKED_REST_MS }
        : { is: 'wait', reason: 'no-engine', afterMs: NO_ENGINE_REST_MS };
    }
    case 'limited': {
      pace.limited(answer.retryAfterMs);
      return {
        is: 'wait',
        reason: 'rate-limited',
        afterMs: Math.max(0, (pace.heldUntilMs() ?? 0) - deps.clock.now()),
      };
    }
    case 'refused': {
      walk.refusals += 1;
      pace.silent();
      return walk.refusals < REFUSALS_MAX ? { is: 'more' } : climb(deps, walk, asked, 'refused', null);
    }
    case 'silent': {
      pace.silent();
      phone.silent();
      // A chat is not given up on the word of a phone that is away.
      const doubtful =
        phone.seemsAway() || (asked.isLast && !phone.isThere() && !(await answersElse(deps, walk)));
      if (doubtful) return { is: 'wait', reason: 'phone-silent', afterMs: phone.restMs() };
      return climb(deps, walk, asked, 'silent', answer.engine);
    }
    case 'page': {
      pace.answered();
      phone.answered();
      walk.refusals = 0;
      const { engine, page } = answer;
      const next = await gapOf(deps, walk);
      const moved =
        next === null || next.interval.to !== asked.gap.interval.to || !sameAnchor(next, asked.gap);
      if (moved) {
        await write(deps, walk, {
          state: 'queued',
          reason: null,
          rung: 0,
          lastAnswer: page.end === 'start-reached' ? 'start' : 'page',
          lastEngine: engine,
        });
        return { is: 'more' };
      }
      const isOther = page.chatId !== row.chatId && (await deps.history.chats.get(row.chatId)) !== null;
      return climb(
        deps,
        walk,
        asked,
        isOther ? 'other-chat' : page.messages === 0 ? 'empty' : 'no-progress',
        engine,
      );
    }
  }
}

/** The next rung, or nothing more to try. */
async function climb(
  deps: WalkDeps,
  walk: Walk,
  { gap, row, isLast }: Asked,
  lastAnswer: LastAnswer,
  engine: EngineName | null,
): Promise<Step> {
  walk.refusals = 0;
  await write(deps, walk, {
    state: 'queued',
    reason: null,
    rung: row.rung + 1,
    lastAnswer,
    ...(engine === null ? {} : { lastEngine: engine }),
  });
  return isLast ? giveUp(deps, walk, gap, lastAnswer) : { is: 'more' };
}

/** Every rung was climbed in vain. A gap in the middle is left open, and the walk goes on below it. */
async function giveUp(deps: WalkDeps, walk: Walk, gap: CoverageGap, last: LastAnswer | null): Promise<Step> {
  const { coverage } = deps.history;
  const isEmpty = last === 'empty' || last === 'no-progress';
  await coverage.setGapReason(walk.chatId, gap.interval.to, isEmpty ? 'phone-empty' : 'phone-silent');
  walk.givenUp.add(gap.interval.to);
  await write(deps, walk, { rung: 0 });
  if ((await gapOf(deps, walk)) !== null) return { is: 'more' };
  return isEmpty
    ? { is: 'ended', state: 'exhausted', reason: 'nothing-older-came' }
    : { is: 'ended', state: 'stalled', reason: last ?? 'silent' };
}

/** What ends the walk before anything is asked; null = ask. */
function whyNotAsk(gap: CoverageGap | null, row: Backfill | null, walk: Walk): Step | null {
  if (row?.state === 'blocked') return { is: 'ended', state: 'blocked', reason: row.reason ?? 'blocked' };
  if (gap === null) {
    return walk.givenUp.size === 0
      ? { is: 'ended', state: 'complete', reason: 'start-proven' }
      : { is: 'ended', state: 'stalled', reason: 'gaps-left' };
  }
  if (gap.anchors.length === 0) return { is: 'ended', state: 'blocked', reason: 'no-anchor' };
  const { maxMessages, until } = walk.limits;
  if (until !== null && gap.interval.to <= until) return { is: 'limit', reason: 'until' };
  const fetched = row === null ? 0 : row.fetched - row.fetchedBefore;
  if (maxMessages !== null && fetched >= maxMessages) return { is: 'limit', reason: 'max-messages' };
  return null;
}

async function gapOf({ history }: WalkDeps, { chatId, givenUp }: Walk): Promise<CoverageGap | null> {
  const gaps = await history.coverage.gaps(chatId, GAPS_LOOKED_AT + givenUp.size);
  return gaps.find(({ interval }) => !givenUp.has(interval.to)) ?? null;
}

function sameAnchor(a: CoverageGap, b: CoverageGap): boolean {
  return a.anchors[0]?.id === b.anchors[0]?.id;
}

function jidsOf({ jid, aliases }: ChatRecord): readonly string[] {
  return [jid, ...aliases.filter((alias) => alias !== jid)];
}

async function write(
  { history, clock }: WalkDeps,
  { chatId, holder }: Walk,
  change: Parameters<History['backfills']['move']>[2],
): Promise<void> {
  const told = change.lastAnswer === undefined ? {} : { lastAnswerAtMs: clock.now() };
  await history.backfills.move(chatId, holder, { ...change, ...told });
}

/** Whether the phone answers for another chat: one page of one that is known. */
async function answersElse(deps: WalkDeps, walk: Walk): Promise<boolean> {
  const { items } = await deps.history.chats.list({
    sort: 'last_active',
    limit: 3,
    kinds: ['direct', 'group'],
  });
  const other = items.find(({ id }) => id !== walk.chatId);
  const gaps = other === undefined ? [] : await deps.history.coverage.gaps(other.id, 1);
  const anchor = gaps[0]?.anchors[0];
  if (other === undefined || anchor === undefined) return false;
  const answer = await askPage(
    deps,
    { by: null, chat: other.jid, anchor, engine: null },
    {
      count: 1,
      preferred: null,
      signal: AbortSignal.timeout(deps.waitMs * 2),
    },
  ).catch(() => null);
  if (answer?.is !== 'page') return false;
  deps.phone.answered();
  return true;
}
