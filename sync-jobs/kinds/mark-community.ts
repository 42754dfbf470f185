import { z } from 'zod';
import type { History } from '#history/contracts/history.ts';
import { endedStates, type JobRecord, type Json } from '#history/contracts/jobs.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import { receiptModes } from '#orchestrator/services/mark-chat.ts';
import type { RouterPort } from '#orchestrator/services/ports.ts';
import type { Jobs } from '../jobs.ts';
import { defineKind, type Kind, type TurnContext, type TurnResult } from '../kind.ts';
import type { HistoryArgs } from './history.ts';
import { laneOf } from './lanes.ts';
import {
  addChats,
  conclusionOf,
  effective,
  type MarkDeps,
  type MarkTotals,
  markItems,
  totalsOf,
} from './mark-items.ts';
import { MARK_MESSAGES_MAX } from './mark-read.ts';
import {
  defaultPatienceSeconds,
  freshPatience,
  look,
  PATIENCE_MAX_SECONDS,
  type Patience,
} from './patience.ts';
import { troubleOf } from './trouble.ts';

export const markCommunityArgsSchema = z.strictObject({
  /** JID. */
  community: z.string(),
  /** Fetches older history of its groups first. */
  withHistory: z.boolean(),
  /** How long that may take before the marking goes on with what is there; null = as long as so many groups may need. */
  syncTimeoutSeconds: z.int().min(1).max(PATIENCE_MAX_SECONDS).nullable(),
  receipts: z.enum(receiptModes),
});
export type MarkCommunityArgs = z.output<typeof markCommunityArgsSchema>;

export interface MarkCommunityDeps extends MarkDeps {
  readonly history: Pick<History, 'chats' | 'messages' | 'reads' | 'groups'>;
  readonly router: Pick<RouterPort, 'call'>;
  readonly jobs: Pick<Jobs, 'start' | 'list' | 'get'>;
  readonly clock: Clock;
  /** Pause between two pages of history. */
  readonly pageDelayMs: number;
}

const phases = ['health_check', 'history_sync', 'database_sync', 'mark_as_read', 'cleanup'] as const;
type Phase = (typeof phases)[number];

/** What became of one phase; a code says why it was not as hoped, and the next went on all the same. */
interface Step {
  readonly step: Phase;
  readonly ok: boolean;
  readonly ms: number;
  readonly code?: string;
}

/** Where the job is, kept in its row. */
interface Facts extends Partial<MarkTotals> {
  readonly phase: Phase | 'end';
  readonly phaseStartedMs: number;
  readonly steps: readonly Step[];
  readonly groups: number;
  readonly historyJobId: string | null;
  /** Looks in vain for the groups of a community that the store had not met. */
  readonly looks: number;
  readonly patience: Patience;
  /** What the fetching of history counts, and while it is waited for, after how long the marking begins without the rest. */
  readonly history: Json;
}

type Outcome = { readonly is: 'next'; readonly ok: boolean; readonly code?: string } | TurnResult;

const CHILD_LOOK_MS = 2_000;
const GROUPS_LOOK_MS = 1_000;
/** What engines tell of a community is in the store within seconds. */
const GROUPS_LOOKS_MAX = 15;
/** WhatsApp allows 100 groups; this is for the day when it allows more. */
const GROUPS_MAX = 1_000;
const DONE: Outcome = { is: 'next', ok: true };
const SKIPPED: Outcome = { is: 'next', ok: true, code: 'skipped' };

/** Marks every group of a community as read, if wanted behind the history of these groups. */
export function markCommunityKind(deps: MarkCommunityDeps): Kind<typeof markCommunityArgsSchema> {
  return defineKind({
    kind: 'mark-community',
    lane: laneOf['mark-community'],
    args: markCommunityArgsSchema,
    // However long one is ready to wait for history: it is the same marking.
    same: ({ community, withHistory, receipts }) => ({ community, withHistory, receipts }),
    turn: (context, args) => createRun(deps, context, args).work(),
  });
}

