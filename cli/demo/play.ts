import type { StatusView } from '#console/view/status.ts';
import type { JobView } from '#sync-jobs/services/job-shape.ts';
import { endLines, jobLines } from '../history/job-words.ts';
import { formatCounted, formatDuration } from '../render/numbers.ts';
import { renderProgress } from '../render/progress.ts';
import { safeInline } from '../render/text.ts';
import type { RunningService } from '../service/service.ts';
import { takeCensus } from './census.ts';
import { markCommunity } from './community.ts';
import { writeSomething } from './life.ts';
import { linkEngine } from './link.ts';
import { fetchOlderHistory } from './older.ts';
import type { DemoStage } from './stage.ts';
import type { TourReport } from './summary.ts';
import { searchAround, sendAround } from './tour.ts';
import { waitUntil } from './wait.ts';

const HISTORY_LIMIT_MS = 120_000;
const LIVE_LIMIT_MS = 20_000;
const LIVE_MESSAGES = 3;
const PROGRESS_EVERY_MS = 200;

/** Plays the tour step by step, one line that stays for each. `isUsed` = the folder holds messages of an earlier run. */
export async function playDemo(stage: DemoStage, isUsed: boolean): Promise<TourReport> {
  const { service, signal } = stage;
  await bringUp(stage);
  const arrived = await receiveLive(stage);
  tell(
    stage,
    `${formatCounted(arrived.count, 'new message')} arrived, each stored within ${formatDuration(arrived.longestMs)} of being written.`,
  );
  const searched = await searchAround(service, signal);
  const sent = await sendAround(service, signal);
  stage.out.live([stage.out.colours.dim('Marking a community as read …')], null);
  const community = await markCommunity({ ...stage, isUsed }, (job) => showJob(stage, job));
  stage.out.clear();
  await settle(stage);
  return {
    overview: await service.history.overview(),
    engines: service.orchestrator.engines().map(({ engine }) => engine),
    contributions: await service.ports.contributions(),
    census: await takeCensus(service.history),
    searched,
    sent,
    community,
    origins: [
      [stage.counts.messages, 'at first'],
      [arrived.count, 'arrived'],
      [sent === null ? 0 : 1, 'sent'],
      [community?.written ?? 0, 'in the community'],
    ],
  };
}

function tell({ out }: DemoStage, text: string, mark = out.colours.green('✔')): void {
  out.clear();
  out.print(`${mark} ${text}`);
}

/** Links every engine and takes in the whole history: what is pushed, then what has to be asked for. */
export async function bringUp(stage: DemoStage): Promise<void> {
  const { out, service, signal } = stage;
  const done = (text: string) => tell(stage, text);
  done(`Simulated account with ${formatCounted(stage.counts.messages, 'message')}.`);
  done(`Service: ${service.url}`);

  for (const [index, { engine }] of service.orchestrator.engines().entries()) {
    out.live([out.colours.dim(`Linking ${engine} …`)], null);
    const name = await linkEngine(stage, engine);
    done(
      index === 0
        ? `Scanned the QR code of ${engine} with the simulated phone: linked as ${safeInline(name)}.`
        : `Scanned the QR code of ${engine}, the second device of the same account.`,
    );
  }

  const startedAt = performance.now();
  const stopProgress = showProgress(stage);
  try {
    const pushed = async () => (await service.history.overview()).messages >= stage.counts.pushed;
    await waitUntil(pushed, { signal, limitMs: HISTORY_LIMIT_MS });
    await waitUntil(
      async () => (await statusOf(service)).engines.every((engine) => engine.level === 'ready'),
      {
        signal,
        limitMs: HISTORY_LIMIT_MS,
      },
    );
  } finally {
    stopProgress();
  }
  const { messages } = await service.history.overview();
  done(`History: the phone pushed ${formatCounted(messages, 'message')} in ${spent(startedAt)}.`);

  const askedAt = performance.now();
  const job = await fetchOlderHistory(service, signal, (step) => showJob(stage, step));
  if (job.status === 'completed') done(`Asked for the rest by a job, page by page, in ${spent(askedAt)}:`);
  else tell(stage, 'The job that asks for the rest did not end well:', out.colours.red('✖'));
  out.print(...endLines(job).map((line) => `  ${line}`));
}

function spent(since: number): string {
  return formatDuration(performance.now() - since);
}

/** Nothing once it is being stopped: the last look at a job comes with the end. */
export function showJob({ out, signal }: Pick<DemoStage, 'out' | 'signal'>, job: JobView): void {
  if (signal.aborted) return;
  const tenth = Math.floor((job.progress_percent ?? 0) / 10) * 10;
  out.live(jobLines(job, out.colours, Date.now()), `  ${job.kind} ${tenth} %`);
}

function statusOf(service: RunningService): Promise<StatusView> {
  return service.status.current();
}

/** One line while history streams in. */
function showProgress({ out, service, counts, signal }: DemoStage): () => void {
  const timer = setInterval(() => {
    service.status.current().then(
      ({ store, ingest }) => {
        if (signal.aborted) return;
        const messages = store?.messages ?? 0;
        const percent = Math.min(100, (messages / counts.pushed) * 100);
        const words = `${formatCounted(messages, 'message')}, ${Math.round(ingest.messages_per_second)} a second`;
        const tenth = Math.floor(percent / 10) * 10;
        out.live([`  ${renderProgress(percent, words, out.colours)}`], `  pushed ${tenth} %`);
      },
      () => undefined,
    );
  }, PROGRESS_EVERY_MS);
  return () => clearInterval(timer);
}

interface Arrived {
  readonly count: number;
  /** Until one was in the store. */
  readonly longestMs: number;
}

/** Writes some messages as their senders would. */
async function receiveLive({ service, account, signal }: DemoStage): Promise<Arrived> {
  const chats = await account.chats();
  let longestMs = 0;
  let count = 0;
  for (; count < LIVE_MESSAGES; count += 1) {
    const startedAt = performance.now();
    const id = await writeSomething(account, chats);
    if (id === null) break;
    await waitUntil(async () => (await service.history.messages.byId(id)).length > 0, {
      signal,
      limitMs: LIVE_LIMIT_MS,
    });
    longestMs = Math.max(longestMs, performance.now() - startedAt);
  }
  return { count, longestMs };
}

/** Until the store has caught up with the account, or does not move any more. */
export async function settle({ service, account, signal }: DemoStage): Promise<void> {
  await waitUntil(
    async () => {
      const { store, ingest } = await statusOf(service);
      return ingest.pending === 0 && (store?.messages ?? 0) >= (await account.messageCount());
    },
    { signal, limitMs: LIVE_LIMIT_MS },
  );
}
