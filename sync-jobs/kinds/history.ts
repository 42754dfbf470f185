import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import type { BackfillState } from '#history/contracts/backfills.ts';
import type { History } from '#history/contracts/history.ts';
import type { ItemState, JobItem } from '#history/contracts/jobs.ts';
import { everyChat, inOrder } from '../backfill/plan.ts';
import { createStopwatch, factsOf, type HistoryFacts } from '../backfill/progress.ts';
import { type Step, step, type WaitReason, type Walk, type WalkDeps } from '../backfill/walk.ts';
import { defineKind, type Kind, type TurnContext, type TurnResult } from '../kind.ts';

export const historyArgsSchema = z.strictObject({
  /** JIDs; null = every chat, those included that turn up meanwhile. */
  chats: z.array(z.string()).max(5_000).nullable(),
  maxMessages: z.int().min(1).max(1_000_000).nullable(),
  /** Seconds; nothing older is asked for. */
  until: z.int().nonnegative().nullable(),
  /** Asks this engine only. */
  engine: engineNameSchema.nullable(),
});
export type HistoryArgs = z.output<typeof historyArgsSchema>;

export interface HistoryKindDeps extends Omit<WalkDeps, 'history'> {
  readonly history: Pick<History, 'backfills' | 'coverage' | 'chats'>;
  /** Chats asked for at the same time. */
  readonly parallel: number;
  /** The phone is still pushing what it gives by itself. */
  readonly isFirstSync: () => boolean;
}

const FIRST_SYNC_REST_MS = 2_000;
const BUSY_REST_MS = 5_000;
const FACTS_EVERY_MS = 1_000;
/** A chat whose every rung was silent is tried again so often, each time after a longer rest. */
const STALL_ROUNDS = 3;
const STALL_REST_WAITS = 30;

/** How a chat's end in this run is told. */
const ITEM_STATE: Readonly<Partial<Record<BackfillState, ItemState>>> = {
  complete: 'done',
  exhausted: 'done',
  blocked: 'skipped',
  stalled: 'failed',
};

interface StallNote {
  readonly rounds: number;
  readonly retryAtMs: number;
}

/** Fetches older history chat by chat, page by page, for as long as it takes. */
export function historyKind(deps: HistoryKindDeps): Kind<typeof historyArgsSchema> {
  return defineKind({
    kind: 'history',
    lane: 'history',
    args: historyArgsSchema,
    turn: (context, args) => turn(deps, context, args),
    halted: async (job, wish) => {
      await deps.history.backfills.moveAll(job.id, wish === 'pause' ? 'paused' : 'cancelled', null);
    },
  });
}

async function turn(deps: HistoryKindDeps, context: TurnContext, args: HistoryArgs): Promise<TurnResult> {
  if (deps.isFirstSync()) return { state: 'again', afterMs: FIRST_SYNC_REST_MS, reason: 'first-sync' };
  const isNew = await planMore(deps, context, args);
  const run = createRun(deps, context, args);
  const rest = await run.work();
  await run.tell();
  if (rest !== null) return { state: 'again', ...rest };
  // Chats that turned up in the meantime are part of "all".
  if (args.chats === null && isNew && (await planMore(deps, context, args)))
    return { state: 'again', afterMs: 0 };
  return run.conclude();
}

/** Adds chats that are not part of the job yet; true when there were any. */
async function planMore(
  deps: HistoryKindDeps,
  { job, items }: TurnContext,
  { chats }: HistoryArgs,
): Promise<boolean> {
  const known = new Set((await items.list()).map(({ chatId }) => chatId));
  const wanted = chats === null ? await everyChat(deps.history) : await named(deps, chats);
  const fresh = wanted.filter(({ id }) => !known.has(id));
  if (fresh.length === 0) return false;
  await deps.history.backfills.begin(
    job.id,
    fresh.map(({ id }) => id),
  );
  await items.add(fresh.map(({ id }) => ({ chatId: id, messageKey: null })));
  return true;
}

async function named({ history }: HistoryKindDeps, jids: readonly string[]) {
  const found = await Promise.all(jids.map((jid) => history.chats.byJid(jid)));
  return inOrder(found.filter((chat) => chat !== null));
}

type Rest =
  | { readonly afterMs: number; readonly reason: WaitReason | 'busy' | 'stalled' }
  | { readonly afterMs: 0 };

