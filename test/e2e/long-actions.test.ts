import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Building, build, type RunningService } from '#cli/service/service.ts';
import { statusViewSchema } from '#console/view/status.ts';
import { loadConfig } from '#kernel/config.ts';
import { createLogger } from '#kernel/logger.ts';
import { until } from '#kernel/testing/until.ts';
import type { OracleChat } from '#simulator/account/oracle.ts';
import type { DryRun } from '#sync-jobs/services/dry-run.ts';
import type { JobView, Started } from '#sync-jobs/services/job-shape.ts';
import { waitForHistory } from '../rig/linked.ts';
import { createWorld, type World } from '../rig/world.ts';

const GROUPS = 5;
const UNREAD = 60;
const OWNER = 'test';

describe('long actions against the real engine', function () {
  this.timeout(120_000);
  let world: World;
  let building: Building;
  let service: RunningService;
  /** What devices said they had read: chat and how many messages. */
  let reads: string[];

  before(async () => {
    world = await createWorld('community', {
      groupsPerCommunity: GROUPS,
      unreadPerLinkedGroup: UNREAD,
      messagesPerChat: 80,
      directChats: 3,
    });
    const config = loadConfig({
      ...world.env,
      TANDEM_DATA_DIR: world.dataDir,
      TANDEM_PORT: '0',
      TANDEM_HISTORY_DELAY_MS: '0',
      TANDEM_HISTORY_WAIT_MS: '2000',
    });
    building = await build({
      config,
      log: {
        logger: createLogger({ level: 'silent', program: 'test' }),
        forward: () => undefined,
        file: null,
      },
      env: { ...process.env, ...world.env },
    });
    service = await building.open();
    const { url } = service;
    await waitForHistory(world, {
      status: async () => statusViewSchema.parse(await (await fetch(`${url}/api/status`)).json()),
      post: (path, body) =>
        fetch(`${url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-tandem-console': '1' },
          body: JSON.stringify(body),
        }),
    });
    reads = [];
    world.simulator.account.subscribe((event) => {
      if (event.type === 'messages-read') reads.push(`${event.chat} ${event.ids.length}`);
    });
  });
  after(async () => {
    await building?.close();
    await world?.close();
  });

  const chats = () => [...world.simulator.oracle.chats()];
  const community = (): OracleChat => chats().find(({ kind }) => kind === 'community') ?? assert.fail();
  const groups = () => chats().filter(({ communityJid }) => communityJid === community().canonicalJid);
  const end = async (started: unknown): Promise<JobView> => {
    const { job_id } = started as Started;
    const job = await building.services.jobs.get({ job_id, wait_s: 60 }, OWNER);
    assert.equal(job.status, 'completed', JSON.stringify(job));
    return job;
  };

  it('marks one message out of its turn, which no marking of its group counts or tells again', async () => {
    const { chatKey, canonicalJid } = groups().find(({ unreadCount }) => unreadCount > 1) ?? assert.fail();
    const { history, services } = building;
    const chat = (await history.chats.byJid(canonicalJid)) ?? assert.fail();
    const [newest] = await history.messages.unread(chat.id, 1);
    const request = { chat: canonicalJid, message_ids: [newest?.id ?? assert.fail()] };
    const both = await Promise.all([services.markMessagesRead(request), services.markMessagesRead(request)]);
    assert.deepEqual(
      both.map(({ data }) => data.marked),
      [1, 0],
    );
    await until(() => world.simulator.account.unread(chatKey).length < chat.unread, 'the receipt');
    assert.equal((await history.chats.get(chat.id))?.unread, chat.unread - 1);
    const dry = (await services.longActions.markChats(
      { chats: [canonicalJid], dry_run: true },
      OWNER,
    )) as DryRun;
    assert.deepEqual([dry.unread, dry.would_tell + dry.not_in_history], [chat.unread - 1, chat.unread - 1]);
    reads = [];
  });

  it('R:community-once marks a community as read behind its history, correct to the message', async () => {
    const { longActions } = building.services;
    const others = chats().filter(({ communityJid }) => communityJid === null);
    const unreadBefore = groups().reduce((all, { unreadCount }) => all + unreadCount, 0);
    assert.ok(unreadBefore >= GROUPS * UNREAD - 1);
    const senders = new Set(
      groups().flatMap(({ chatKey }) =>
        world.simulator.account.unread(chatKey).map(({ sender }) => `${chatKey} ${sender}`),
      ),
    );
    const request = { community: community().canonicalJid, with_history: true, sync_timeout: 60 };
    // Another one that wants a little less is a job of its own, at the same chats at the same time.
    const begun = await Promise.all([
      longActions.markCommunity(request, OWNER),
      longActions.markCommunity({ ...request, receipts: 'senders' }, OWNER),
    ]);
    const jobs = await Promise.all(begun.map(end));
    assert.notEqual(jobs[0]?.job_id, jobs[1]?.job_id);
    const sum = (name: string) =>
      jobs.reduce((all, { result }) => all + Number((result as Record<string, unknown>)[name]), 0);
    assert.deepEqual(
      [sum('marked'), sum('receipts_sent'), sum('chats_failed')],
      [unreadBefore, senders.size, 0],
    );
    assert.equal(sum('messages_told'), unreadBefore);
    assert.deepEqual(
      [...world.simulator.readMarks.all()].flatMap(({ repeatedIds }) => repeatedIds),
      [],
    );
    assert.deepEqual(
      groups().map(({ unreadCount }) => unreadCount),
      groups().map(() => 0),
    );
    assert.deepEqual(
      chats().filter(({ communityJid }) => communityJid === null),
      others,
    );
    // The last sender of a group shows as the whole chat; no sender hears twice.
    assert.equal(reads.length, senders.size - new Set([...senders].map((one) => one.split(' ')[0])).size);
  });

  it('sends nothing again when it is asked for the same once more', async () => {
    const before = reads.length;
    const request = { community: community().canonicalJid, with_history: false };
    const { result } = await end(await building.services.longActions.markCommunity(request, OWNER));
    assert.deepEqual([(result as { marked: number }).marked, reads.length], [0, before]);
  });

  it('fetches files, those that only the phone still has too, and counts both', async () => {
    const { longActions } = building.services;
    const { items } = await building.history.messages.list({ order: 'newest', limit: 500, hasMedia: true });
    const [gone] = items.filter(({ media }) => media?.directPath !== undefined);
    world.simulator.media.expire(gone?.media?.directPath ?? assert.fail('there is no file'));
    const { result } = await end(await longActions.fetchMedia({ max_files: 8 }, OWNER));
    const { outcomes, failed } = result as { outcomes: Record<string, number>; failed: number };
    assert.deepEqual([failed, outcomes.recovered], [0, 1], JSON.stringify(result));
  });

  it('writes an export, deletes what is old, and rebuilds the index', async () => {
    const { longActions } = building.services;
    const chat = groups()[0]?.canonicalJid ?? assert.fail();
    const request = { chat, format: 'csv', include_media: false, max_messages: 1_000 } as const;
    const { result } = await end(await longActions.exportChat(request, OWNER));
    const { filename, messages } = result as { filename: string; messages: number };
    assert.ok(existsSync(join(world.dataDir, 'exports', filename)));
    assert.equal(messages, (await building.history.chats.byJid(chat))?.messageCount);

    const purge = await longActions.purge({ before: new Date().toISOString() }, OWNER);
    await end('job_id' in purge ? purge : assert.fail('it counted'));
    assert.equal((await building.history.overview()).messages, 0);
    const files = readdirSync(join(world.dataDir, 'media'), { recursive: true, withFileTypes: true });
    assert.deepEqual(
      files.filter((one) => one.isFile()),
      [],
    );
    await end(await longActions.rebuildSearch(OWNER));
    assert.equal((await building.history.maintenance.index()).usable, true);
  });
});