function createRun(deps: MarkCommunityDeps, context: TurnContext, args: MarkCommunityArgs) {
  const { clock, history } = deps;
  const { job, items, signal } = context;
  let facts: Facts = (job.facts as unknown as Facts | null) ?? {
    phase: 'health_check',
    phaseStartedMs: clock.now(),
    steps: [],
    groups: 0,
    historyJobId: null,
    looks: 0,
    patience: freshPatience,
    history: null,
  };

  async function tell(change: Partial<Facts> = {}): Promise<void> {
    const totals = totalsOf(await items.list());
    facts = { ...facts, ...totals, ...change };
    const total = Math.max(facts.groups, totals.chats);
    const known = total === 0 ? null : total;
    await context.save({ done: totals.chats_ended, total: known, facts: { ...facts } as unknown as Json });
  }

  const run: Readonly<Record<Phase, () => Promise<Outcome>>> = {
    health_check: async () => {
      effective(args.receipts, deps.readReceipts);
      const groups = await groupsOf();
      if (groups.length > 0) {
        await tell({ groups: groups.length });
        return DONE;
      }
      if (facts.looks >= GROUPS_LOOKS_MAX) throw new TandemError('COMMUNITY_NOT_FOUND');
      // The answer itself is not needed: what the engine learns arrives in the store.
      const rest = await ask();
      await tell({ looks: facts.looks + 1 });
      return rest ?? { state: 'again', afterMs: GROUPS_LOOK_MS };
    },
    history_sync: async () => {
      if (!args.withHistory) return SKIPPED;
      const child = await theChild();
      if (endedStates.includes(child.state)) {
        await tell({ historyJobId: child.id });
        return endOf(child);
      }
      const patience = look(facts.patience, child, clock.now());
      const seconds = args.syncTimeoutSeconds ?? defaultPatienceSeconds(facts.groups, deps.pageDelayMs);
      const leftMs = Math.max(0, seconds * MILLISECONDS_PER_SECOND - patience.waitedMs);
      const restMs = Math.min(CHILD_LOOK_MS, leftMs);
      await tell({
        historyJobId: child.id,
        patience: { ...patience, restMs },
        history: {
          ...progressOf(child),
          marking_begins_within_s: Math.ceil(leftMs / MILLISECONDS_PER_SECOND),
        },
      });
      if (leftMs > 0) return { state: 'again', afterMs: restMs, reason: 'child' };
      return { is: 'next', ok: false, code: 'timeout' };
    },
    // Pages are in the store by the time that they count as fetched.
    database_sync: async () => {
      if (facts.historyJobId === null) return SKIPPED;
      const child = await deps.jobs.get(facts.historyJobId, null);
      await tell({ history: progressOf(child) });
      return DONE;
    },
    mark_as_read: async () => {
      await addChats(context, await groupsOf());
      const options = { receipts: args.receipts, maxPerChat: MARK_MESSAGES_MAX, tell: () => tell() };
      const rest = await markItems(deps, context, options);
      if (rest !== null) return rest;
      const { chats_failed } = totalsOf(await items.list());
      return chats_failed === 0 ? DONE : { is: 'next', ok: false, code: 'some-failed' };
    },
    cleanup: () => Promise.resolve(DONE),
  };

  async function groupsOf(): Promise<readonly ChatRecord[]> {
    const page = await history.groups.list({ community: args.community, limit: GROUPS_MAX, offset: 0 });
    return page.items.map(({ chat }) => chat);
  }

  async function ask(): Promise<TurnResult | null> {
    try {
      await deps.router.call('community.read', { community: args.community }, { signal });
      return null;
    } catch (thrown) {
      const trouble = troubleOf(thrown, signal);
      if (trouble.is === 'rest') return { state: 'again', afterMs: trouble.afterMs, reason: trouble.reason };
      throw thrown;
    }
  }

  /** Started once, whatever happens between its start and the note of its id. */
  async function theChild(): Promise<JobRecord> {
    if (facts.historyJobId !== null) return deps.jobs.get(facts.historyJobId, null);
    const [known] = await deps.jobs.list({ parentId: job.id, kinds: ['history'], limit: 1 }, null);
    if (known !== undefined) return known;
    const chats = (await groupsOf()).map(({ jid }) => jid);
    const history: HistoryArgs = { chats, maxMessages: MARK_MESSAGES_MAX, until: null, engine: null };
    const { owner, priority } = job;
    return (await deps.jobs.start({ kind: 'history', args: history, owner, priority, parentId: job.id })).job;
  }

  async function conclude(): Promise<TurnResult> {
    const totals = totalsOf(await items.list());
    const used = effective(args.receipts, deps.readReceipts);
    const ended = conclusionOf(totals, args.receipts, used);
    const ranOut = facts.steps.some(({ code }) => code === 'timeout') && totals.messages_told < totals.marked;
    return {
      state: 'completed',
      result: {
        steps: facts.steps.map((step) => ({ ...step })),
        ...ended,
        ...(ranOut && ended.hint !== undefined
          ? { hint: `${ended.hint} The time for history ran out: a longer sync_timeout waits for more.` }
          : {}),
        history: facts.history,
      },
      ...(totals.chats_failed > 0 ? { reason: 'some-failed' } : {}),
    };
  }

  return {
    work: async (): Promise<TurnResult> => {
      if (job.facts === null) await tell();
      while (facts.phase !== 'end') {
        await context.look();
        const { phase } = facts;
        const outcome = await run[phase]();
        if ('state' in outcome) return outcome;
        const nowMs = clock.now();
        const { ok, code } = outcome;
        const ms = nowMs - facts.phaseStartedMs;
        const step: Step = { step: phase, ok, ms, ...(code === undefined ? {} : { code }) };
        await tell({
          phase: phases[phases.indexOf(phase) + 1] ?? 'end',
          phaseStartedMs: nowMs,
          steps: [...facts.steps, step],
        });
      }
      return conclude();
    },
  };
}

/** How the fetching ended; whatever it was, what is there is marked. */
function endOf({ state, reason, error }: JobRecord): Outcome {
  if (state === 'completed') return reason === null ? DONE : { is: 'next', ok: true, code: reason };
  return { is: 'next', ok: false, code: error?.code ?? state };
}

function progressOf(child: JobRecord): Readonly<Record<string, Json>> {
  return { job_id: child.id, status: child.state, ...countsOf(child) };
}

function countsOf({ result, facts }: JobRecord): Readonly<Record<string, Json>> {
  const counts = result ?? facts;
  return typeof counts === 'object' && counts !== null && !Array.isArray(counts)
    ? (counts as Readonly<Record<string, Json>>)
    : {};
}
