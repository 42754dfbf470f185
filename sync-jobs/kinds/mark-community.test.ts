import assert from 'node:assert/strict';
import { z } from 'zod';
import type { CommandHandlers, CommandInput } from '#engines/contract/command.ts';
import type { JobRecord } from '#history/contracts/jobs.ts';
import { TandemError } from '#kernel/errors.ts';
import {
  anna,
  announcements,
  bert,
  club,
  community,
  garden,
  group,
  groupInfo,
  message,
} from '#orchestrator/services/testing/sample-history.ts';
import { defineKind, type TurnResult } from '../kind.ts';
import { EVERY_DEATH_MS, everyDeath } from '../testing/deaths.ts';
import { createJobWorld, type Death, type JobWorld } from '../testing/world.ts';
import { markCommunityKind } from './mark-community.ts';
import { defaultPatienceSeconds } from './patience.ts';

const args = { community, withHistory: true, syncTimeoutSeconds: 300, receipts: 'both' } as const;
const GROUPS = [announcements, garden];

const groups = [
  group(club, 'Book club'),
  group(community, 'Neighbours', { isCommunity: true }),
  group(announcements, 'Neighbours', { isAnnouncement: true, announce: true, community }),
  group(garden, 'Garden', { community }),
];
const texts = [
  message(club, 1, 'x', { id: 'CLUB', via: 'live' }),
  message(announcements, 2, 'x', { id: 'NEWS', via: 'live' }),
  message(garden, 3, 'x', { id: 'PLANTS', via: 'live', sender: anna.lid }),
  message(garden, 4, 'x', { id: 'WATER', via: 'live', sender: bert.lid }),
];

const obeys: CommandHandlers = {
  'message.markRead': ({ messages }) =>
    Promise.resolve({ receiptsSent: new Set(messages.map(({ sender }) => sender)).size }),
  'chat.markRead': () => Promise.resolve({ patched: true, sendersTold: false }),
};

