import { until } from '#kernel/testing/until.ts';
import { communityShape } from '#simulator/account/presets.ts';
import type { Simulator } from '#simulator/simulator.ts';
import { startRedis } from '#sync-jobs/queue/testing/redis.ts';
import { connectAssistant } from '../test/rig/assistant.ts';
import { startLinked } from '../test/rig/linked.ts';
import { createWorld } from '../test/rig/world.ts';
import type { BenchRow } from './row.ts';

const GROUPS = 60;
const UNREAD = 200;
const END_LIMIT_MS = 600_000;

/** A community is read: one batch a sender and group, to the message, a kill of the service in the middle included. */
export async function benchCommunity(): Promise<readonly BenchRow[]> {
  const redis = await startRedis();
  const world = await createWorld('community', communityShape(GROUPS, UNREAD));
  const settings = {
    REDIS_URL: redis.url,
    TANDEM_HISTORY_DELAY_MS: '0',
    TANDEM_HISTORY_PARALLEL: '8',
    TANDEM_TOOLSETS: 'all',
    TANDEM_LOG_LEVEL: 'warn',
  };
  try {
    let service = await startLinked(world, settings);
    let assistant = await connectAssistant(service);
    const { simulator } = world;
    const community = [...simulator.oracle.chats()].find(({ kind }) => kind === 'community');
    if (community === undefined) throw new Error('the account has no community');
    const expected = unreadBySender(simulator);
    const startedAt = performance.now();
    const started = await assistant.attempt('mark_community_as_read_with_history', {
      community_jid: community.canonicalJid,
    });
    if (!started.ok) throw new Error(JSON.stringify(started.error));
    const id = String(started.data.job_id);
    const told = () => simulator.readMarks.all().filter((marks) => marks.told.length > 0).length;
    await until(() => told() >= GROUPS / 2, 'half of the groups', END_LIMIT_MS);
    await service.kill();
    await assistant.close();
    service = await world.start(settings);
    assistant = await connectAssistant(service);
    const status = async () => {
      const job = await assistant.attempt('get_job', { job_id: id, wait_s: 10 });
      return job.ok ? job.data.status : null;
    };
    await until(async () => (await status()) === 'completed', 'end of the job', END_LIMIT_MS);
    const seconds = (performance.now() - startedAt) / 1_000;
    await assistant.close();
    return [row(simulator, expected, seconds)];
  } finally {
    await world.close();
    await redis.stop();
  }
}

/** Group and sender → ids that the account has not read. */
function unreadBySender(simulator: Simulator): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const chat of simulator.oracle.chats()) {
    if (chat.communityJid === null) continue;
    const unread = new Set(simulator.account.unread(chat.chatKey).map(({ id }) => id));
    for (const { senderJid, id } of simulator.oracle.messages(chat.chatKey)) {
      if (!unread.has(id)) continue;
      const key = `${chat.chatKey} ${senderJid}`;
      found.set(key, [...(found.get(key) ?? []), id]);
    }
  }
  return found;
}

function row(
  simulator: Simulator,
  expected: ReadonlyMap<string, readonly string[]>,
  seconds: number,
): BenchRow {
  let batches = 0;
  let wrong = 0;
  let again = 0;
  let left = 0;
  const seen = new Set<string>();
  const groups = new Set(
    [...simulator.oracle.chats()].flatMap(({ chatKey, communityJid }) =>
      communityJid === null ? [] : [chatKey],
    ),
  );
  for (const marks of simulator.readMarks.all()) {
    if (groups.has(marks.chat)) left += marks.unreadCount;
    again += marks.repeatedIds.length;
    for (const { senderJid, stanzas, ids } of marks.told) {
      const key = `${marks.chat} ${senderJid}`;
      seen.add(key);
      batches += stanzas;
      const want = new Set(expected.get(key) ?? []);
      if (want.size !== ids.length || ids.some((one) => !want.has(one))) wrong += 1;
    }
  }
  const missing = [...expected.keys()].filter((key) => !seen.has(key)).length;
  const ok = wrong === 0 && missing === 0 && again === 0 && left === 0 && batches === expected.size;
  return {
    name: `community of ${GROUPS} groups × ${UNREAD} unread, history first, the service killed in the middle`,
    value: `${batches} receipt batches in ${seconds.toFixed(0)} s; ${wrong + missing} wrong, ${again} ids told twice, ${left} left unread`,
    limit: `one a sender and group: ${expected.size}`,
    ratio: batches / expected.size,
    ok,
  };
}
