import type { History } from '#history/contracts/history.ts';
import { endedStates, jobStates } from '#history/contracts/jobs.ts';
import type { Clock } from '#kernel/clock.ts';
import { toTandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Jobs } from './jobs.ts';

const LOOK_EVERY_MS = 3_600_000;
const SECONDS_PER_DAY = 86_400;
const SECONDS_PER_HOUR = 3_600;
/** Jobs that nobody asked for belong to the service itself. */
export const SERVICE_OWNER = 'service';

/** Seconds; whole hours, so that two calls in one hour mean the same. Null = everything is kept. */
export function retentionLimit(retentionDays: number, clock: Clock): number | null {
  if (retentionDays === 0) return null;
  const now = Math.floor(clock.now() / MILLISECONDS_PER_SECOND);
  const limit = now - retentionDays * SECONDS_PER_DAY;
  return Math.max(0, limit - (limit % SECONDS_PER_HOUR));
}

export interface RetentionOptions {
  readonly retentionDays: number;
  readonly history: Pick<History, 'messages'>;
  readonly clock: Clock;
}

/** Deletes what is older than the retention setting says. Null = not due: no queue is woken for nothing. */
export async function startPurgeWhenDue(
  jobs: Pick<Jobs, 'start' | 'list'>,
  { retentionDays, history, clock }: RetentionOptions,
): Promise<string | null> {
  const before = retentionLimit(retentionDays, clock);
  if (before === null) return null;
  const { items } = await history.messages.list({ order: 'oldest', limit: 1, until: before });
  if (items.length === 0) return null;
  const unfinished = jobStates.filter((state) => !endedStates.includes(state));
  const [running] = await jobs.list({ kinds: ['purge'], states: unfinished, limit: 1 }, SERVICE_OWNER);
  if (running !== undefined) return null;
  const { job } = await jobs.start({ kind: 'purge', args: { before }, owner: SERVICE_OWNER });
  return job.id;
}

/** Looks now and every hour whether something is to be deleted; returns how to stop. */
export function keepRetention(
  jobs: Pick<Jobs, 'start' | 'list'>,
  options: RetentionOptions & { readonly logger: Logger },
): () => void {
  const look = () =>
    void startPurgeWhenDue(jobs, options).catch((thrown: unknown) => {
      options.logger.warn('the retention purge was not started', { code: toTandemError(thrown).code });
    });
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  look();
  return () => clearInterval(timer);
}
