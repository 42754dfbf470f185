import type { EngineName } from '#engines/contract/capability.ts';
import type { Backfill, BackfillChange, LastAnswer } from '#history/contracts/backfills.ts';
import type { ChatCoverage, CoverageGap } from '#history/contracts/coverage.ts';
import type { History } from '#history/contracts/history.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import type { Clock } from '#kernel/clock.ts';
import { type Answer, type AskDeps, askPage } from './ask.ts';
import { ladderOf } from './ladder.ts';
import type { Pace } from './pace.ts';
import type { Phone } from './phone.ts';
import { findPhone } from './presence.ts';

/** How far a run may go in each chat. */
export interface Limits {
  readonly maxMessages: number | null;
  /** Seconds; nothing older is wanted. */
  readonly until: number | null;
}

export interface WalkDeps extends AskDeps {
  readonly history: Pick<History, 'backfills' | 'coverage' | 'chats' | 'messages'>;
  readonly pace: Pace;
  readonly phone: Phone;
  /** Engines that can serve a page now, in order of preference. */
  readonly engines: () => readonly EngineName[];
  readonly clock: Clock;
  readonly pageSize: number;
  /** How long one request waits for the phone. */
  readonly waitMs: number;
}

/** A gap that this run could not close. Its upper end is no name for it: where nothing is held that is the present. */
export interface GapLeft {
  /** Id of the message that it is asked from first. */
  readonly anchor: string;
  /** Nobody answered; otherwise the phone did, with nothing. */
  readonly silent: boolean;
}

/** One chat as a run goes through it. */
export interface Walk {
  readonly chatId: number;
  readonly holder: string;
  readonly jobId: string;
  readonly limits: Limits;
  readonly left: readonly GapLeft[];
  /** When it stays silent: how long until it is asked once more; null = not again in this run. */
  readonly stallRestMs: number | null;
}

export type EndState = 'complete' | 'exhausted' | 'blocked' | 'stalled' | 'paused';
export type WaitReason = 'no-engine' | 'not-linked' | 'phone-silent' | 'rate-limited';

/** Where a chat stands after one request, or without one; what it says is written down already. */
export type Step =
  | { readonly is: 'more' }
  /** This gap is left open; there is another one below it. */
  | { readonly is: 'left'; readonly gap: GapLeft }
  /** `paused` = the limit of the run is reached, which is not the end of the chat. */
  | { readonly is: 'ended'; readonly state: EndState; readonly reason: string }
  /** Nothing can be asked of anybody now. */
  | { readonly is: 'wait'; readonly afterMs: number; readonly reason: WaitReason }
  /** Somebody else asks for this chat. */
  | { readonly is: 'busy' }
  /** There is no such chat any more, or it has become part of another one. */
  | { readonly is: 'gone' };

/** Beside the wait for the answer: standing in line, writing, and taking the page in. */
const LEASE_MARGIN_MS = 90_000;
const GAPS_LOOKED_AT = 4;

/** Asks for the next page of one chat, from wherever coverage says, and writes down what came of it. */
export async function step(deps: WalkDeps, walk: Walk, signal: AbortSignal): Promise<Step> {
  const { backfills, chats } = deps.history;
  const { chatId, holder, jobId } = walk;
  const chat = await chats.get(chatId);
  if (chat === null) return { is: 'gone' };
  // A store that was repaired has lost the row, and the job goes on all the same.
  if ((await backfills.get(chatId)) === null) await backfills.begin(jobId, [chatId]);
  const found = await backfills.get(chatId);
  if (found === null) return { is: 'gone' };
  if (found.state === 'blocked') return { is: 'ended', state: 'blocked', reason: found.reason ?? 'blocked' };
  const restMs = deps.pace.restMs();
  if (restMs > 0) return { is: 'wait', reason: 'rate-limited', afterMs: restMs };
  const leaseMs = deps.waitMs + LEASE_MARGIN_MS;
  if (!(await backfills.claim(chatId, holder, leaseMs, jobId))) return { is: 'busy' };
  try {
    // Read behind the claim: whoever had it before may just have brought a page.
    const row = (await backfills.get(chatId)) ?? found;
    const gap = await gapOf(deps, walk);
    const { fetched } = await backfills.totals(jobId, chatId);
    const held = gap === null ? await deps.history.coverage.ofChat(chatId) : null;
    const end = chat.deletedAt === null ? endOf(gap, { fetched, held }, walk) : DELETED;
    if (end !== null) return await finish(deps, walk, end, gap);
    return gap === null ? { is: 'gone' } : await ask(deps, walk, { gap, row, chat, fetched }, signal);
  } finally {
    // Gives the claim back, whatever happened; a row that has ended stays as it is.
    await backfills.release(chatId, holder);
  }
}

