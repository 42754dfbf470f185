import type { JobReply, JobsReply, JobWithItemsReply, StartedReply } from '#console/view/jobs.ts';
import type { Colours } from '../render/colours.ts';
import { formatAgo, formatCount } from '../render/numbers.ts';
import { renderBar } from '../render/progress.ts';
import { renderPairs, renderTable } from '../render/table.ts';
import type { Terminal } from '../render/terminal.ts';
import { safeInline, truncate } from '../render/text.ts';
import { endLines, hintOf, progressWords, restWords } from './job-words.ts';
import { queueTrouble, queueWords } from './queue-words.ts';
import { inShellWords } from './shell-words.ts';

const WHY_COLUMNS = 60;
const NAME_COLUMNS = 32;

/** Which job, and of which chat: a name may fit another one than was meant. */
export function startedLine({ reused, job_id, chat_name, chat_jid }: StartedReply, colours: Colours): string {
  const chat = chatOf({ chat_name, chat_jid });
  const of = chat === null ? '' : ` for ${chat}`;
  return `${reused ? 'Joined' : 'Started'} ${colours.bold(job_id)}${of}.`;
}

export function printJobs(out: Terminal, { jobs, queue }: JobsReply, nowMs: number): void {
  const { colours } = out;
  if (jobs.length === 0) out.print('There is no job. `tandem history fetch` starts one.');
  else {
    out.print(
      ...renderTable(
        [
          { title: 'JOB' },
          { title: 'KIND' },
          { title: 'CHAT' },
          { title: 'STATE' },
          { title: 'DONE', align: 'right' },
          { title: 'MESSAGES', align: 'right' },
          { title: 'CHANGED' },
          { title: 'WHY' },
        ],
        jobs.map((job) => [
          job.job_id,
          job.kind,
          truncate(chatOf(job) ?? '–', NAME_COLUMNS),
          paintState(job.status, colours),
          job.progress_percent === undefined ? '–' : `${job.progress_percent} %`,
          messagesOf(job),
          formatAgo(Date.parse(job.updated_at), nowMs),
          truncate(job.reason ?? job.error?.code ?? '', WHY_COLUMNS),
        ]),
        colours,
      ),
    );
  }
  out.print('', `${colours.dim('Queue')}  ${queueWords(queue)}`);
  const trouble = queueTrouble(queue, null);
  if (trouble !== null) out.print(colours.yellow(trouble));
}

/** One job, with those of its parts that went wrong. */
export function printJob(out: Terminal, job: JobWithItemsReply, nowMs: number): void {
  const { colours } = out;
  const ago = (time: string | undefined) => (time === undefined ? '–' : formatAgo(Date.parse(time), nowMs));
  const chat = chatOf(job);
  const why = job.ended ? hintOf(job) : restWords(job, nowMs);
  out.print(
    `${colours.bold(job.job_id)} ${job.kind}${chat === null ? '' : ` of ${chat}`}, ${paintState(job.status, colours)}`,
    `${renderBar(job.progress_percent ?? null, colours)} ${job.ended ? endLines(job).join(' · ') : progressWords(job)}`,
  );
  if (why !== null) out.print(colours.yellow(why));
  out.print(
    ...renderPairs(
      [
        ['made', ago(job.created_at)],
        ['changed', ago(job.updated_at)],
        ['ended', ago(job.ended_at)],
      ],
      colours,
    ),
  );
  const items = job.items ?? [];
  if (items.length === 0) return;
  out.print(
    '',
    ...renderTable(
      [{ title: 'PART' }, { title: 'STATE' }, { title: 'WHY' }],
      items.map((item) => [
        truncate(safeInline(item.chat_name ?? item.chat_jid ?? item.message_id ?? '–'), NAME_COLUMNS),
        item.status,
        inShellWords(item.hint ?? item.reason ?? ''),
      ]),
      colours,
    ),
  );
}

/** Null for a job of many chats. */
function chatOf({ chat_name, chat_jid }: Pick<JobReply, 'chat_name' | 'chat_jid'>): string | null {
  const chat = chat_name ?? chat_jid;
  return chat === undefined ? null : safeInline(chat);
}

function messagesOf({ kind, facts, result }: JobReply): string {
  const counts = result ?? facts ?? {};
  const count = kind === 'history' ? counts.messages_added : counts.marked;
  return typeof count === 'number' ? formatCount(count) : '–';
}

function paintState(state: JobReply['status'], colours: Colours): string {
  if (state === 'completed') return colours.green(state);
  if (state === 'failed') return colours.red(state);
  return state === 'running' ? colours.cyan(state) : colours.yellow(state);
}