function createRun(deps: HistoryKindDeps, context: TurnContext, args: HistoryArgs) {
  const { history, clock, pace } = deps;
  const { job, items, signal, holder } = context;
  const asking = args.engine === null ? deps : { ...deps, router: only(deps.router, args.engine) };
  const inHand = new Set<number>();
  const busy = new Set<number>();
  const before = job.facts as HistoryFacts | null;
  const workedMs = createStopwatch(before?.worked_ms ?? 0, clock);
  let rest: Exclude<Rest, { afterMs: 0 }> | null = null;
  let toldAtMs = clock.now();

  async function tell(): Promise<void> {
    toldAtMs = clock.now();
    const all = await items.list();
    const facts = factsOf(all, await history.backfills.totals(job.id), pace.delayMs(), workedMs());
    await context.save({ done: facts.chats_ended, total: facts.chats, facts: { ...facts } });
  }

  /** Takes the next chat that is not in hand, not busy elsewhere and not resting; null when there is none. */
  async function take(): Promise<JobItem | null> {
    const open = await items.list({ states: ['queued', 'running'] });
    const now = clock.now();
    const isFree = ({ n, result }: JobItem) =>
      !inHand.has(n) && !busy.has(n) && (noteOf(result)?.retryAtMs ?? 0) <= now;
    const found = open.find(isFree) ?? null;
    if (found !== null) inHand.add(found.n);
    return found;
  }

  async function worker(): Promise<void> {
    while (rest === null && clock.now() < context.endsAtMs) {
      const item = await take();
      if (item === null) return;
      try {
        await walkChat(item);
      } finally {
        inHand.delete(item.n);
      }
    }
  }

  async function walkChat(item: JobItem): Promise<void> {
    if (item.state === 'queued') await items.save(item.n, { state: 'running' });
    const walk: Walk = { chatId: item.chatId ?? 0, holder, limits: args, givenUp: new Set(), refusals: 0 };
    while (rest === null && clock.now() < context.endsAtMs) {
      await context.look();
      const done = await step(asking, walk, signal);
      if (clock.now() - toldAtMs >= FACTS_EVERY_MS) await tell();
      if (done.is === 'more') continue;
      if (done.is === 'wait') rest = done;
      else await put(item, walk, done);
      return;
    }
  }

  /** Writes down where the chat stands now. */
  async function put(item: JobItem, walk: Walk, done: Exclude<Step, { is: 'more' | 'wait' }>): Promise<void> {
    if (done.is === 'busy') {
      busy.add(item.n);
      return;
    }
    const row = await history.backfills.get(walk.chatId);
    const fetched = row === null ? 0 : row.fetched - row.fetchedBefore;
    if (done.is === 'limit') {
      const gaps = await history.coverage.gaps(walk.chatId, 1);
      const at = gaps[0]?.interval.to;
      if (at !== undefined) await history.coverage.setGapReason(walk.chatId, at, 'user-limit');
      await end(walk, 'paused', done.reason);
      await items.save(item.n, { state: 'done', reason: done.reason, done: fetched });
      return;
    }
    if (done.state === 'stalled') {
      const note = stallNote(item);
      if (note !== null) {
        await end(walk, 'stalled', done.reason, note.retryAtMs);
        await items.save(item.n, { state: 'queued', reason: 'stalled', done: fetched, result: { ...note } });
        return;
      }
    }
    await end(walk, done.state, done.reason);
    await items.save(item.n, { state: ITEM_STATE[done.state] ?? 'done', reason: done.reason, done: fetched });
  }

  /** Null when it has rested often enough. */
  function stallNote(item: JobItem): StallNote | null {
    const rounds = (noteOf(item.result)?.rounds ?? 0) + 1;
    if (rounds > STALL_ROUNDS) return null;
    return { rounds, retryAtMs: clock.now() + deps.waitMs * STALL_REST_WAITS * 2 ** (rounds - 1) };
  }

  async function end(
    walk: Walk,
    state: BackfillState,
    reason: string,
    nextAttemptAtMs: number | null = null,
  ) {
    const { backfills } = history;
    if (!(await backfills.claim(walk.chatId, holder, deps.waitMs))) return;
    await backfills.move(walk.chatId, holder, { state, reason, nextAttemptAtMs });
    await backfills.release(walk.chatId, holder);
  }

  return {
    tell,
    /** Null when every chat has ended for this run. */
    work: async (): Promise<Rest | null> => {
      const workers = Array.from({ length: deps.parallel }, worker);
      const settled = await Promise.allSettled(workers);
      for (const one of settled) if (one.status === 'rejected') throw one.reason;
      if (rest !== null) return rest;
      const open = await items.list({ states: ['queued', 'running'] });
      if (open.length === 0) return null;
      const retryAt = open.map(({ result }) => noteOf(result)?.retryAtMs ?? 0);
      if (busy.size > 0) return { afterMs: BUSY_REST_MS, reason: 'busy' };
      if (retryAt.every((at) => at > clock.now())) {
        return { afterMs: Math.min(...retryAt) - clock.now(), reason: 'stalled' };
      }
      return { afterMs: 0 };
    },
    conclude: async (): Promise<TurnResult> => {
      const all = await items.list();
      const count = (reason: string) => all.filter((item) => item.reason === reason).length;
      const stalled = all.filter(({ state }) => state === 'failed').length;
      const totals = await history.backfills.totals(job.id);
      const result = {
        chats: all.length,
        complete: count('start-proven'),
        exhausted: count('nothing-older-came'),
        limited: count('max-messages') + count('until'),
        skipped: all.filter(({ state }) => state === 'skipped').length,
        stalled,
        pages: totals.pages,
        messages_fetched: totals.fetched,
        messages_added: totals.added,
        messages_deduplicated: totals.deduplicated,
      };
      return { state: 'completed', result, ...(stalled === 0 ? {} : { reason: 'some-stalled' }) };
    },
  };
}

function noteOf(result: unknown): StallNote | null {
  return typeof result === 'object' && result !== null && 'retryAtMs' in result
    ? (result as StallNote)
    : null;
}

/** The same router, but one engine is asked whatever else is said. */
function only(router: WalkDeps['router'], engine: z.output<typeof engineNameSchema>): WalkDeps['router'] {
  return {
    call: (capability, input, options = {}) => router.call(capability, input, { ...options, engine }),
  };
}