interface Place {
  readonly gap: CoverageGap;
  readonly row: Backfill;
  readonly chat: ChatRecord;
  /** Messages that this run has got of the chat. */
  readonly fetched: number;
}

async function ask(deps: WalkDeps, walk: Walk, place: Place, signal: AbortSignal): Promise<Step> {
  const { gap, row, chat } = place;
  const engines = deps.engines();
  const ladder = ladderOf({ anchors: gap.anchors, jids: jidsOf(chat), engines, preferred: row.lastEngine });
  // Shorter than it was: an anchor, or an engine, has gone meanwhile.
  const rung = Math.min(row.rung, ladder.length - 1);
  const attempt = ladder[rung];
  if (attempt === undefined) return await giveUp(deps, walk, gap, 'silent');
  await deps.pace.turn(signal);
  await write(deps, walk, { state: 'awaiting', reason: attempt.by });
  const answer = await askPage(deps, {
    chat: attempt.chat,
    anchor: attempt.anchor,
    engine: attempt.engine,
    count: countOf(deps, walk, place.fetched),
    preferred: row.lastEngine,
    signal,
    onWait: () => write(deps, walk, { state: 'ingesting' }),
  });
  return await settle(deps, walk, { ...place, answer, rung, isLast: rung + 1 >= ladder.length }, signal);
}

interface Asked extends Place {
  readonly answer: Answer;
  readonly rung: number;
  /** There is no rung behind this one. */
  readonly isLast: boolean;
}

async function settle(deps: WalkDeps, walk: Walk, asked: Asked, signal: AbortSignal): Promise<Step> {
  const { pace, phone } = deps;
  const { answer } = asked;
  switch (answer.is) {
    case 'rest':
      if (answer.reason === 'rate-limited') pace.limited(answer.afterMs);
      return { is: 'wait', reason: answer.reason, afterMs: Math.max(answer.afterMs, pace.restMs()) };
    case 'in-flight':
      return { is: 'busy' };
    case 'refused':
      pace.troubled();
      return await climb(deps, walk, asked, 'refused');
    case 'silent':
      phone.silent();
      return await whenSilent(deps, walk, asked, signal);
    case 'page':
      pace.answered();
      phone.answered(answer.page.chatId);
      return await whenAnswered(deps, walk, asked, answer);
  }
}

/** A chat is not given up on the word of a phone that is away. */
async function whenSilent(deps: WalkDeps, walk: Walk, asked: Asked, signal: AbortSignal): Promise<Step> {
  const { phone, pace } = deps;
  const isDoubtful = phone.seemsAway() || (asked.isLast && !phone.isThere());
  const presence = isDoubtful ? await phone.find(() => findPhone(deps, walk.chatId, signal)) : 'there';
  if (presence === 'there' || (presence === 'unknown' && !asked.isLast)) {
    pace.troubled();
    return await climb(deps, walk, asked, 'silent');
  }
  // With nobody else to ask all rungs are tried again after the rest.
  await write(deps, walk, {
    lastAnswer: 'silent',
    reason: 'phone-silent',
    ...(presence === 'unknown' ? { rung: 0 } : {}),
  });
  return { is: 'wait', reason: 'phone-silent', afterMs: phone.restMs() };
}

async function whenAnswered(
  deps: WalkDeps,
  walk: Walk,
  asked: Asked,
  { engine, page }: Extract<Answer, { is: 'page' }>,
): Promise<Step> {
  const { gap, row } = asked;
  const next = await gapOf(deps, walk);
  if (next === null || nameOf(next) !== nameOf(gap)) {
    const lastAnswer = page.end === 'start-reached' ? 'start' : 'page';
    const change = { state: 'queued', reason: null, rung: 0, lastAnswer, lastEngine: engine } as const;
    await write(deps, walk, change, true);
    return { is: 'more' };
  }
  // Another chat that it was merged into is no other chat.
  const isOther = page.chatId !== row.chatId && (await deps.history.chats.get(row.chatId)) !== null;
  return await climb(
    deps,
    walk,
    asked,
    isOther ? 'other-chat' : page.messages === 0 ? 'empty' : 'no-progress',
  );
}

