import { TandemError } from '#kernel/errors.ts';
import type { JobView } from '#sync-jobs/services/job-shape.ts';
import { formatCount, formatCounted } from '../render/numbers.ts';
import { renderPairs, renderTable } from '../render/table.ts';
import type { Terminal } from '../render/terminal.ts';
import { safeInline } from '../render/text.ts';
import type { RunningService } from '../service/service.ts';
import type { DemoAccount, DemoChat, ReadMarks } from './control.ts';
import { DEMO_OWNER, finishJob } from './older.ts';
import { waitUntil } from './wait.ts';

const WRITERS_PER_GROUP = 3;
/** The owner of the account, among its people. */
const OWNER = 'me';
const ARRIVAL_LIMIT_MS = 20_000;
/** The last receipts are on their way when the job ends. */
const RECEIPTS_LIMIT_MS = 10_000;

export interface CommunityStage {
  readonly service: RunningService;
  readonly account: DemoAccount;
  readonly signal: AbortSignal;
  /**
   * The store knows an account of this name from before. Every run starts the account afresh, so messages stand there that it
   * does not know, and receipts may be about them.
   */
  readonly isUsed: boolean;
}

export interface MarkedGroup {
  readonly name: string;
  /** As the dry run counted them. */
  readonly unreadBefore: number;
  /** By the account, afterwards. */
  readonly unreadAfter: number;
  /** Messages whose senders were told, as the account has it. */
  readonly told: number;
  readonly senders: number;
  /** Nothing unread, and exactly those that were unread told, each once and to its own sender. */
  readonly isRight: boolean;
}

export interface MarkedCommunity {
  readonly name: string;
  /** Messages that its people wrote for this, so that there is something to read. */
  readonly written: number;
  readonly dryRun: { readonly unread: number; readonly groups: number };
  readonly isUsed: boolean;
  readonly job: JobView;
  readonly groups: readonly MarkedGroup[];
  readonly ok: boolean;
}

/** Lets people write in a community, counts, marks it as read by a job, and asks the account what came of it. Null = it has none. */
export async function markCommunity(
  stage: CommunityStage,
  onStep: (job: JobView) => void,
): Promise<MarkedCommunity | null> {
  const { service, account, signal } = stage;
  const { services, history } = service;
  const { items } = await history.groups.communities({ limit: 1, offset: 0 });
  const [found] = items;
  if (found === undefined) return null;
  const written = await writeToGroups(stage, found.community.jid);

  const request = { community: found.community.jid, with_history: true } as const;
  const counted = await services.longActions.markCommunity({ ...request, dry_run: true }, DEMO_OWNER, signal);
  if (!('dry_run' in counted)) throw new TandemError('INTERNAL_ERROR');
  const before = await Promise.all(counted.chats.map(({ chat_jid }) => account.readMarks(chat_jid)));

  const started = await services.longActions.markCommunity(request, DEMO_OWNER, signal);
  if (!('job_id' in started)) throw new TandemError('INTERNAL_ERROR');
  const job = await finishJob(service, started.job_id, signal, onStep);

  let groups: readonly MarkedGroup[] = [];
  await waitUntil(
    async () => {
      groups = await Promise.all(
        counted.chats.map(async ({ chat_jid, chat_name, unread }, at) => {
          const after = await account.readMarks(chat_jid);
          const seen = { before: before[at] ?? after, after };
          return judgeGroup(chat_name ?? chat_jid, unread, seen, stage.isUsed);
        }),
      );
      return groups.every(({ isRight }) => isRight);
    },
    { signal, limitMs: RECEIPTS_LIMIT_MS },
  );
  return {
    name: found.community.subject ?? 'the community',
    written,
    dryRun: { unread: counted.unread, groups: counted.chats.length },
    isUsed: stage.isUsed,
    job,
    groups,
    ok: job.status === 'completed' && groups.length > 0 && groups.every(({ isRight }) => isRight),
  };
}

/** So that there is something to read in each of them; returns how many messages. */
async function writeToGroups(
  { service, account, signal }: CommunityStage,
  community: string,
): Promise<number> {
  const { history } = service;
  const { items } = await history.groups.list({ community, limit: 100, offset: 0 });
  const jids = new Set(items.map(({ chat }) => chat.jid));
  const groups: readonly DemoChat[] = (await account.chats()).filter(({ canonicalJid }) =>
    jids.has(canonicalJid),
  );
  const ids: string[] = [];
  for (const group of groups) {
    for (const sender of writersOf(group).slice(0, WRITERS_PER_GROUP))
      ids.push(await account.write(group, 'Who can lend a hand on Saturday?', sender));
  }
  const isStored = async (id: string) => (await history.messages.byId(id)).length > 0;
  await waitUntil(async () => (await Promise.all(ids.map(isStored))).every(Boolean), {
    signal,
    limitMs: ARRIVAL_LIMIT_MS,
  });
  return ids.length;
}

function writersOf({ group }: DemoChat): readonly string[] {
  const may = (group?.members ?? []).filter(({ role }) => group?.announce !== true || role !== 'member');
  return may.map(({ person }) => person).filter((person) => person !== OWNER);
}

export function judgeGroup(
  name: string,
  unread: number,
  { before, after }: { readonly before: ReadMarks; readonly after: ReadMarks },
  isUsed: boolean,
): MarkedGroup {
  const told = new Set(after.told.flatMap(({ ids }) => ids));
  const wanted = new Set([...before.unreadIds, ...before.told.flatMap(({ ids }) => ids)]);
  const isTold =
    before.unreadIds.length === unread &&
    told.size === wanted.size &&
    [...wanted].every((id) => told.has(id)) &&
    after.repeatedIds.length === 0 &&
    after.misdirectedIds.length === 0;
  return {
    name,
    unreadBefore: unread,
    unreadAfter: after.unreadCount,
    told: told.size,
    senders: after.told.length,
    isRight: after.unreadCount === 0 && (isTold || isUsed),
  };
}

export function printCommunity(out: Terminal, marked: MarkedCommunity): void {
  const { colours } = out;
  const figure = (count: number) => (count === 0 ? '0' : colours.red(formatCount(count)));
  const told = marked.groups.reduce((all, group) => all + group.told, 0);
  out.print(
    '',
    colours.bold(`Marked as read: ${safeInline(marked.name)}`),
    ...renderPairs(
      [
        ['written first', formatCounted(marked.written, 'message')],
        [
          'counted then',
          `${formatCounted(marked.dryRun.unread, 'unread message')} in ${formatCounted(marked.dryRun.groups, 'group')}`,
        ],
      ],
      colours,
    ),
    ...renderTable(
      [
        { title: 'GROUP' },
        { title: 'UNREAD', align: 'right' },
        { title: 'NOW', align: 'right' },
        { title: 'RECEIPTS', align: 'right' },
        { title: 'SENDERS TOLD', align: 'right' },
      ],
      marked.groups.map((group) => [
        safeInline(group.name),
        formatCount(group.unreadBefore),
        figure(group.unreadAfter),
        group.isRight ? formatCount(group.told) : colours.red(formatCount(group.told)),
        formatCount(group.senders),
      ]),
      colours,
    ),
    '',
    marked.ok
      ? `${colours.green('✔')} The account says the same: nothing unread${marked.isUsed ? '. Receipts are not compared: the folder was used before.' : `, ${formatCounted(told, 'receipt')}, each once and to its own sender.`}`
      : `${colours.red('✖')} The account says otherwise (job ${marked.job.status}${marked.job.reason === undefined ? '' : `, ${marked.job.reason}`}).`,
  );
}
