import assert from 'node:assert/strict';
import { EXPORT_DEFAULT_MESSAGES } from '#orchestrator/services/export/contract.ts';
import { createGroups } from '#orchestrator/services/groups/groups.ts';
import { failsWith } from '#orchestrator/services/testing/errors.ts';
import { anna, club, community, garden, message } from '#orchestrator/services/testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from '#orchestrator/services/testing/world.ts';
import type { StartRequest } from '../jobs.ts';
import { type ActionService, createActionService, type PurgePreview } from './action-service.ts';
import type { DryRun } from './dry-run.ts';
import type { Started } from './job-shape.ts';

describe('starting long actions', () => {
  let world: World;
  let actions: ActionService;
  let started: StartRequest[];
  const open = async (options: WorldOptions = {}) => {
    started = [];
    world = await createWorld(options);
    const { parts } = world.services;
    const { jobs: store } = world.history;
    actions = createActionService({
      ...parts,
      groups: createGroups(parts),
      jobs: {
        isQueueAway: () => false,
        start: (request) => {
          started.push(request);
          const { kind, args, owner } = request;
          return store.create({ id: `job_${started.length}`, kind, args, owner, fingerprint: kind });
        },
      },
    });
    await world.learn([
      message(garden, 900, 'x', { via: 'live' }),
      { kind: 'chat', chat: garden, unread: 1_200 },
    ]);
  };
  beforeEach(() => open());
  afterEach(() => world.close());

  it('marks a community that is named, and joins a job that does it already', async () => {
    const request = { community: 'Neighbours', with_history: true, sync_timeout: 60 };
    const first = (await actions.markCommunity(request, 'mcp')) as Started;
    const second = (await actions.markCommunity(request, 'mcp')) as Started;
    assert.deepEqual([first.job_id, first.reused, first.status], ['job_1', false, 'queued']);
    assert.deepEqual([second.job_id, second.reused], ['job_1', true]);
    assert.deepEqual(started[0]?.args, {
      community,
      withHistory: true,
      syncTimeoutSeconds: 60,
      receipts: 'both',
    });
  });

  it('counts without doing anything', async () => {
    const dry = (await actions.markCommunity(
      { community, with_history: false, dry_run: true },
      'mcp',
    )) as DryRun;
    assert.deepEqual(
      dry.chats.find(({ chat_jid }) => chat_jid === garden),
      {
        chat_jid: garden,
        chat_name: 'Garden',
        unread: 1_200,
        would_tell: 2,
        not_in_history: 1_198,
        skipped: 1_198,
      },
    );
    assert.deepEqual([dry.dry_run, dry.chats.length, dry.chats_unread, dry.unread], [true, 2, 1, 1_200]);
    assert.deepEqual([dry.would_tell, dry.not_in_history], [2, 1_198]);
    assert.match(dry.hint ?? '', /Fetch history first/);
    const fetched = { community, with_history: true, dry_run: true } as const;
    assert.match(((await actions.markCommunity(fetched, 'mcp')) as DryRun).hint ?? '', /fetched first/);
    const own = await actions.markChats({ chats: [garden], dry_run: true, receipts: 'own-devices' }, 'mcp');
    assert.deepEqual([(own as DryRun).would_tell, (own as DryRun).hint], [0, undefined]);
    const chats = ['Book club', club, anna.pn];
    const two = (await actions.markChats({ chats, dry_run: true }, 'mcp')) as DryRun;
    assert.deepEqual([two.chats.length, two.unread, started], [2, 5, []]);
  });

  it('refuses what is no community, with the reason', async () => {
    const mark = (typed: string) => actions.markCommunity({ community: typed, with_history: false }, 'mcp');
    await failsWith('NOT_A_COMMUNITY', () => mark(club));
    await failsWith('INVALID_JID', () => mark(anna.pn));
    await failsWith('COMMUNITY_NOT_FOUND', () => mark('Nowhere'));
    await failsWith('COMMUNITY_NOT_FOUND', () => mark('120363000000000099@g.us'));
    assert.deepEqual(started, []);
  });

  it('marks chats by name or id, each once', async () => {
    await actions.markChats({ chats: ['Book club', club, anna.pn], receipts: 'senders' }, 'mcp');
    const chats = (started[0]?.args as { chats?: string[] } | undefined)?.chats ?? [];
    assert.deepEqual([chats.length, chats[0]], [2, club]);
    await failsWith('CHAT_NOT_FOUND', () => actions.markChats({ chats: [club, 'Nowhere'] }, 'mcp'));
  });

  it('refuses receipts to senders alone while the setting keeps them back', async () => {
    await world.close();
    await open({ config: { readReceipts: false } });
    await failsWith('TOOL_DISABLED', () => actions.markChats({ chats: [club], receipts: 'senders' }, 'mcp'));
    await actions.markChats({ chats: [club] }, 'mcp');
    assert.equal(started.length, 1);
  });

  it('exports what fits into an export', async () => {
    const request = {
      chat: 'Book club',
      format: 'json',
      include_media: false,
      after: '2026-03-01T09:00:00Z',
      max_messages: EXPORT_DEFAULT_MESSAGES,
    } as const;
    await actions.exportChat(request, 'mcp');
    assert.deepEqual(started[0]?.args, {
      chat: club,
      format: 'json',
      includeMedia: false,
      after: 1_772_355_600,
      before: null,
      maxMessages: EXPORT_DEFAULT_MESSAGES,
    });
    await failsWith('VALIDATION_ERROR', () => actions.exportChat({ ...request, include_media: true }, 'mcp'));
    await failsWith('EXPORT_TOO_LARGE', () =>
      actions.exportChat({ ...request, max_messages: 10_000_000 }, 'mcp'),
    );
    await failsWith('INVALID_TIME', () => actions.exportChat({ ...request, before: 'soon' }, 'mcp'));
    await failsWith('INVALID_TIME', () => actions.exportChat({ ...request, before: request.after }, 'mcp'));
  });

  it('fetches files, deletes what is old, and rebuilds the index', async () => {
    await actions.fetchMedia({ chat: club, types: ['image', 'image'], max_files: 5 }, 'mcp');
    await actions.fetchMedia({ max_files: 7 }, 'mcp');
    await actions.purge({ before: '2026-03-01T09:00:00Z' }, 'mcp');
    await actions.rebuildSearch('mcp');
    assert.deepEqual(
      started.map(({ kind, args }) => [kind, args]),
      [
        ['fetch-media', { chat: club, since: null, until: null, types: ['image'], maxFiles: 5 }],
        ['fetch-media', { chat: null, since: null, until: null, types: null, maxFiles: 7 }],
        ['purge', { before: 1_772_355_600 }],
        ['rebuild-search', {}],
      ],
    );
    const empty = { since: '2026-02-01', until: '2026-01-01', max_files: 5 };
    await failsWith('INVALID_TIME', () => actions.fetchMedia(empty, 'mcp'));
    await failsWith('INVALID_TIME', () => actions.fetchMedia({ since: '2099-01-01', max_files: 5 }, 'mcp'));
    await failsWith('VALIDATION_ERROR', () => actions.purge({}, 'mcp'));
    await world.close();
    await open({ config: { retentionDays: 30 } });
    await actions.purge({}, 'mcp');
    assert.equal(started[0]?.kind, 'purge');
  });

  it('deletes nothing that is to come, and counts before it deletes', async () => {
    for (const before of ['2099-01-01', '2030-01-01', new Date(world.clock.now() + 1_000).toISOString()])
      for (const dry_run of [true, false])
        await failsWith('INVALID_TIME', () => actions.purge({ before, dry_run }, 'mcp'));
    await world.learn([
      message(club, 1, null, { id: 'PICTURE', type: 'image', media: { mime: 'image/png' } }),
    ]);
    const before = new Date(world.clock.now()).toISOString();
    const { messages, media } = await world.history.overview();
    assert.ok(media > 0 && messages > media);
    assert.deepEqual(await actions.purge({ before, dry_run: true }, 'mcp'), {
      dry_run: true,
      before: world.services.parts.times.iso(world.clock.now() / 1_000),
      messages,
      with_files: media,
    });
    const none = (await actions.purge({ before: '2001-01-01', dry_run: true }, 'mcp')) as PurgePreview;
    assert.deepEqual([none.messages, none.with_files, started], [0, 0, []]);
  });
});
