import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { getChat } from '#mcp/tools/get_chat.ts';
import { listChats } from '#mcp/tools/list_chats.ts';
import { searchContacts } from '#mcp/tools/search_contacts.ts';
import type { MessageOrigin, SimPerson } from '#simulator/account/model.ts';
import { agrees } from '../rig/agreement.ts';
import { type Assistant, connectAssistant } from '../rig/assistant.ts';
import { assertSame, compareStore } from '../rig/compare.ts';
import { engineOf, startLinked } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { createWorld, linkedDevice, type World } from '../rig/world.ts';

const PHONE: MessageOrigin = { from: 'phone' };
const text = (words: string) => ({ type: 'text', text: words }) as const;

describe('a number and a hidden id of one person', () => {
  let world: World;
  let service: Service;
  let assistant: Assistant;

  before(async () => {
    world = await createWorld('tiny');
    service = await startLinked(world);
    assistant = await connectAssistant(service);
  });
  after(async () => {
    await assistant.close();
    await world.close();
  });

  const account = () => world.simulator.account;
  const agree = (key: string) => agrees(world, assistant, key);
  const somebody = (pushName: string, digits: string): SimPerson =>
    account().addPerson({
      pn: `${digits}@s.whatsapp.net`,
      lid: null,
      pushName,
      bookName: null,
      about: null,
      pictureId: null,
    });
  const reveal = (person: SimPerson, lid: string) =>
    account().changePerson({ person: person.key, change: { lid }, origin: PHONE });

  /** One chat under every id, one contact, and no other chat that bears the name. */
  const isOne = async (key: string, name: string) => {
    const person = account().person(account().chat(key).peer ?? '');
    const canonical = person.lid ?? person.pn;
    for (const jid of [person.pn, person.lid]) {
      if (jid !== null) assert.equal((await assistant.call(getChat, { chat: jid })).chat.jid, canonical);
    }
    const { chats } = await assistant.call(listChats, { query: name });
    assert.deepEqual(
      chats.map(({ jid }) => jid),
      [canonical],
    );
    const { contacts } = await assistant.call(searchContacts, { query: name });
    assert.deepEqual(
      contacts.map(({ jid }) => jid),
      [canonical],
    );
  };

  it('a chat that moves from the number to the hidden id stays one chat R:one-person', async () => {
    const moving = account()
      .chats()
      .find(
        ({ jid, peer }) =>
          jid.endsWith('@s.whatsapp.net') && peer !== null && account().person(peer).lid !== null,
      );
    assert.ok(moving);
    account().receive({ chat: moving.key, content: text('under the number') });
    await agree(moving.key);
    assert.ok(account().migrateToLid(moving.key));
    account().receive({ chat: moving.key, content: text('under the hidden id') });
    account().sendFromPhone({ chat: moving.key, content: text('answered there') });
    await agree(moving.key);
  });

  it('somebody known by number gets a hidden id later R:one-person', async () => {
    const person = somebody('Quentin Quist', '15558880001');
    const { key } = account().openDirect(person.key);
    const before = account().receive({ chat: key, content: text('nobody knows my hidden id') });
    account().sendFromPhone({ chat: key, content: text('hello stranger') });
    await agree(key);
    await isOne(key, 'Quentin Quist');

    reveal(person, '277777777770001@lid');
    account().migrateToLid(key);
    account().receive({ chat: key, content: text('now they do'), quoteId: before.id });
    account().react({ chat: key, id: before.id, by: 'me', emoji: '👋', origin: PHONE });
    await agree(key);
    await isOne(key, 'Quentin Quist');
  });

  it('a change under the new id finds the message that came under the old one R:one-person', async () => {
    const person = somebody('Rosa Reed', '15558880002');
    const { key } = account().openDirect(person.key);
    const first = account().receive({ chat: key, content: text('to be edited') });
    const second = account().receive({ chat: key, content: text('to be taken back') });
    await agree(key);
    reveal(person, '277777777770002@lid');
    account().migrateToLid(key);
    account().receive({ chat: key, content: text('new id, who is this?') });
    await agree(key);
    account().edit({ chat: key, id: first.id, text: 'edited under the other id', origin: { from: 'peer' } });
    account().revoke({ chat: key, id: second.id, origin: { from: 'peer' } });
    await agree(key);
    await isOne(key, 'Rosa Reed');
  });

  it('a member of a group by hidden id is the person with the number R:one-person', async () => {
    const person = account().addPerson({
      pn: '15558880003@s.whatsapp.net',
      lid: '277777777770003@lid',
      pushName: 'Silas Stone',
      bookName: null,
      about: null,
      pictureId: null,
    });
    const byLid = account().createGroup({
      subject: 'By hidden id',
      members: [person.key],
      addressing: 'lid',
    });
    const byNumber = account().createGroup({ subject: 'By number', members: [person.key], addressing: 'pn' });
    for (const { key } of [byLid, byNumber]) {
      const { id } = account().receive({ chat: key, sender: person.key, content: text('me again') });
      const seen = await until(async () => {
        const found = await assistant.attempt('get_message_by_id', { message_id: id });
        return found.ok ? found.data : null;
      }, 'the message in the group');
      assert.equal((seen.message as { sender?: { jid: string } }).sender?.jid, person.lid);
    }
    const { contacts, chats } = await assistant.call(searchContacts, {
      query: 'Silas Stone',
      include_chats: true,
    });
    assert.equal(contacts.length, 1);
    assert.deepEqual(new Set(chats?.map(({ jid }) => jid)), new Set([byLid.jid, byNumber.jid]));
  });

  it('the same after a restart, and what came meanwhile under either id R:one-person', async () => {
    const person = somebody('Tilda Tran', '15558880004');
    const { key } = account().openDirect(person.key);
    account().receive({ chat: key, content: text('before the restart') });
    await agree(key);
    await service.stop();
    account().receive({ chat: key, content: text('by number, while away') });
    reveal(person, '277777777770004@lid');
    account().migrateToLid(key);
    account().receive({ chat: key, content: text('by hidden id, while away') });
    await assistant.close();
    service = await world.start();
    await until(async () => (await engineOf(service)).level === 'ready', 'a ready engine');
    assistant = await connectAssistant(service);
    await agree(key);
    await isOne(key, 'Tilda Tran');
    await isOne(
      account()
        .chats()
        .find(({ peer }) => account().person(peer ?? 'me').pushName === 'Quentin Quist')?.key ?? '',
      'Quentin Quist',
    );
  });

  it('every message is stored once', async () => {
    await service.stop();
    const { oracle, deliveries } = world.simulator;
    const { stored, unexpected, ...rest } = await compareStore(
      world.dataDir,
      oracle.delivered(deliveries, linkedDevice(world)),
    );
    // The lines that say who made a group are nobody's messages.
    const notices = unexpected.filter((line) => line.endsWith(' system'));
    assertSame({
      ...rest,
      stored: stored - notices.length,
      unexpected: unexpected.filter((line) => !notices.includes(line)),
    });
  });
});
