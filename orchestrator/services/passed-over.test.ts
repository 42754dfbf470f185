import assert from 'node:assert/strict';
import type { CommandHandlers } from '#engines/contract/command.ts';
import type { Config } from '#kernel/config.ts';
import type { ReplyMeta } from './reply.ts';
import { club, NOW_SECONDS } from './testing/sample-history.ts';
import { createWorld, type World } from './testing/world.ts';

const commands: CommandHandlers = {
  'chat.pin': async ({ pinned }) => ({ pinned }),
  'send.text': async ({ messageId, chat }) => ({ messageId, chat, sentAt: NOW_SECONDS, status: 'sent' }),
};

describe('an engine whose turn it was', () => {
  let world: World;
  const open = async (config: Partial<Config> = {}) => {
    world = await createWorld({ commands, webjs: commands, config });
  };
  afterEach(() => world.close());
  const pin = async (): Promise<ReplyMeta | undefined> =>
    (await world.services.chatStates.pin({ chat: club }, true)).meta;
  const from = (meta: ReplyMeta | undefined) => [meta?.engine, meta?.routed_from, meta?.degraded_reason];

  it('is not mentioned while it serves', async () => {
    await open();
    assert.deepEqual(await pin(), { engine: 'baileys', attempts: 1 });
  });

  it('is named when another one stands in for it, for sends too', async () => {
    await open();
    world.setEngine({ level: 'failed', reason: 'forbidden' });
    assert.deepEqual(from(await pin()), ['webjs', 'baileys', 'baileys: ACCOUNT_BANNED']);
    const request = { to: club, message: 'Hello', allow_duplicate: false, dry_run: false };
    assert.deepEqual(from((await world.services.sendMessage(request)).meta), [
      'webjs',
      'baileys',
      'baileys: ACCOUNT_BANNED',
    ]);
    assert.equal((await world.services.sendMessage(request)).meta?.degraded, undefined);
  });

  it('is the one that the settings name for the capability', async () => {
    await open({ routes: { 'chat.pin': 'webjs' } });
    assert.equal((await pin())?.engine, 'webjs');
    world.setEngine({ level: 'recovering', reason: 'page-hung' }, 'webjs');
    assert.deepEqual(from(await pin()), ['baileys', 'webjs', 'webjs: NOT_CONNECTED']);
  });

  it('is nobody in particular when engines take turns, or while it was never linked', async () => {
    await open({ routing: 'round-robin' });
    world.setEngine({ level: 'recovering', reason: 'connection-lost' });
    assert.deepEqual(from(await pin()), ['webjs', undefined, undefined]);
    await world.close();
    await open();
    world.setEngine({ level: 'unlinked', reason: 'not-linked', account: null });
    assert.deepEqual(from(await pin()), ['webjs', undefined, undefined]);
  });

  it('is named with its error when it was asked and failed', async () => {
    await open();
    world.setEngine({ level: 'ready' });
    await world.close();
    world = await createWorld({
      commands: { 'chat.pin': () => Promise.reject(new Error('broken')) },
      webjs: commands,
    });
    assert.deepEqual(await pin(), {
      engine: 'webjs',
      routed_from: 'baileys',
      attempts: 2,
      degraded: true,
      degraded_reason: 'baileys: INTERNAL_ERROR',
    });
  });
});
