import { setTimeout as sleep } from 'node:timers/promises';
import { connectAssistant } from '../test/rig/assistant.ts';

/**
 * An assistant in a process of its own: what it waits for is the service, not the simulated account beside it. Told the address,
 * it asks for the whole history, asks other things now and then until the job has ended, and prints one JSON line with the
 * milliseconds of every call.
 */
const [url = ''] = process.argv.slice(2);
const ASK_EVERY_MS = 150;
const END_LIMIT_MS = 1_500_000;
/** Words of the simulated account, common and rare, and a phrase. */
const QUERIES = ['the', 'tomorrow', 'invoice', '"see you"', 'gar*'] as const;

const assistant = await connectAssistant({ url });
const status: number[] = [];
const search: number[] = [];
const startedAt = performance.now();
const { job_id } = await ask('retrieve_full_history', {});
const fetched = await watch();
const seconds = (performance.now() - startedAt) / 1_000;
await assistant.close();
process.stdout.write(`${JSON.stringify({ status, search, fetched, seconds })}\n`);

async function ask(
  tool: string,
  args: Readonly<Record<string, unknown>>,
  into: number[] = [],
): Promise<Readonly<Record<string, unknown>>> {
  const at = performance.now();
  const answer = await assistant.attempt(tool, args);
  into.push(performance.now() - at);
  if (!answer.ok) throw new Error(`${tool}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

/** Returns how many messages the job fetched. */
async function watch(): Promise<number> {
  for (let round = 0; performance.now() - startedAt < END_LIMIT_MS; round += 1) {
    await ask('get_sync_status', {}, status);
    await ask('search_messages', { query: QUERIES[round % QUERIES.length] }, search);
    const job = await ask('get_job', { job_id });
    if (job.status === 'completed') return (job.result as { messages_fetched: number }).messages_fetched;
    await sleep(ASK_EVERY_MS);
  }
  throw new Error('the backfill did not end');
}
