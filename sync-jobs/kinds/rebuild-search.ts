import { z } from 'zod';
import type { History } from '#history/contracts/history.ts';
import type { ReindexStep } from '#history/contracts/maintenance.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import { defineKind, type Kind, type TurnContext, type TurnResult } from '../kind.ts';
import { laneOf } from './lanes.ts';

export const rebuildSearchArgsSchema = z.strictObject({});

export interface RebuildSearchDeps {
  readonly history: Pick<History, 'maintenance'>;
}

/** Some tens of milliseconds of one transaction. */
const MESSAGES_PER_STEP = 500;
/** An index that fails so often anew has a cause that no rebuild cures. */
const STARTS_MAX = 3;

interface Facts {
  /** Key of the last message done; null = from the beginning. */
  readonly next: number | null;
  readonly starts: number;
}

/** Builds the full-text index anew, step by step; searches say meanwhile that they are degraded. */
export function rebuildSearchKind(deps: RebuildSearchDeps): Kind<typeof rebuildSearchArgsSchema> {
  return defineKind({
    kind: 'rebuild-search',
    lane: laneOf['rebuild-search'],
    args: rebuildSearchArgsSchema,
    turn: (context) => turn(deps, context),
  });
}

async function turn({ history }: RebuildSearchDeps, context: TurnContext): Promise<TurnResult> {
  let facts: Facts = (context.job.facts as unknown as Facts | null) ?? { next: null, starts: 0 };
  while (!context.isOver()) {
    await context.look();
    if (facts.next === null) {
      if (facts.starts >= STARTS_MAX) {
        // Whoever resumes it has done something about the cause.
        await context.save({ facts: { next: null, starts: 0 } });
        throw new TandemError('DB_CORRUPT', { details: { part: 'search-index' } });
      }
      facts = { ...facts, starts: facts.starts + 1 };
    }
    const step = await reindex(history, facts.next);
    if (step === null) {
      facts = { ...facts, next: null };
      await context.save({ facts: { ...facts } });
      continue;
    }
    if (step.next === null) {
      // The place stays as it was: a job without one begins anew.
      await context.save({ done: step.total, total: step.total });
      return { state: 'completed', result: { messages: step.total } };
    }
    facts = { ...facts, next: step.next };
    await context.save({ done: step.indexed, total: step.total, facts: { ...facts } });
  }
  return { state: 'again', afterMs: 0 };
}

/** Null = the index failed in the middle and must be begun anew. */
async function reindex(
  history: RebuildSearchDeps['history'],
  after: number | null,
): Promise<ReindexStep | null> {
  try {
    return await history.maintenance.reindex(after, MESSAGES_PER_STEP);
  } catch (thrown) {
    if (after !== null && toTandemError(thrown).code === 'DATABASE_ERROR') return null;
    throw thrown;
  }
}
