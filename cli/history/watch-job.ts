import type { JobReply } from '#console/view/jobs.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import type { ServiceClient } from '../client/service-client.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { createStopSignal } from '../signals.ts';
import {
  endLines,
  hintOf,
  inCommandWords,
  jobLines,
  NOT_LINKED,
  restLine,
  restWords,
  waitsForLink,
} from './job-words.ts';

/** A person watches; the answer comes earlier when the job has ended. */
const LOOK_EVERY_SECONDS = 0.5;
const TENTH_PERCENT = 10;

export interface WatchDeps {
  readonly io: Io;
  readonly client: Pick<ServiceClient, 'job'>;
  /** A job that waits for a link looks again only seconds later; until then the service knows better. */
  readonly isLinked: () => Promise<boolean>;
  readonly json: boolean;
}

/**
 * Shows a job until it has ended, rests or needs a linked account, and returns the exit code. Ctrl-C ends the showing, never the job.
 * Throws NOT_RUNNING when the service goes away.
 */
export async function watchJob({ io, client, isLinked, json }: WatchDeps, first: JobReply): Promise<number> {
  const stop = createStopSignal(() => io.out.clear());
  let job = first;
  let shown = '';
  try {
    for (;;) {
      const needsLink = waitsForLink(job) && !(await isLinked());
      // Of these two the last line says everything.
      const isTold = !json && (job.status === 'paused' || needsLink);
      if (!isTold) shown = show(io, job, shown, json);
      if (needsLink) return unlinked(io, job, json);
      if (json && job.status === 'paused') tellLeft(io, job, 'paused');
      if (job.ended || job.status === 'paused') return conclude(io, job, json);
      job = await client.job(job.job_id, { waitSeconds: LOOK_EVERY_SECONDS }, stop.signal);
    }
  } catch (thrown) {
    io.out.clear();
    if (stop.signal.aborted) return left(io, job, json);
    throw away(thrown);
  } finally {
    io.out.clear();
    stop.dispose();
  }
}

function show(io: Io, job: JobReply, shown: string, json: boolean): string {
  if (json) {
    const line = JSON.stringify(job);
    if (line !== shown) io.json({ event: job.ended ? 'ended' : 'progress', ...inCommandWords(job) });
    return line;
  }
  const tenth = Math.floor((job.progress_percent ?? 0) / TENTH_PERCENT) * TENTH_PERCENT;
  const why = job.ended ? null : restWords(job, Date.now());
  io.out.live(
    jobLines(job, io.out.colours, Date.now()),
    // Where nothing can be redrawn, counts would make every look a line of its own.
    why === null ? `  ${tenth} %` : `  ${restLine(job)}`,
  );
  return '';
}

function conclude(io: Io, job: JobReply, json: boolean): number {
  const { out } = io;
  const { colours } = out;
  out.clear();
  const well = job.status === 'completed';
  if (json) return well ? exitCodes.ok : exitCodes.failed;
  const clean = well && job.reason === undefined;
  const mark = clean ? colours.green('✔') : job.status === 'failed' ? colours.red('✖') : colours.yellow('!');
  const hint = clean ? null : hintOf(job);
  const [first, ...rest] = endLines(job);
  out.print(`${mark} ${first ?? ''}`, ...rest.map((line) => `  ${line}`));
  if (hint !== null) out.print(`  ${hint}`);
  if (!well && hint?.includes('tandem history resume') !== true)
    out.print(`  ${colours.dim(`tandem history resume ${job.job_id} goes on from there.`)}`);
  return well ? exitCodes.ok : exitCodes.failed;
}

/** Nobody knows when an account will be linked, so nobody is kept waiting; the job is. */
function unlinked(io: Io, job: JobReply, json: boolean): number {
  const { out } = io;
  out.clear();
  if (json) tellLeft(io, job, 'not-linked');
  else out.print(`${out.colours.yellow('!')} ${NOT_LINKED}`, `  ${job.job_id} stays.`);
  return exitCodes.notLinked;
}

function left(io: Io, job: JobReply, json: boolean): number {
  if (json) tellLeft(io, job, 'interrupted');
  else {
    const { colours } = io.out;
    io.out.print(
      `The job goes on. ${colours.dim('Look again:')} tandem history jobs ${job.job_id}`,
      `                 ${colours.dim('Stop it:')}    tandem history cancel ${job.job_id}`,
    );
  }
  return exitCodes.interrupted;
}

/** The last line about a job that has not ended: why nobody watches it any longer, and how it goes on. */
function tellLeft(io: Io, job: JobReply, reason: 'paused' | 'not-linked' | 'interrupted'): void {
  const hint = reason === 'interrupted' ? null : hintOf(job);
  io.json({ event: 'left', job_id: job.job_id, reason, ...(hint === null ? {} : { hint }) });
}

function away(thrown: unknown): TandemError {
  const error = toTandemError(thrown);
  if (error.code !== 'NOT_RUNNING') return error;
  return new TandemError('NOT_RUNNING', {
    message: 'The service ended.',
    hint: 'The job is kept and goes on by itself once the service runs again: `tandem up`.',
    cause: thrown,
  });
}
