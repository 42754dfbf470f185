import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { ME } from '../../account/model.ts';
import { shapeOf } from '../../account/presets.ts';
import { createFixedWorld } from '../../account/world.ts';
import { createSimulator, type Simulator } from '../../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../../testing/baileys-client.ts';

describe('app state with a real Baileys', () => {
  let simulator: Simulator;
  let client: BaileysClient;
  let sibling: BaileysClient;

  before(async () => {
    const shape = shapeOf('tiny', { directChats: 20 });
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    client = await linkByQr(simulator);
    sibling = await linkByQr(simulator);
  });
  after(async () => {
    await client.end();
    await sibling.end();
    await simulator.close();
  });

  const chatUpdate = (
    device: BaileysClient,
    jid: string,
    key: 'archived' | 'pinned' | 'muteEndTime' | 'unreadCount',
  ) =>
    device
      .events('chats.update')
      .flat()
      .findLast((update) => update.id === jid && key in update)?.[key];

  it('brings a new device to the newest version of every collection', async () => {
    const { account } = simulator;
    await until(() => client.auth.creds.me?.name === account.person(ME).pushName, 'own name');
    for (const name of ['critical_block', 'critical_unblock_low', 'regular_high', 'regular_low'] as const) {
      const { [name]: held } = await client.auth.keys.get('app-state-sync-version', [name]);
      assert.ok(held && held.version > 0);
    }
    // While history streams in, the client folds contacts into the events of history.
    const contacts = [
      ...client.events('contacts.upsert').flat(),
      ...client.events('messaging-history.set').flatMap((set) => set.contacts),
    ];
    for (const { pn, lid, bookName } of account.people()) {
      if (bookName === null) continue;
      const named = (jid: string | null) => contacts.some((c) => c.id === jid && c.name === bookName);
      assert.ok(named(pn) || named(lid), 'every name of the address book arrived');
    }
    for (const chat of account.chats()) {
      if (!chat.settings.archived) continue;
      const inHistory = client.events('messaging-history.set').flatMap((set) => set.chats);
      assert.ok(inHistory.some((c) => c.id === chat.jid && c.archived === true));
    }
  });

  it('carries mark read, archive, pin and mute from one device to the account and to the other device', async () => {
    const { account } = simulator;
    const chat = account.chats().find((c) => c.unreadCount > 0 && c.peer !== null && !c.settings.archived);
    assert.ok(chat);
    const { jid } = chat;
    const lastMessages = [{ key: { remoteJid: jid, fromMe: false, id: 'X' }, messageTimestamp: 5 }];
    await client.socket.chatModify({ markRead: true, lastMessages }, jid);
    await client.socket.chatModify({ pin: true }, jid);
    await client.socket.chatModify({ mute: 1_900_000_000_000 }, jid);
    await client.socket.chatModify({ archive: true, lastMessages }, jid);
    const now = account.chat(chat.key);
    assert.equal(now.unreadCount, 0);
    assert.deepEqual(
      [now.settings.archived, now.settings.mutedUntil, now.settings.pinnedAt],
      [true, 1_900_000_000, null],
    );
    await until(() => chatUpdate(sibling, jid, 'archived'), 'archived on the other device');
    assert.equal(Number(chatUpdate(sibling, jid, 'muteEndTime')), 1_900_000_000_000);
    assert.equal(chatUpdate(sibling, jid, 'unreadCount'), 0);
  });

  it('takes pin, mute and archive back, and counts pins', async () => {
    const { account } = simulator;
    const { jid, key } = account
      .chats()
      .find((c) => c.group !== null && !c.settings.archived && c.settings.pinnedAt === null) ?? {
      jid: '',
      key: '',
    };
    const lastMessages = [{ key: { remoteJid: jid, fromMe: true, id: 'X' }, messageTimestamp: 5 }];
    const pins = account.pinned().length;
    const settings = () => account.chat(key).settings;
    const seen = (name: 'archived' | 'pinned' | 'muteEndTime', test: (value: unknown) => boolean) =>
      until(() => test(chatUpdate(sibling, jid, name)), `${name} on the other device`);

    await client.socket.chatModify({ pin: true }, jid);
    assert.deepEqual([account.pinned()[0]?.key, account.pinned().length], [key, pins + 1]);
    await seen('pinned', (value) => Number(value) > 0);
    await client.socket.chatModify({ pin: false }, jid);
    assert.equal(account.pinned().length, pins);
    await seen('pinned', (value) => value === null);

    await client.socket.chatModify({ mute: 1_900_000_000_000 }, jid);
    await seen('muteEndTime', (value) => Number(value) === 1_900_000_000_000);
    await client.socket.chatModify({ mute: null }, jid);
    await seen('muteEndTime', (value) => value === null);
    assert.equal(settings().mutedUntil, null);

    await client.socket.chatModify({ pin: true }, jid);
    await seen('pinned', (value) => Number(value) > 0);
    await client.socket.chatModify({ archive: true, lastMessages }, jid);
    await seen('archived', (value) => value === true);
    await seen('pinned', (value) => value === null);
    await until(() => chatUpdate(client, jid, 'pinned') === null, 'unpinned on the device itself');
    await client.socket.chatModify({ archive: false, lastMessages }, jid);
    await seen('archived', (value) => value === false);
    assert.deepEqual([settings().archived, settings().pinnedAt], [false, null]);
  });

  it('gives everything again to a device that starts from version 0', async () => {
    const { account } = simulator;
    const names = ['critical_block', 'critical_unblock_low', 'regular_high', 'regular_low'] as const;
    const lost = names.map((name) => [name, null]);
    const held = async (name: string) =>
      (await client.auth.keys.get('app-state-sync-version', [name]))[name]?.version;
    const before = await Promise.all(names.map(held));
    const updates = client.events('chats.update').length;
    await client.auth.keys.set({ 'app-state-sync-version': Object.fromEntries(lost) });
    await client.socket.resyncAppState(names, false);
    assert.deepEqual(await Promise.all(names.map(held)), before);
    const again = () => client.events('chats.update').slice(updates).flat();
    const archived = account.chats().filter((chat) => chat.settings.archived);
    await until(
      () => archived.every(({ jid }) => again().some((update) => update.id === jid && update.archived)),
      'archived chats once more',
    );
  });

  it('tells both devices what the phone changes', async () => {
    const { account } = simulator;
    const chat = account
      .chats()
      .findLast((c) => c.peer !== null && !c.settings.archived && c.settings.mutedUntil === null);
    assert.ok(chat);
    account.changeSettings({ chat: chat.key, change: { archived: true }, origin: { from: 'phone' } });
    for (const device of [client, sibling])
      await until(() => chatUpdate(device, chat.jid, 'archived'), 'archived by the phone');
  });
});
