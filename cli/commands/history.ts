import type { ChatCoverageView } from '#console/view/coverage.ts';
import { systemClock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { parsePast } from '#orchestrator/services/present/past.ts';
import { createTimes } from '#orchestrator/services/present/times.ts';
import { requireService } from '../client/find-service.ts';
import { createServiceClient, type ServiceClient } from '../client/service-client.ts';
import { exitCodes } from '../exit-codes.ts';
import {
  adviceOf,
  type CoverageFound,
  noChatsWords,
  printCoverage,
  printIntervals,
  worstFirst,
} from '../history/coverage-table.ts';
import { printJob, printJobs, startedLine } from '../history/job-table.ts';
import { inCommandWords } from '../history/job-words.ts';
import { watchJob } from '../history/watch-job.ts';
import type { Io } from '../io.ts';
import { type CommonOptions, configOf } from '../settings.ts';

export interface HistoryOptions extends CommonOptions {
  readonly json?: boolean;
}

export interface FetchOptions extends HistoryOptions {
  readonly since?: string;
  readonly max?: string;
  readonly engine?: string;
  readonly wait?: boolean;
}

export interface CoverageOptions extends HistoryOptions {
  readonly worst?: string;
}

const COVERAGE_PAGE = 500;
const SHOWN_BY_DEFAULT = 40;
const JOBS_SHOWN = 30;
const PARTS_SHOWN = 50;
const UNFINISHED = ['queued', 'running', 'waiting', 'interrupted'];

/** `tandem history fetch [CHAT]`: begins a job or joins the one that runs, and shows it. Errors: NOT_RUNNING and what the service answers. */
export async function runHistoryFetch(
  io: Io,
  chat: string | undefined,
  options: FetchOptions,
): Promise<number> {
  const { since, max, engine } = options;
  if (chat === undefined && max !== undefined) {
    throw new TandemError('VALIDATION_ERROR', {
      message: '--max counts the messages of one chat.',
      hint: 'Name a chat: `tandem history fetch CHAT --max 500`; or set a date for all of them with --since.',
    });
  }
  if (since !== undefined) checkSince(since, configOf(io.env, options).timeZone);
  const client = await connect(io, options);
  const job =
    chat === undefined
      ? await client.retrieveHistory({
          ...(since === undefined ? {} : { since }),
          ...(engine === undefined ? {} : { engines: [engine] }),
        })
      : await client.fetchHistory({
          chat,
          ...(since === undefined ? {} : { until: since }),
          ...(max === undefined ? {} : { max_messages: Number(max) }),
          ...(engine === undefined ? {} : { engine }),
        });
  const json = options.json === true;
  if (json) io.json({ event: 'started', ...inCommandWords(job) });
  else io.out.print(startedLine(job, io.out.colours));
  if (options.wait !== false) return watchJob({ io, client, isLinked: () => isLinked(client), json }, job);
  if (!json) io.out.print(`${io.out.colours.dim('Look at it:')} tandem history jobs ${job.job_id}`);
  return exitCodes.ok;
}

async function isLinked(client: ServiceClient): Promise<boolean> {
  return (await client.status()).engines.some(({ linked }) => linked);
}

/** Here, so that it is named as it was typed, and before anything begins. Throws INVALID_TIME. */
function checkSince(since: string, timeZone: string | null): void {
  parsePast(createTimes(timeZone), systemClock, since, '--since');
}

/** `tandem history coverage [CHAT]`. Errors: NOT_RUNNING, CHAT_NOT_FOUND. */
export async function runHistoryCoverage(
  io: Io,
  chat: string | undefined,
  options: CoverageOptions,
): Promise<number> {
  const client = await connect(io, options);
  const found = await coverageOf(client, chat);
  const chats = worstFirst(found.chats);
  if (options.json === true) {
    for (const one of options.worst === undefined ? chats : chats.slice(0, Number(options.worst)))
      io.json(one);
    return exitCodes.ok;
  }
  const { out } = io;
  if (chats.length === 0) {
    out.print(noChatsWords(await isLinked(client)));
    return exitCodes.ok;
  }
  printCoverage(out, { ...found, chats }, Number(options.worst ?? SHOWN_BY_DEFAULT));
  const [only] = chats;
  if (chat !== undefined && chats.length === 1 && only !== undefined) printIntervals(out, only);
  const { jobs } = await client.jobs({ limit: JOBS_SHOWN });
  const isFetching = jobs.some(({ kind, status }) => kind === 'history' && UNFINISHED.includes(status));
  const advice = adviceOf(chats, isFetching);
  if (advice !== null) out.print(advice);
  return exitCodes.ok;
}

/** `tandem history jobs [ID]`. Errors: NOT_RUNNING, JOB_NOT_FOUND. */
export async function runHistoryJobs(
  io: Io,
  id: string | undefined,
  options: HistoryOptions,
): Promise<number> {
  const client = await connect(io, options);
  if (id === undefined) {
    const found = await client.jobs({ limit: JOBS_SHOWN });
    if (options.json === true) for (const job of found.jobs) io.json(inCommandWords(job));
    else printJobs(io.out, found, Date.now());
    return exitCodes.ok;
  }
  const job = await client.job(id, { parts: ['failed', 'skipped'], limit: PARTS_SHOWN });
  if (options.json === true) io.json(inCommandWords(job));
  else printJob(io.out, job, Date.now());
  return exitCodes.ok;
}

/**
 * `tandem history cancel|pause|resume ID|CHAT`. A chat means the job that fetches this chat alone.
 * Errors: NOT_RUNNING, JOB_NOT_FOUND, JOB_ENDED, CHAT_NOT_FOUND, NO_ACTIVE_SYNC, NO_CHECKPOINT.
 */
export async function runHistorySteer(
  io: Io,
  action: 'cancel' | 'pause' | 'resume',
  target: string,
  options: HistoryOptions,
): Promise<number> {
  const isJob = /^job_[0-9a-f]+$/.test(target);
  if (action === 'pause' && !isJob) {
    throw new TandemError('VALIDATION_ERROR', {
      message: 'Pausing needs the id of a job.',
      hint: '`tandem history jobs` shows them.',
    });
  }
  const client = await connect(io, options);
  const job =
    isJob || action === 'pause'
      ? await client.steerJob(target, action)
      : action === 'cancel'
        ? await client.cancelHistory(target)
        : await client.fetchHistory({ chat: target, resume: true });
  if (options.json === true) {
    io.json(inCommandWords(job));
    return exitCodes.ok;
  }
  const { colours } = io.out;
  const now =
    action === 'resume'
      ? 'goes on'
      : job.ended || job.status === 'paused'
        ? `is ${job.status}`
        : `will ${action} at its next step`;
  io.out.print(`${colours.green('✔')} ${job.job_id} ${now}.`);
  if (action === 'resume') io.out.print(`  ${colours.dim('Look at it:')} tandem history jobs ${job.job_id}`);
  else
    io.out.print(
      `  ${colours.dim('What was fetched stays. Go on with:')} tandem history resume ${job.job_id}`,
    );
  return exitCodes.ok;
}

async function connect(io: Io, options: HistoryOptions): Promise<ServiceClient> {
  return createServiceClient(
    await requireService(
      configOf(io.env, options),
      'History is fetched by the running service: start it with `tandem up`, then try again.',
    ),
  );
}

/** All pages; of one chat, when it is named by JID, name or number. */
async function coverageOf(client: ServiceClient, chat: string | undefined): Promise<CoverageFound> {
  const byJid = chat?.includes('@') === true;
  const text = chat === undefined || byJid ? {} : { text: chat };
  const chats: ChatCoverageView[] = [];
  let page = await client.coverage({ ...text, limit: COVERAGE_PAGE });
  const { now, totals, oldest_at } = page;
  for (;;) {
    chats.push(...page.chats);
    if (page.next === null) break;
    page = await client.coverage({ ...text, limit: COVERAGE_PAGE, after: page.next });
  }
  const wanted = byJid ? chats.filter(({ jid }) => jid === chat) : chats;
  if (chat !== undefined && wanted.length === 0) throw new TandemError('CHAT_NOT_FOUND');
  return { now, oldest_at, totals: chat === undefined ? totals : null, chats: wanted };
}
