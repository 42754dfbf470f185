import assert from 'node:assert/strict';
import type { GroupChat, Message } from 'whatsapp-web.js';
import { until } from '#kernel/testing/until.ts';
import { ME, type SimChat } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../testing/baileys-client.ts';
import { linkWebjs, type WebjsClient } from '../testing/webjs-client.ts';
import { toWid } from './projection/wids.ts';

describe('chats, people and groups as a page sees them', () => {
  let simulator: Simulator;
  let browser: WebjsClient;
  let baileys: BaileysClient;

  before(async () => {
    simulator = await createSimulator({ shape: shapeOf('tiny', { directChats: 16 }) });
    trust(simulator);
    baileys = await linkByQr(simulator);
    browser = await linkWebjs(simulator);
  });
  after(async () => {
    await browser?.end();
    await baileys?.end();
    await simulator.close();
  });

  const plainChat = (): SimChat => {
    const found = simulator.account
      .chats()
      .find(
        ({ kind, settings }) =>
          kind === 'direct' &&
          !settings.archived &&
          settings.pinnedAt === null &&
          settings.mutedUntil === null,
      );
    assert.ok(found);
    return found;
  };
  const atBaileys = (
    jid: string,
    key: 'archived' | 'pinned' | 'muteEndTime',
    wanted: (value: unknown) => boolean,
  ) =>
    until(() => {
      const last = baileys
        .events('chats.update')
        .flat()
        .findLast((update) => update.id === jid && key in update);
      return last !== undefined && wanted(last[key]);
    }, `${key} at baileys`);

  it('archives, pins and mutes; the other device hears of it', async () => {
    const { client } = browser;
    const { key, jid } = plainChat();
    const wid = toWid(jid);
    const settings = () => simulator.account.chat(key).settings;

    await client.muteChat(wid, new Date(1_900_000_000_000));
    assert.equal(settings().mutedUntil, 1_900_000_000);
    assert.equal((await client.getChatById(wid)).muteExpiration, 1_900_000_000);
    await atBaileys(jid, 'muteEndTime', (value) => Number(value) === 1_900_000_000_000);
    await client.unmuteChat(wid);
    assert.equal(settings().mutedUntil, null);

    for (const { jid: pinned } of simulator.account.pinned()) await client.unpinChat(toWid(pinned));
    assert.equal(await client.pinChat(wid), true);
    assert.deepEqual(
      simulator.account.pinned().map((chat) => chat.key),
      [key],
    );
    assert.equal((await client.getChatById(wid)).pinned, true);
    await atBaileys(jid, 'pinned', (value) => Number(value) > 0);

    await client.archiveChat(wid);
    assert.deepEqual([settings().archived, settings().pinnedAt], [true, null]);
    await until(() => browser.events('chat_archived').length > 0, 'archived');
    await atBaileys(jid, 'archived', (value) => value === true);
    await client.unarchiveChat(wid);
    assert.equal(settings().archived, false);
  });

  it('offers no fourth pin, and counts what other devices pinned', async () => {
    const { account } = simulator;
    const chats = account.chats().filter(({ settings }) => !settings.archived);
    const origin = { from: 'phone' } as const;
    for (const chat of chats.slice(0, 3)) {
      account.changeSettings({ chat: chat.key, change: { pinnedAt: account.world.nowSeconds() }, origin });
    }
    const [, , third, fourth] = chats;
    assert.ok(third && fourth);
    await until(async () => (await browser.client.getChatById(toWid(third.jid))).pinned, 'third pin');
    assert.equal(await browser.client.pinChat(toWid(fourth.jid)), false);
    assert.equal(account.pinned().length, 3);
  });

  it('blocks and unblocks, and knows whom others blocked', async () => {
    const { account } = simulator;
    const person = account.people().find(({ key, pn, lid }) => key !== ME && pn !== null && lid !== null);
    assert.ok(person?.lid && person.pn);
    const contact = await browser.client.getContactById(toWid(person.pn));
    await contact.block();
    assert.deepEqual(account.blocked(), [person.key]);
    const blocked = await browser.client.getBlockedContacts();
    assert.deepEqual(
      blocked.map(({ id }) => id._serialized),
      [toWid(person.pn)],
    );
    await until(
      () => baileys.events('blocklist.update').some(({ blocklist }) => blocklist.includes(person.lid ?? '')),
      'block at baileys',
    );
    await contact.unblock();
    assert.deepEqual(await browser.client.getBlockedContacts(), []);
    account.setBlocked({ person: person.key, blocked: true, origin: { from: 'phone' } });
    await until(async () => (await browser.client.getBlockedContacts()).length === 1, 'block');
  });

  it('shows pictures, or says why there is none', async () => {
    const { client } = browser;
    const others = simulator.account.people().filter(({ key, lid }) => key !== ME && lid !== null);
    const shown = others.find(({ pictureId }) => pictureId !== null);
    assert.ok(shown?.lid);
    const url = await client.getProfilePicUrl(toWid(shown.lid));
    const picture = await fetch(url);
    assert.equal(picture.headers.get('content-type'), 'image/png');
    const statusOf = (wid: string) =>
      client.pupPage?.evaluate(async (id) => {
        const page = globalThis as unknown as {
          require: (name: string) => {
            requestProfilePicFromServer(id: string): Promise<unknown>;
          };
        };
        const bridge = page.require('WAWebContactProfilePicThumbBridge');
        return bridge.requestProfilePicFromServer(id).then(
          () => 200,
          (error: { status: number }) => error.status,
        );
      }, wid);
    const without = others.find(({ pictureId, about }) => pictureId === null && about !== null);
    const hidden = others.find(({ pictureId, about }) => pictureId === null && about === null);
    assert.deepEqual(
      [await statusOf(without?.lid ?? ''), await statusOf(hidden?.lid ?? ''), await statusOf(shown.lid)],
      [404, 401, 200],
    );
    const tells = others.find(({ about }) => about !== null);
    const contact = await client.getContactById(toWid(tells?.lid ?? ''));
    const aboutOf = (id: string) =>
      client.pupPage?.evaluate(async (wid) => {
        const page = globalThis as unknown as {
          require: (name: string) => { getStatus(of: object): Promise<{ status: unknown }> };
        };
        return (await page.require('WAWebContactStatusBridge').getStatus({ wid })).status;
      }, id);
    assert.equal(await aboutOf(tells?.lid ?? ''), tells?.about);
    assert.ok(contact.id._serialized);
    assert.equal(await aboutOf(hidden?.lid ?? ''), 401);
  });

  it('answers who has a number, who is who, and how many devices there are', async () => {
    const { client } = browser;
    const { account } = simulator;
    const person = account.people().find(({ key, pn, lid }) => key !== ME && pn !== null && lid !== null);
    assert.ok(person?.pn && person.lid);
    const found = await client.getNumberId(toWid(person.pn));
    assert.equal(found?._serialized, toWid(person.pn));
    assert.equal(await client.getNumberId('15550000000'), null);
    for (const id of [toWid(person.pn), person.lid]) {
      const [ids] = await client.getContactLidAndPhone([id]);
      assert.deepEqual(ids, { lid: person.lid, pn: toWid(person.pn) });
    }
    const own = account.person(ME).pn ?? '';
    assert.equal(await client.getContactDeviceCount(toWid(own)), 3);
    assert.equal(await client.getContactDeviceCount(toWid(person.pn)), 1);
  });

  it('describes groups and communities, with numbers for hidden members', async () => {
    const { account } = simulator;
    const community = account.chats().find(({ kind }) => kind === 'community');
    const linked = account.chats().filter(({ group }) => group?.parent === community?.key);
    assert.ok(community && linked.length > 0);
    const parent = (await browser.client.getChatById(community.jid)) as GroupChat & {
      groupMetadata: { joinedSubgroups: { _serialized: string }[]; isParentGroup: boolean };
    };
    assert.equal(parent.groupMetadata.isParentGroup, true);
    assert.deepEqual(
      new Set(parent.groupMetadata.joinedSubgroups.map(({ _serialized }) => _serialized)),
      new Set(linked.map(({ jid }) => jid)),
    );
    for (const chat of linked) {
      const found = (await browser.client.getChatById(chat.jid)) as GroupChat & {
        groupMetadata: { parentGroup: { _serialized: string } };
      };
      assert.equal(found.groupMetadata.parentGroup._serialized, community.jid);
      const want = (chat.group?.members ?? []).map(({ person }) => {
        const { pn, lid } = account.person(person);
        return toWid((pn !== null && lid !== null ? pn : (lid ?? pn)) ?? '');
      });
      assert.deepEqual(new Set(found.participants.map(({ id }) => id._serialized)), new Set(want));
    }
  });

  it('finds messages in its own store', async () => {
    const { account } = simulator;
    const chat = plainChat();
    const { id } = account.receive({ chat: chat.key, content: { type: 'text', text: 'Zanzibar by night' } });
    account.receive({ chat: 'g0', sender: 'p0', content: { type: 'text', text: 'also ZANZIBAR' } });
    const everywhere = await browser.client.searchMessages('zanzibar');
    assert.equal(everywhere.length, 2);
    const here = await browser.client.searchMessages('zanzibar', { chatId: toWid(chat.jid) });
    assert.deepEqual(
      here.map((message: Message) => message.id.id),
      [id],
    );
    const [first] = await browser.client.searchMessages('zanzibar', { limit: 1, page: 2 });
    assert.ok(first);
  });

  it('takes a note to self', async () => {
    const { account } = simulator;
    const own = account.person(ME);
    const sent = await browser.client.sendMessage(toWid(own.pn ?? ''), 'note', { waitUntilMsgSent: true });
    assert.ok(sent.id._serialized.endsWith('_out'));
    const chat = account.chatByJid(own.lid ?? '');
    assert.equal(account.messageById(chat?.key ?? '', sent.id.id)?.fromMe, true);
    assert.equal(simulator.wire.mailbox.byId(sent.id.id).length, 1);
    const again = await browser.client.getMessageById(sent.id._serialized);
    assert.equal(again?.body, 'note');
    const { key } = await until(
      () => baileys.messages().find((message) => message.key.id === sent.id.id),
      'note at baileys',
    );
    assert.equal(key.fromMe, true);
  });
});