describe('marking a community as read, as a job', () => {
  let world: JobWorld;
  /** What the job does that fetches history, in place of the real one. */
  let fetching: () => TurnResult;

  const open = async () => {
    fetching = () => ({ state: 'completed', result: { messages_added: 7 } });
    world = await createJobWorld({
      kinds: (ports) => [
        markCommunityKind({ ...ports, readReceipts: true, pageDelayMs: 3_000 }),
        defineKind({
          kind: 'history',
          lane: 'history',
          args: z.any(),
          turn: () => Promise.resolve(fetching()),
        }),
      ],
      commands: obeys,
    });
    await world.learn([...groups, ...texts]);
  };
  beforeEach(open);
  afterEach(() => world.close());

  const children = (id: string) => world.jobs.list({ parentId: id, limit: 10 }, null);
  const childOf = async (id: string): Promise<JobRecord> => {
    const [child, other] = await children(id);
    assert.ok(child !== undefined && other === undefined);
    return child;
  };
  const start = async (change: Partial<Record<keyof typeof args, unknown>> = {}) =>
    (await world.start('mark-community', { ...args, ...change } as never)).id;
  const unread = () =>
    Promise.all([...GROUPS, club].map(async (jid) => (await world.history.chats.byJid(jid))?.unread));
  const stepsOf = ({ result }: JobRecord) =>
    (result as { steps: { step: string; ok: boolean; code?: string }[] }).steps.map(
      ({ step, ok, code }) => `${step} ${ok}${code === undefined ? '' : ` ${code}`}`,
    );

  it('fetches history first, then marks group by group, and says what came of each step', async () => {
    const id = await start();
    const life = await world.live();
    assert.equal(await life.turn(id), true);
    const waiting = await world.job(id);
    assert.deepEqual([waiting.state, waiting.reason], ['waiting', 'child']);
    assert.deepEqual(await unread(), [1, 2, 1]);
    const child = await childOf(id);
    assert.deepEqual(child.args, {
      chats: (await world.history.groups.list({ community, limit: 9, offset: 0 })).items.map(
        ({ chat }) => chat.jid,
      ),
      maxMessages: 1_000,
      until: null,
      engine: null,
    });
    await life.run(child.id);
    const job = await life.run(id);
    assert.equal(job.state, 'completed');
    assert.deepEqual(stepsOf(job), [
      'health_check true',
      'history_sync true',
      'database_sync true',
      'mark_as_read true',
      'cleanup true',
    ]);
    const { steps: _, ...rest } = job.result as Record<string, unknown>;
    assert.deepEqual(rest, {
      chats: 2,
      chats_ended: 2,
      chats_failed: 0,
      marked: 3,
      messages_told: 3,
      not_in_history: 0,
      receipts_sent: 3,
      skipped: 0,
      receipts: 'both',
      senders_untold: false,
      history: { job_id: child.id, status: 'completed', messages_added: 7 },
    });
    assert.deepEqual(await unread(), [0, 0, 1]);
  });

  it('goes on with what is there when history takes too long, and leaves its job running', async () => {
    fetching = () => ({ state: 'again', afterMs: 1_000 });
    const id = await start({ syncTimeoutSeconds: 5 });
    const job = await (await world.live()).run(id);
    assert.deepEqual([job.state, stepsOf(job)[1]], ['completed', 'history_sync false timeout']);
    assert.equal((job.result as { hint?: string }).hint, undefined, 'all senders were told');
    assert.equal((await childOf(id)).state, 'queued');
    assert.deepEqual(await unread(), [0, 0, 1]);
  });

  it('says plainly that senders were not told when time ran out, and that more time is to be had', async () => {
    fetching = () => ({ state: 'again', afterMs: 1_000 });
    await world.learn([{ kind: 'chat', chat: garden, unread: 50 }]);
    const { result } = await (await world.live()).run(await start({ syncTimeoutSeconds: 5 }));
    const { marked, messages_told, senders_untold, hint } = result as Record<string, unknown>;
    assert.deepEqual([marked, messages_told, senders_untold], [51, 3, true]);
    assert.match(String(hint), /^Senders of 48 of 51 .* a longer sync_timeout/);
  });

  it('does not lose patience while it is paused, or nobody is at work', async () => {
    fetching = () => ({ state: 'again', afterMs: 1_000 });
    const id = await start({ syncTimeoutSeconds: 15 });
    const first = await world.live();
    await first.turn(id);
    await first.turn(id);
    await world.jobs.pause(id, null);
    world.clock.advance(60_000);
    await world.jobs.resume(id, null);
    assert.equal(await first.turn(id), true);
    assert.equal((await world.job(id)).state, 'waiting');
    // The service is down for an hour.
    world.clock.advance(3_600_000);
    const startedMs = world.clock.now();
    const job = await (await world.live()).run(id);
    assert.equal(stepsOf(job)[1], 'history_sync false timeout');
    assert.equal(world.clock.now() - startedMs, 9_000, 'what is left of the fifteen seconds');
  });

  it('does not lose patience while history cannot be fetched at all', async () => {
    fetching = () => ({ state: 'again', afterMs: 1_000, reason: 'no-engine' });
    const id = await start({ syncTimeoutSeconds: 5 });
    const life = await world.live();
    await life.turn(id);
    const child = await childOf(id);
    await life.turn(child.id);
    for (let n = 0; n < 9; n += 1) assert.equal(await life.turn(id), true);
    assert.equal((await world.job(id)).reason, 'child');
    await world.jobs.pause(child.id, null);
    for (let n = 0; n < 9; n += 1) assert.equal(await life.turn(id), true);
    assert.deepEqual(await unread(), [1, 2, 1]);
  });

  it('shows how the history comes along, and when it will not be waited for any longer', async () => {
    let pages = 0;
    const told: unknown[] = [];
    const id = await start({ syncTimeoutSeconds: null });
    const life = await world.live();
    for (; pages < 3; pages += 1) {
      await life.turn(id);
      told.push(((await world.job(id)).facts as { history: unknown }).history);
      const child = await childOf(id);
      const counts = { messages_fetched: 50 * (pages + 1), seconds_left: 9 - pages };
      const claimed = await world.history.jobs.claim(child.id, 'test', 1_000);
      assert.ok(claimed !== null);
      await world.history.jobs.save(child.id, claimed.fence, { state: 'waiting', facts: counts });
    }
    const job_id = (await childOf(id)).id;
    assert.deepEqual(told, [
      { job_id, status: 'queued', marking_begins_within_s: 300 },
      { job_id, status: 'waiting', messages_fetched: 50, seconds_left: 9, marking_begins_within_s: 298 },
      { job_id, status: 'waiting', messages_fetched: 100, seconds_left: 8, marking_begins_within_s: 296 },
    ]);
  });

  it('waits longer for many groups, as long as the pace makes it take', () => {
    assert.deepEqual(
      [1, 60, 60, 1_000_000].map((groups, n) => defaultPatienceSeconds(groups, n === 2 ? 0 : 3_000)),
      [300, 1_800, 300, 86_400],
    );
  });

  it('goes on when history cannot be fetched, and says why', async () => {
    fetching = () => {
      throw new TandemError('DEVICE_REMOVED');
    };
    const id = await start();
    const life = await world.live();
    await life.turn(id);
    await life.run((await childOf(id)).id);
    assert.equal(stepsOf(await life.run(id))[1], 'history_sync false DEVICE_REMOVED');
    assert.deepEqual(await unread(), [0, 0, 1]);
  });

  it('fetches nothing where only marking is asked for', async () => {
    const id = await start({ withHistory: false });
    const job = await (await world.live()).run(id);
    assert.deepEqual(stepsOf(job).slice(1, 3), ['history_sync true skipped', 'database_sync true skipped']);
    assert.deepEqual([(await children(id)).length, await unread()], [0, [0, 0, 1]]);
  });

  it('goes on after a group that fails', async () => {
    world.commands = {
      ...obeys,
      'chat.markRead': (input, signal) =>
        input.chat === garden
          ? Promise.reject(new TandemError('WHATSAPP_API_ERROR'))
          : (obeys['chat.markRead']?.(input, signal) ?? assert.fail()),
    };
    const id = await start({ withHistory: false });
    const job = await (await world.live()).run(id);
    assert.deepEqual([job.state, job.reason], ['completed', 'some-failed']);
    const failed = (await world.items(id)).find(({ state }) => state === 'failed');
    assert.deepEqual(failed?.result, {
      marked: 0,
      messages_told: 0,
      not_in_history: 0,
      receipts_sent: 0,
      skipped: 0,
      code: 'WHATSAPP_API_ERROR',
    });
    assert.deepEqual(await unread(), [0, 2, 1]);
  });

  it('cancels the job that fetches history along with itself', async () => {
    fetching = () => ({ state: 'again', afterMs: 1_000 });
    const id = await start();
    await (await world.live()).turn(id);
    await world.jobs.cancel(id, null);
    assert.deepEqual([(await world.job(id)).state, (await childOf(id)).state], ['cancelled', 'cancelled']);
    fetching = () => ({ state: 'completed', result: null });
    await world.jobs.resume(id, null);
    const life = await world.live();
    await life.run((await childOf(id)).id);
    assert.equal((await life.run(id)).state, 'completed');
    assert.deepEqual(await unread(), [0, 0, 1]);
  });

  it('asks for the groups of a community that the store has not met', async () => {
    const other = '120363000000000099@g.us';
    const inside = groupInfo('120363000000000098@g.us', 'Inside', { community: other });
    world.commands = {
      ...obeys,
      'community.read': async () => {
        await world.learn([
          group(other, 'Other', { isCommunity: true }),
          { kind: 'group', group: inside },
          message(inside.jid, 9, 'x', { via: 'live' }),
        ]);
        return { communities: [] };
      },
    };
    const id = await start({ community: other, withHistory: false });
    const job = await (await world.live()).run(id);
    assert.deepEqual([job.state, (job.result as { marked: number }).marked], ['completed', 1]);
  });

  it('ends with a name when there are no such groups', async () => {
    world.commands = { ...obeys, 'community.read': () => Promise.resolve({ communities: [] }) };
    const id = await start({ community: '120363000000000099@g.us' });
    const job = await (await world.live()).run(id);
    assert.deepEqual([job.state, job.error?.code], ['failed', 'COMMUNITY_NOT_FOUND']);
  });

  it('does nothing twice and loses nothing, wherever it is killed', async () => {
    const whole = await world.live();
    const id = await start();
    await whole.turn(id);
    await whole.run((await childOf(id)).id);
    const totals = withoutTimes((await whole.run(id)).result);
    const calls = whole.calls();
    assert.ok(calls > 40);
    for (const death of everyDeath(calls)) {
      await world.close();
      await open();
      assert.deepEqual(withoutTimes(await killedAt(death)), totals, `${death.when} call ${death.at}`);
    }
  }).timeout(EVERY_DEATH_MS);

  /** Kills the parent or the child, whichever is at work then; the result of the parent. */
  async function killedAt(death: Death): Promise<unknown> {
    const id = await start();
    const first = await world.live(death);
    await first.turn(id);
    for (const child of await children(id)) await first.run(child.id);
    await first.run(id);
    assert.equal(first.died(), true);
    const finished = (await world.items(id)).filter(({ state }) => state === 'done').length;
    const before = world.asked.length;
    const second = await world.live();
    await second.turn(id);
    await second.run((await childOf(id)).id);
    const job = await second.run(id);
    assert.equal(job.state, 'completed');
    assert.deepEqual(await unread(), [0, 0, 1]);
    const told = world.asked.flatMap(({ capability, input }) =>
      capability === 'message.markRead'
        ? (input as CommandInput<'message.markRead'>).messages.map((one) => one.id)
        : [],
    );
    assert.deepEqual(new Set(told), new Set(['NEWS', 'PLANTS', 'WATER']));
    assert.ok(world.asked.length - before <= 2 * (GROUPS.length - finished));
    return job.result;
  }
});

/** Of a result only what does not depend on the run. */
function withoutTimes(result: unknown): unknown {
  const {
    steps,
    history: _,
    ...rest
  } = result as { steps: { step: string; ok: boolean }[]; history: unknown };
  return { ...rest, steps: steps.map(({ step, ok }) => [step, ok]) };
}
