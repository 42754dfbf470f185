import type { ItemState, JobItem } from '#history/contracts/jobs.ts';
import type { TurnContext } from '../kind.ts';
import { type ChatMemory, jsonOf, longestStallMs, memoryOf, stallRestMs } from './memory.ts';
import { createStopwatch, factsOf, type HistoryFacts, openOf } from './progress.ts';
import { type EndState, type Limits, type Step, step, type WaitReason, type WalkDeps } from './walk.ts';

/** Nothing can be done before that. */
export interface Rest {
  readonly afterMs: number;
  readonly reason?: WaitReason | 'busy' | 'stalled';
}

const BUSY_REST_MS = 5_000;
const FACTS_EVERY_MS = 1_000;

/** How a chat's end in this run is told. */
const ITEM_STATE: Readonly<Record<EndState, ItemState>> = {
  complete: 'done',
  exhausted: 'done',
  paused: 'done',
  blocked: 'skipped',
  stalled: 'failed',
};

/** One turn of a job over its chats, several at a time. Null = every chat has ended for this job. */
export async function runTurn(
  deps: WalkDeps,
  context: TurnContext,
  limits: Limits,
  parallel: number,
): Promise<Rest | null> {
  const { history, clock } = deps;
  const { items, signal, holder, job } = context;
  const tell = await createTeller(deps, context);
  // Chats come and go between turns, not within one: nothing is missed, because the job ends only when none is open.
  const open = await items.list({ states: ['queued', 'running'] });
  const inHand = new Set<number>();
  let next = 0;
  let rest: Rest | null = null;
  let restsUntilMs = Number.POSITIVE_INFINITY;
  let isBusy = false;
  let isCut = false;
  let isFaulty = false;
  const isOver = () => rest !== null || isFaulty || context.isOver();

  async function worker(): Promise<void> {
    for (let item = open[next]; item !== undefined && !isOver(); item = open[next]) {
      next += 1;
      const { chatId } = item;
      // Two that have become one are asked for once.
      if (chatId === null || inHand.has(chatId)) continue;
      inHand.add(chatId);
      await chat(item, chatId);
      inHand.delete(chatId);
    }
  }

  async function chat(item: JobItem, chatId: number): Promise<void> {
    let memory = memoryOf(item.result);
    const readyAtMs = memory.rounds === 0 ? 0 : await readyAt(chatId);
    if (readyAtMs > clock.now()) {
      restsUntilMs = Math.min(restsUntilMs, readyAtMs);
      return;
    }
    if (item.state === 'queued') await items.save(item.n, { state: 'running' });
    while (!isOver()) {
      await context.look();
      const rests = stallRestMs(memory.rounds, deps.waitMs);
      const done = await step(
        deps,
        { chatId, holder, jobId: job.id, limits, left: memory.left, stallRestMs: rests },
        signal,
      );
      await tell.now();
      if (done.is === 'more') continue;
      if (done.is === 'left') {
        memory = { ...memory, left: [...memory.left, done.gap] };
        await items.save(item.n, { result: jsonOf(memory) });
        continue;
      }
      if (done.is === 'wait') rest = done;
      else if (done.is === 'busy') isBusy = true;
      else if (done.is === 'gone') await gone(item);
      else await end(item, chatId, done, memory, rests);
      return;
    }
    isCut = true;
  }

  async function readyAt(chatId: number): Promise<number> {
    const at = (await history.backfills.get(chatId))?.nextAttemptAtMs ?? 0;
    return at > clock.now() + longestStallMs(deps.waitMs) ? 0 : at;
  }

  /** The part follows its chat; where that has led nowhere, the chat was deleted. */
  async function gone(item: JobItem): Promise<void> {
    const [now] = await items.list({ after: item.n - 1, limit: 1 });
    if (now?.chatId === item.chatId) await items.save(item.n, { state: 'skipped', reason: 'chat-gone' });
  }

  async function end(
    item: JobItem,
    chatId: number,
    { state, reason }: Extract<Step, { is: 'ended' }>,
    memory: ChatMemory,
    restMs: number | null,
  ): Promise<void> {
    const { fetched: done } = await history.backfills.totals(job.id, chatId);
    if (state === 'stalled' && restMs !== null) {
      // What was answered with nothing is not asked for again; what was silent is.
      const again = { rounds: memory.rounds + 1, left: memory.left.filter((gap) => !gap.silent) };
      restsUntilMs = Math.min(restsUntilMs, clock.now() + restMs);
      await items.save(item.n, { state: 'queued', reason: 'stalled', done, result: jsonOf(again) });
      return;
    }
    await items.save(item.n, { state: ITEM_STATE[state], reason, done });
    if (done > 0) tell.fetched();
  }

  const stopOthers = (thrown: unknown): never => {
    isFaulty = true;
    throw thrown;
  };
  const workers = Array.from({ length: parallel }, () => worker().catch(stopOthers));
  for (const one of await Promise.allSettled(workers)) if (one.status === 'rejected') throw one.reason;
  await tell.now(true);
  if (rest !== null) return rest;
  const left = await items.counts();
  if (left.queued + left.running === 0) return null;
  if (isCut || next < open.length) return { afterMs: 0 };
  if (isBusy) return { afterMs: BUSY_REST_MS, reason: 'busy' };
  if (Number.isFinite(restsUntilMs))
    return { afterMs: Math.max(1, restsUntilMs - clock.now()), reason: 'stalled' };
  return { afterMs: 0 };
}

/** Writes how far the job is, now and then; throws Halt when its owner wants it to stop. */
async function createTeller({ history, clock, pace }: WalkDeps, { job, items, save }: TurnContext) {
  const before = (job.facts as HistoryFacts | null)?.worked_ms ?? 0;
  const workedMs = createStopwatch(before, clock);
  const ended = await items.list({ states: ['done', 'failed'] });
  let fetched = ended.filter(({ done }) => done > 0).length;
  let toldAtMs = performance.now();
  return {
    /** One more chat has ended of which messages came. */
    fetched: () => {
      fetched += 1;
    },
    now: async (isLast = false): Promise<void> => {
      if (!isLast && performance.now() - toldAtMs < FACTS_EVERY_MS) return;
      toldAtMs = performance.now();
      const totals = await history.backfills.totals(job.id);
      const open = openOf(await history.backfills.counts(job.id));
      const facts = factsOf(await items.counts(), { fetched, open }, totals, pace.delayMs(), workedMs());
      await save({ done: facts.chats_ended, total: facts.chats, facts: { ...facts } });
    },
  };
}
