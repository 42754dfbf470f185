import { z } from 'zod';
import { type EngineName, engineNameSchema } from '#engines/contract/capability.ts';
import type { History } from '#history/contracts/history.ts';
import type { JobItem, JobRecord } from '#history/contracts/jobs.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import { everyChat, inOrder } from '../backfill/plan.ts';
import { runTurn } from '../backfill/run.ts';
import type { WalkDeps } from '../backfill/walk.ts';
import { defineKind, type Kind, type TurnContext, type TurnResult } from '../kind.ts';
import { laneOf } from './lanes.ts';

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

export interface HistoryKindDeps extends WalkDeps {
  readonly history: WalkDeps['history'] & Pick<History, 'account'>;
  /** Chats asked for at the same time. */
  readonly parallel: number;
  /** The phone is still pushing what it gives by itself. */
  readonly isFirstSync: () => boolean;
  /** What the phone gives by itself is in the store, from some engine that is connected now. */
  readonly isPushed: () => boolean;
}

const FIRST_SYNC_REST_MS = 2_000;
/** Until somebody has linked the account, or started an engine. */
const NOTHING_YET_REST_MS = 5_000;

/** Fetches older history chat by chat, page by page, for as long as it takes. */
export function historyKind(deps: HistoryKindDeps): Kind<typeof historyArgsSchema> {
  const { backfills } = deps.history;
  return defineKind({
    kind: 'history',
    lane: laneOf.history,
    args: historyArgsSchema,
    turn: (context, args) => turn(deps, context, args),
    halted: async (job, wish) => {
      await backfills.moveAll(job.id, wish === 'pause' ? 'paused' : 'cancelled', null);
    },
    // Whoever asks to go on does not want to wait for silent chats.
    hurried: async (job) => {
      await backfills.moveAll(job.id, 'queued', null);
    },
  });
}

async function turn(deps: HistoryKindDeps, context: TurnContext, args: HistoryArgs): Promise<TurnResult> {
  if (deps.isFirstSync()) return { state: 'again', afterMs: FIRST_SYNC_REST_MS, reason: 'first-sync' };
  if ((await context.items.list({ limit: 1 })).length === 0) await plan(deps, context, args);
  const asking = args.engine === null ? deps : { ...deps, ...only(deps, args.engine) };
  if (args.chats === null && (await context.items.list({ limit: 1 })).length === 0) {
    const reason = await whyEmpty(asking);
    if (reason !== null) return { state: 'again', afterMs: NOTHING_YET_REST_MS, reason };
  }
  const rest = await runTurn(asking, context, args, deps.parallel);
  if (rest !== null) return { state: 'again', ...rest };
  // Chats that turned up in the meantime are part of "all".
  if (args.chats === null && (await plan(deps, context, args))) return { state: 'again', afterMs: 0 };
  return conclude(deps, context.job, await context.items.list());
}

/** Why there is no chat at all; null = the account has none. */
async function whyEmpty({ history, engines, isPushed }: HistoryKindDeps): Promise<string | null> {
  if ((await history.account.get()) === null) return 'not-linked';
  if (engines().length === 0) return 'no-engine';
  return isPushed() ? null : 'first-sync';
}

/** Adds chats that are not part of the job yet; true when there were any. */
async function plan(
  deps: HistoryKindDeps,
  { job, items }: TurnContext,
  { chats }: HistoryArgs,
): Promise<boolean> {
  const known = new Set((await items.list()).map(({ chatId }) => chatId));
  const wanted = chats === null ? await everyChat(deps.history) : await named(deps, chats);
  const fresh = [...new Set(wanted.map(({ id }) => id))].filter((id) => !known.has(id));
  if (fresh.length === 0) return false;
  await deps.history.backfills.begin(job.id, fresh);
  await items.add(fresh.map((chatId) => ({ chatId, messageKey: null })));
  return true;
}

async function named({ history }: HistoryKindDeps, jids: readonly string[]): Promise<readonly ChatRecord[]> {
  const found = await Promise.all(jids.map((jid) => history.chats.byJid(jid)));
  return inOrder(found.filter((chat) => chat !== null));
}

/** The same, but one engine is asked whatever else is said. */
function only(
  { router, engines }: HistoryKindDeps,
  engine: EngineName,
): Pick<WalkDeps, 'router' | 'engines'> {
  return {
    router: {
      call: (capability, input, options = {}) => router.call(capability, input, { ...options, engine }),
    },
    engines: () => engines().filter((one) => one === engine),
  };
}

async function conclude(
  { history }: HistoryKindDeps,
  job: JobRecord,
  items: readonly JobItem[],
): Promise<TurnResult> {
  const count = (...reasons: readonly string[]) =>
    items.filter(({ reason }) => reason !== null && reasons.includes(reason)).length;
  const stalled = items.filter(({ state }) => state === 'failed').length;
  const purged = count('purged');
  const totals = await history.backfills.totals(job.id);
  const result = {
    chats: items.length,
    complete: count('start-proven', 'nothing-to-ask', 'purged'),
    purged,
    exhausted: count('nothing-older-came'),
    limited: count('max-messages', 'until'),
    skipped: items.filter(({ state }) => state === 'skipped').length,
    stalled,
    pages: totals.pages,
    messages_fetched: totals.fetched,
    messages_added: totals.added,
    messages_deduplicated: totals.deduplicated,
  };
  const reason = stalled > 0 ? 'some-stalled' : purged > 0 ? 'purged' : null;
  return { state: 'completed', result, ...(reason === null ? {} : { reason }) };
}
