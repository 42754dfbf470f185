import { z } from 'zod';
import { secondsSchema } from '#engines/contract/message.ts';
import type { History } from '#history/contracts/history.ts';
import type { MediaLibrary } from '#orchestrator/services/media/library.ts';
import { defineKind, type Kind, type TurnContext, type TurnResult } from '../kind.ts';
import { laneOf } from './lanes.ts';

export const purgeArgsSchema = z.strictObject({
  /** Seconds; messages sent before are deleted. */
  before: secondsSchema,
});

export interface PurgeDeps {
  readonly history: Pick<History, 'maintenance'>;
  readonly media: Pick<MediaLibrary, 'remove'>;
}

/** One transaction; others wait for it no longer than for a batch of ingest. */
const MESSAGES_PER_STEP = 500;

/** Deletes old messages and the files that only they named. What is deleted stays so: a killed step is done again or was done. */
export function purgeKind(deps: PurgeDeps): Kind<typeof purgeArgsSchema> {
  return defineKind({
    kind: 'purge',
    lane: laneOf.purge,
    args: purgeArgsSchema,
    turn: (context, { before }) => turn(deps, context, before),
  });
}

/** At least so many: what a killed step had deleted is not counted. */
interface Counts {
  readonly messages: number;
  readonly files: number;
}

async function turn(
  { history, media }: PurgeDeps,
  context: TurnContext,
  before: number,
): Promise<TurnResult> {
  let counts: Counts = (context.job.facts as Counts | null) ?? { messages: 0, files: 0 };
  while (!context.isOver()) {
    await context.look();
    const step = await history.maintenance.purge(before, MESSAGES_PER_STEP);
    const files = await media.remove(step.media);
    // Until this is written each step names the same files again.
    if (step.media.length > 0) await history.maintenance.mediaRemoved(step.media.map(({ key }) => key));
    counts = { messages: counts.messages + step.messages, files: counts.files + files };
    await context.save({ done: counts.messages, facts: { ...counts } });
    if (step.done) return { state: 'completed', result: { before, ...counts } };
  }
  return { state: 'again', afterMs: 0 };
}
