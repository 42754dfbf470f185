import assert from 'node:assert/strict';
import type { CommandHandlers, CommandInput } from '#engines/contract/command.ts';
import { TandemError } from '#kernel/errors.ts';
import { failsWith } from './testing/errors.ts';
import { anna, annabel, carla, club, garden, NOW_SECONDS, otherCarla } from './testing/sample-history.ts';
import { createWorld, type World } from './testing/world.ts';

const HOUR = 3_600;

describe('archiving, pinning and muting chats', () => {
  let world: World;
  let archives: CommandInput<'chat.archive'>[];
  let asked: string[];
  const commands = (engine: string): CommandHandlers => ({
    'chat.archive': (input) => {
      asked.push(engine);
      archives.push(input);
      return Promise.resolve({ archived: input.archived });
    },
    'chat.pin': ({ pinned }) => {
      asked.push(engine);
      return Promise.resolve({ pinned });
    },
    'chat.mute': ({ until }) => {
      asked.push(engine);
      return Promise.resolve({ mutedUntil: until });
    },
  });
  beforeEach(async () => {
    archives = [];
    asked = [];
    world = await createWorld({ commands: commands('baileys'), webjs: commands('webjs') });
  });
  afterEach(() => world.close());
  const states = () => world.services.chatStates;
  const stored = async (jid: string) => world.history.chats.byJid(jid);

  it('archives by the newest message, and knows it at once', async () => {
    const { data, meta } = await states().archive({ chat: 'Book club' }, true);
    assert.deepEqual(data, { chat_jid: club, chat_name: 'Book club', state: 'archived', changed: true });
    assert.deepEqual([meta?.engine, meta?.attempts, meta?.degraded], ['baileys', 1, undefined]);
    assert.equal(archives[0]?.newest?.id, 'LIKE0000000000001');
    assert.equal((await stored(club))?.archived, true);
    assert.equal((await states().archive({ chat: club }, true)).data.changed, false);
    const back = await states().archive({ chat: club }, false);
    assert.deepEqual([back.data.state, back.data.changed], ['unarchived', true]);
    assert.equal((await stored(club))?.archived, false);
  });

  it('archives a chat without messages too', async () => {
    await states().archive({ chat: 'Neighbours' }, true);
    assert.equal(archives[0]?.newest, null);
  });

  it('pins three chats, not four; an archived one takes no place', async () => {
    for (const chat of [anna.pn, club, garden, carla.pn]) {
      await world.history.chats.setState((await stored(chat))?.id ?? 0, { pinnedAt: NOW_SECONDS });
      if (chat !== carla.pn) assert.ok((await stored(chat))?.pinnedAt);
    }
    const error = await failsWith('MAX_PINS_REACHED', () => states().pin({ chat: annabel.pn }, true));
    const pinned = error.details?.pinned as readonly { readonly chat: string }[];
    assert.deepEqual(new Set(pinned.map(({ chat }) => chat)), new Set([anna.lid, club, garden]));
    assert.deepEqual(asked, []);
    const again = await states().pin({ chat: club }, true);
    assert.deepEqual([again.data.state, again.data.changed], ['pinned', false]);
    assert.equal((await states().pin({ chat: club }, false)).data.state, 'unpinned');
    assert.equal((await stored(club))?.pinnedAt, null);
    assert.equal((await states().pin({ chat: annabel.pn }, true)).data.changed, true);
    assert.equal((await stored(annabel.pn))?.pinnedAt, NOW_SECONDS);
  });

  it('mutes for a time, for ever, and not at all', async () => {
    const forTime = await states().mute({ chat: club }, HOUR);
    assert.deepEqual(
      [forTime.data.state, forTime.data.muted_until, forTime.data.changed],
      ['muted', '2026-03-02T11:00:00+01:00', true],
    );
    assert.equal((await stored(club))?.mutedUntil, NOW_SECONDS + HOUR);
    world.clock.advance(2 * HOUR * 1_000);
    assert.equal((await states().mute({ chat: club }, null)).data.changed, false);
    const forEver = await states().mute({ chat: club }, 0);
    assert.deepEqual(
      [forEver.data.state, forEver.data.muted_until, forEver.data.changed],
      ['muted', undefined, true],
    );
    assert.equal((await states().mute({ chat: club }, 0)).data.changed, false);
    const off = await states().mute({ chat: club }, null);
    assert.deepEqual([off.data.state, off.data.changed], ['unmuted', true]);
    assert.equal((await stored(club))?.mutedUntil, null);
  });

  it('is served by the other engine while one is down, and says so', async () => {
    world.setEngine({ level: 'recovering', reason: 'connection-lost' });
    const { meta } = await states().archive({ chat: club }, true);
    assert.deepEqual(meta, {
      engine: 'webjs',
      routed_from: 'baileys',
      attempts: 1,
      degraded: true,
      degraded_reason: 'baileys: NOT_CONNECTED',
    });
    assert.deepEqual(asked, ['webjs']);
  });

  it('changes nothing in the store when WhatsApp was not told', async () => {
    await world.close();
    const refuse = () => Promise.reject(new TandemError('WHATSAPP_API_ERROR'));
    world = await createWorld({
      commands: { 'chat.archive': refuse, 'chat.pin': refuse, 'chat.mute': refuse },
    });
    const before = await stored(club);
    await failsWith('WHATSAPP_API_ERROR', () => states().archive({ chat: club }, true));
    await failsWith('WHATSAPP_API_ERROR', () => states().pin({ chat: club }, true));
    await failsWith('WHATSAPP_API_ERROR', () => states().mute({ chat: club }, 0));
    await failsWith('CHAT_NOT_FOUND', () => states().pin({ chat: 'Nowhere' }, true));
    await failsWith('RECIPIENT_AMBIGUOUS', () => states().pin({ chat: 'Carla' }, true));
    assert.deepEqual(await stored(club), before);
    assert.equal((await stored(otherCarla.pn))?.pinnedAt, null);
  });
});
