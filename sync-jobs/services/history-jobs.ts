import type { History } from '#history/contracts/history.ts';
import { endedStates, type JobRecord, jobStates } from '#history/contracts/jobs.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import type { Owner } from '../jobs.ts';
import type { HistoryArgs } from '../kinds/history.ts';

/** Looked through for the job of a chat; more never run at a time. */
const JOBS_LOOKED_AT = 200;
const unfinishedStates = jobStates.filter((state) => !endedStates.includes(state));

/** Jobs that fetch history and have not ended, of every owner, newest first. */
export function unfinishedHistory({ jobs }: Pick<History, 'jobs'>): Promise<readonly JobRecord[]> {
  return jobs.list({ kinds: ['history'], states: unfinishedStates, limit: JOBS_LOOKED_AT });
}

/** Jobs that fetched or fetch this chat and no other, newest first. */
export async function historyOfAlone(
  { jobs }: Pick<History, 'jobs'>,
  chat: ChatRecord,
): Promise<readonly JobRecord[]> {
  const names = namesOf(chat);
  const all = await jobs.list({ kinds: ['history'], limit: JOBS_LOOKED_AT });
  return all.filter((job) => {
    const { chats } = historyArgsOf(job);
    return chats?.length === 1 && names.has(chats[0] ?? '');
  });
}

/** Alone or among others. */
export function fetches(job: JobRecord, chat: ChatRecord): boolean {
  const { chats } = historyArgsOf(job);
  const names = namesOf(chat);
  return chats === null || chats.some((jid) => names.has(jid));
}

export function historyArgsOf({ args }: JobRecord): HistoryArgs {
  return args as HistoryArgs;
}

export function isOwn({ owner }: Pick<JobRecord, 'owner'>, caller: Owner): boolean {
  return caller === null || owner === caller;
}

function namesOf({ jid, aliases }: ChatRecord): ReadonlySet<string> {
  return new Set([jid, ...aliases]);
}
