import type { QueueView } from '#console/view/jobs.ts';
import type { EngineStatusView, StatusView } from '#console/view/status.ts';
import { endedStates, jobStates } from '#history/contracts/jobs.ts';
import { toTandemError } from '#kernel/errors.ts';
import { requireService } from '../client/find-service.ts';
import { createServiceClient, type ServiceClient } from '../client/service-client.ts';
import { exitCodes } from '../exit-codes.ts';
import { queueTrouble, queueWords } from '../history/queue-words.ts';
import type { Io } from '../io.ts';
import { formatAgo, formatBytes, formatCount, formatTime } from '../render/numbers.ts';
import { renderPairs, renderTable } from '../render/table.ts';
import type { Terminal } from '../render/terminal.ts';
import { safeInline } from '../render/text.ts';
import { type CommonOptions, configOf } from '../settings.ts';

/** As many as the service lists; more never wait at a time. */
const JOBS_COUNTED = 500;
const OPEN = jobStates.filter((state) => !endedStates.includes(state));

export interface StatusOptions extends CommonOptions {
  readonly json?: boolean;
  readonly token?: boolean;
}

/** `tandem status`. Errors: NOT_RUNNING. */
export async function runStatus(io: Io, options: StatusOptions): Promise<number> {
  const service = await requireService(configOf(io.env, options));
  if (options.token === true) {
    if (service.token === null)
      io.err.print('No access token is set: the service answers this machine only.');
    else io.out.print(service.token);
    return exitCodes.ok;
  }
  const client = createServiceClient(service);
  const status = await client.status();
  const work = await workOf(client);
  if (options.json === true) io.json({ url: service.url, ...status, ...work });
  else printStatus(io.out, service.url, status, work);
  return exitCodes.ok;
}

/** Null while the store cannot be read, which the status says. */
export interface Work {
  readonly queue: QueueView | null;
  /** How many jobs are in which state, those that have ended left out. */
  readonly jobs: Readonly<Record<string, number>> | null;
}

async function workOf(client: Pick<ServiceClient, 'jobs'>): Promise<Work> {
  try {
    const { queue, jobs } = await client.jobs({ limit: JOBS_COUNTED, states: OPEN });
    const counts = Map.groupBy(jobs, ({ status }) => status);
    return { queue, jobs: Object.fromEntries([...counts].map(([state, all]) => [state, all.length])) };
  } catch (thrown) {
    if (toTandemError(thrown).code === 'NOT_RUNNING') throw thrown;
    return { queue: null, jobs: null };
  }
}

export function printStatus(
  out: Terminal,
  url: string,
  status: StatusView,
  work: Work,
  nowMs = Date.now(),
): void {
  const { colours } = out;
  const ago = (iso: string | null) => (iso === null ? '–' : formatAgo(Date.parse(iso), nowMs));
  out.print(
    `${colours.bold('Tandem')} ${status.version} ${colours.dim(`pid ${status.pid}, up since ${formatTime(Date.parse(status.started_at))}`)}`,
  );
  if (status.test_server) out.print(colours.yellow('! Test server: another server stands in for WhatsApp.'));
  out.print('');
  out.print(
    ...renderTable(
      [
        { title: 'ENGINE' },
        { title: 'STATE' },
        { title: 'SINCE' },
        { title: 'ACCOUNT' },
        { title: 'SEEN', align: 'right' },
        { title: 'BY NO OTHER', align: 'right' },
        { title: 'BROWSER' },
      ],
      status.engines.map((engine) => [
        engine.engine,
        paintLevel(engine.level, out),
        ago(engine.since),
        engine.account === null
          ? '–'
          : safeInline(`${engine.account.name ?? ''} ${engine.account.number ?? ''}`),
        engine.contributed === null ? '–' : formatCount(engine.contributed.messages),
        engine.contributed === null ? '–' : formatCount(engine.contributed.only),
        browserWords(engine.browser),
      ]),
      colours,
    ),
    '',
  );
  const troubles = status.engines.flatMap((engine) => troublesOf(engine, out));
  const stopped = work.queue === null ? null : queueTrouble(work.queue, url);
  if (stopped !== null) troubles.push(`${colours.red('✖')} ${stopped}`);
  if (troubles.length > 0) out.print(...troubles, '');
  const { store } = status;
  if (store === null) {
    out.print(colours.red(`The store cannot be read: ${status.store_error?.message ?? 'unknown reason'}`));
  } else {
    out.print(
      ...renderPairs(
        [
          [
            'Messages',
            `${formatCount(store.messages)} in ${formatCount(store.chats)} chats, ${formatCount(store.unread)} unread`,
          ],
          ['People', formatCount(store.people)],
          ['Media', formatCount(store.media)],
          ['Newest', ago(store.newest_message_at)],
          ['Arriving', `${status.ingest.messages_per_second} a second, ${waitingWords(status)}`],
          [
            'Store',
            `${store.backend}, ${formatBytes(store.bytes)}${store.search_usable ? '' : ', search is not usable'}`,
          ],
          ['Jobs', jobsWords(work)],
          ['Sending', status.sending ? 'on' : 'off'],
          ['Assistants', `${formatCount(status.sessions)} connected · ${status.mcp_url}`],
          ['Status page', colours.cyan(url)],
        ],
        colours,
      ),
    );
  }
}

function jobsWords({ jobs, queue }: Work): string {
  if (jobs === null) return 'not known';
  const states = Object.entries(jobs).map(([state, count]) => `${formatCount(count)} ${state}`);
  return `${states.length === 0 ? 'none open' : states.join(', ')}${queue === null ? '' : `; queue ${queueWords(queue)}`}`;
}

/** Nothing is taken in before it is known whose account it is. */
function waitingWords({ engines, ingest, store }: StatusView): string {
  const waiting = `${formatCount(ingest.pending)} batches waiting`;
  const neverLinked = engines.every(({ linked }) => !linked) && (store?.chats ?? 0) === 0;
  return ingest.pending > 0 && neverLinked ? `${waiting} for the first link` : waiting;
}

function browserWords(browser: EngineStatusView['browser']): string {
  if (browser === null) return '–';
  const pid = browser.pid === null ? 'not running' : `pid ${browser.pid}`;
  return `${browser.version ?? 'starting'}, ${pid}${browser.restarts === 0 ? '' : `, ${browser.restarts} × restarted`}`;
}

/** What is not as it should be on one engine, and what to do. */
function troublesOf(engine: EngineStatusView, { colours }: Terminal): readonly string[] {
  const lines: string[] = [];
  const mark = engine.connected ? colours.yellow('!') : colours.red('✖');
  if (engine.reason !== 'none') {
    const error = engine.error === null ? '' : colours.dim(` (${engine.error.code})`);
    lines.push(`${mark} ${engine.engine}: ${engine.means} ${engine.action}${error}`);
  }
  if (engine.impaired.length > 0) {
    const names = engine.impaired.map(({ capability }) => capability).join(', ');
    lines.push(`${colours.yellow('!')} ${engine.engine}: not working now: ${names}.`);
  }
  return lines;
}

function paintLevel(level: StatusView['engines'][number]['level'], out: Terminal): string {
  const { colours } = out;
  if (level === 'ready') return colours.green(level);
  if (level === 'failed' || level === 'conflict' || level === 'logged-out') return colours.red(level);
  return colours.yellow(level);
}