/** The next rung, or nothing more to try. */
async function climb(
  deps: WalkDeps,
  walk: Walk,
  { gap, rung, isLast }: Asked,
  lastAnswer: LastAnswer,
): Promise<Step> {
  await write(deps, walk, { state: 'queued', reason: null, rung: isLast ? 0 : rung + 1, lastAnswer });
  return isLast ? await giveUp(deps, walk, gap, lastAnswer) : { is: 'more' };
}

/** Every rung was climbed in vain. A gap in the middle is left open, and the walk goes on below it. */
async function giveUp(deps: WalkDeps, walk: Walk, gap: CoverageGap, last: LastAnswer): Promise<Step> {
  const silent = last !== 'empty' && last !== 'no-progress';
  await deps.history.coverage.setGapReason(
    walk.chatId,
    gap.interval.to,
    silent ? 'phone-silent' : 'phone-empty',
  );
  const left = { anchor: nameOf(gap), silent };
  if ((await gapOf(deps, { ...walk, left: [...walk.left, left] })) !== null) return { is: 'left', gap: left };
  const isStalled = silent || walk.left.some((one) => one.silent);
  const end = isStalled
    ? ({ state: 'stalled', reason: silent ? last : 'gaps-left' } as const)
    : ({ state: 'exhausted', reason: 'nothing-older-came' } as const);
  return await finish(deps, walk, end, gap);
}

/** The phone says nothing about chats that it has not. */
const DELETED: End = { state: 'blocked', reason: 'chat-deleted' };

type End = Omit<Extract<Step, { is: 'ended' }>, 'is'>;

/** What ends the walk before anything is asked; null = ask. */
function endOf(
  gap: CoverageGap | null,
  { fetched, held }: { readonly fetched: number; readonly held: ChatCoverage | null },
  walk: Walk,
): End | null {
  if (gap === null) {
    if (walk.left.some(({ silent }) => silent)) return { state: 'stalled', reason: 'gaps-left' };
    if (walk.left.length > 0) return { state: 'exhausted', reason: 'nothing-older-came' };
    // A hole with nothing above it cannot be asked for.
    if (held?.complete !== true) return { state: 'complete', reason: 'nothing-to-ask' };
    return { state: 'complete', reason: held.startProven ? 'start-proven' : 'purged' };
  }
  if (gap.anchors.length === 0) return { state: 'blocked', reason: 'no-anchor' };
  const { maxMessages, until } = walk.limits;
  if (until !== null && gap.interval.to <= until) return { state: 'paused', reason: 'until' };
  if (maxMessages !== null && fetched >= maxMessages) return { state: 'paused', reason: 'max-messages' };
  return null;
}

async function finish(deps: WalkDeps, walk: Walk, end: End, gap: CoverageGap | null): Promise<Step> {
  const { state, reason } = end;
  if (state === 'paused' && gap !== null)
    await deps.history.coverage.setGapReason(walk.chatId, gap.interval.to, 'user-limit');
  const restMs = state === 'stalled' ? walk.stallRestMs : null;
  const nextAttemptAtMs = restMs === null ? null : deps.clock.now() + restMs;
  await write(deps, walk, { state, reason, rung: 0, nextAttemptAtMs });
  return { is: 'ended', state, reason };
}

async function gapOf(
  { history }: WalkDeps,
  { chatId, left }: Pick<Walk, 'chatId' | 'left'>,
): Promise<CoverageGap | null> {
  const gaps = await history.coverage.gaps(chatId, GAPS_LOOKED_AT + left.length);
  return gaps.find((gap) => !left.some(({ anchor }) => anchor === nameOf(gap))) ?? null;
}

function nameOf({ anchors }: CoverageGap): string {
  return anchors[0]?.id ?? '';
}

function countOf({ pageSize }: WalkDeps, { limits }: Walk, fetched: number): number {
  return limits.maxMessages === null ? pageSize : Math.min(pageSize, limits.maxMessages - fetched);
}

function jidsOf({ jid, aliases }: ChatRecord): readonly string[] {
  return [jid, ...aliases.filter((alias) => alias !== jid)];
}

async function write(
  { history, clock }: WalkDeps,
  { chatId, holder }: Walk,
  change: BackfillChange,
  thenRelease = false,
): Promise<void> {
  const told = change.lastAnswer === undefined ? {} : { lastAnswerAtMs: clock.now() };
  await history.backfills.move(chatId, holder, { ...change, ...told }, thenRelease);
}
