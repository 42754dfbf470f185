import { z } from 'zod';
import type { History } from '#history/contracts/history.ts';
import { optionalName } from '#orchestrator/services/present/message.ts';

/** The one chat that a job is about. */
export interface JobChat {
  readonly chat_jid: string;
  readonly chat_name?: string;
}

/** Each kind of job says in its own words what it is about. */
const argsSchema = z.union([
  z.object({ chats: z.tuple([z.string()]) }).transform(({ chats: [jid] }) => jid),
  z.object({ chat: z.string() }).transform(({ chat }) => chat),
  z.object({ community: z.string() }).transform(({ community }) => community),
]);

/** Null for a job of many chats, of none, and of one that is not there any more. */
export async function chatOfJob(
  { jobs, chats }: Pick<History, 'jobs' | 'chats'>,
  jobId: string,
): Promise<JobChat | null> {
  const { data: jid } = argsSchema.safeParse((await jobs.get(jobId))?.args);
  if (jid === undefined) return null;
  // Under another id, perhaps, since the two were found to be one.
  const chat = await chats.byJid(jid);
  const name = optionalName(chat?.name ?? null);
  return { chat_jid: chat?.jid ?? jid, ...(name === undefined ? {} : { chat_name: name }) };
}
