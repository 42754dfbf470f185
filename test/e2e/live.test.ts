import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#kernel/testing/until.ts';
import { getMessageById } from '#mcp/tools/get_message_by_id.ts';
import { markChatRead } from '#mcp/tools/mark_chat_read.ts';
import type { MessageOrigin } from '#simulator/account/model.ts';
import type { OracleChat } from '#simulator/account/oracle.ts';
import { sampleMedia } from '#simulator/account/sample-media.ts';
import { agrees } from '../rig/agreement.ts';
import { type Assistant, connectAssistant } from '../rig/assistant.ts';
import { assertSame, compareStore } from '../rig/compare.ts';
import { engineOf, startLinked } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { createWorld, linkedDevice, type World } from '../rig/world.ts';

const PEER: MessageOrigin = { from: 'peer' };
const PHONE: MessageOrigin = { from: 'phone' };

describe('what happens while it is linked R:stored-once', () => {
  let world: World;
  let service: Service;
  let assistant: Assistant;
  let chats: readonly OracleChat[];

  before(async () => {
    world = await createWorld('tiny');
    service = await startLinked(world);
    assistant = await connectAssistant(service);
    chats = [...world.simulator.oracle.chats()];
  });
  after(async () => {
    await assistant.close();
    await world.close();
  });

  const account = () => world.simulator.account;
  const text = (words: string) => ({ type: 'text', text: words }) as const;
  /** Chats that the wire addresses by number, by hidden id, and a group of each kind. */
  const byNumber = () => keyOf(({ chatKey }) => account().chat(chatKey).jid.endsWith('@s.whatsapp.net'));
  const byLid = () => keyOf(({ chatKey }) => account().chat(chatKey).jid.endsWith('@lid'));
  const groups = () =>
    chats.filter(({ kind }) => kind === 'group' || kind === 'linked-group').map(({ chatKey }) => chatKey);
  const keyOf = (fits: (chat: OracleChat) => boolean) => (chats.find(fits) as OracleChat).chatKey;
  const memberOf = (group: string) =>
    account()
      .chat(group)
      .group?.members.find(({ person }) => person !== 'me')?.person ?? '';
  const same = (...keys: readonly string[]) =>
    keys.reduce((before, key) => before.then(() => agrees(world, assistant, key)), Promise.resolve());

  /** Times are told by the second: of two changes within one nobody can say which was the later one. */
  const nextSecond = () => sleep(1_100);

  const startAgain = async (env: Readonly<Record<string, string>> = {}) => {
    await assistant.close();
    service = await world.start(env);
    await until(async () => (await engineOf(service)).level === 'ready', 'a ready engine');
    assistant = await connectAssistant(service);
  };

  it('texts, by number, by hidden id and in groups', async () => {
    for (const chat of [byNumber(), byLid()]) account().receive({ chat, content: text(`hello ${chat}`) });
    for (const chat of groups()) account().receive({ chat, sender: memberOf(chat), content: text('hi all') });
    await same(byNumber(), byLid(), ...groups());
  });

  it('own messages from the phone, and how far they got', async () => {
    for (const chat of [byNumber(), byLid(), ...groups()]) {
      const { id } = account().sendFromPhone({ chat, content: text('from my phone') });
      const { peer } = account().chat(chat);
      const people =
        peer === null ? (account().chat(chat).group?.members ?? []).map(({ person }) => person) : [peer];
      for (const person of people.filter((one) => one !== 'me')) {
        account().receipt({ chat, ids: [id], person, kind: 'delivered' });
        account().receipt({ chat, ids: [id], person, kind: 'read' });
      }
    }
    await same(byNumber(), byLid(), ...groups());
  });

  it('replies and mentions', async () => {
    const [group = ''] = groups();
    const sender = memberOf(group);
    const first = account().sendFromPhone({ chat: group, content: text('a question') });
    account().receive({
      chat: group,
      sender,
      content: text('an answer'),
      quoteId: first.id,
      mentions: ['me'],
    });
    const other = account().receive({ chat: byLid(), content: text('another question') });
    account().sendFromPhone({ chat: byLid(), content: text('yes'), quoteId: other.id });
    await same(group, byLid());
  });

  it('edits, with the earlier words kept', async () => {
    const chat = byLid();
    const { id } = account().receive({ chat, content: text('first words') });
    account().edit({ chat, id, text: 'second words', origin: PEER });
    await nextSecond();
    account().edit({ chat, id, text: 'last words', origin: PEER });
    const own = account().sendFromPhone({ chat: byNumber(), content: text('mine') });
    account().edit({ chat: byNumber(), id: own.id, text: 'mine, better', origin: PHONE });
    await same(chat, byNumber());
    const { revisions } = await assistant.call(getMessageById, { message_id: id });
    assert.deepEqual(
      revisions?.map((one) => one.text),
      ['first words', 'second words'],
    );
  });

  it('taking back, by the author, by the owner and by an admin', async () => {
    const [group = ''] = groups();
    const theirs = account().receive({ chat: byNumber(), content: text('oops') });
    account().revoke({ chat: byNumber(), id: theirs.id, origin: PEER });
    const mine = account().sendFromPhone({ chat: byLid(), content: text('oops too') });
    account().revoke({ chat: byLid(), id: mine.id, by: 'me', origin: PHONE });
    const admin = account()
      .chat(group)
      .group?.members.find(({ role, person }) => role !== 'member' && person !== 'me');
    const member = account()
      .chat(group)
      .group?.members.find(({ person }) => person !== 'me' && person !== admin?.person);
    const rude = account().receive({ chat: group, sender: member?.person ?? '', content: text('rude') });
    account().revoke({ chat: group, id: rude.id, by: admin?.person ?? '', origin: PEER });
    await same(byNumber(), byLid(), group);
  });

  it('reactions: given, changed, taken back', async () => {
    const [group = ''] = groups();
    const by = memberOf(group);
    const { id } = account().sendFromPhone({ chat: group, content: text('react to this') });
    account().react({ chat: group, id, by, emoji: '👍', origin: PEER });
    await nextSecond();
    account().react({ chat: group, id, by, emoji: '❤️', origin: PEER });
    account().react({ chat: group, id, by: 'me', emoji: '😂', origin: PHONE });
    await same(group);
    await nextSecond();
    account().react({ chat: group, id, by, emoji: '', origin: PEER });
    await same(group);
    const peer = account().chat(byLid()).peer ?? '';
    const theirs = account().receive({ chat: byLid(), content: text('and to this') });
    account().react({ chat: byLid(), id: theirs.id, by: 'me', emoji: '🎉', origin: PHONE });
    account().react({ chat: byLid(), id: theirs.id, by: peer, emoji: '🙏', origin: PEER });
    await same(byLid());
  });

  it('pictures, recordings, documents, places, contacts and polls', async () => {
    const chat = byLid();
    for (const kind of ['image', 'video', 'audio', 'voice', 'document', 'sticker'] as const) {
      const caption = kind === 'image' || kind === 'video' ? `a ${kind}` : undefined;
      const { id } = account().receive({ chat, content: sampleMedia({ kind, caption }) });
      await same(chat);
      const { message } = await assistant.call(getMessageById, { message_id: id });
      assert.equal(message.type, kind);
      assert.ok((message.media?.bytes ?? 0) > 0);
    }
    account().receive({
      chat,
      content: { type: 'location', latitude: 48.1, longitude: 11.6, name: 'Park', address: null },
    });
    account().receive({ chat, content: { type: 'contact', name: 'Someone', phone: '+15550001111' } });
    const poll = { type: 'poll', question: 'When?', options: ['today', 'never'], selectable: 1 } as const;
    const { id } = account().receive({ chat, content: poll });
    await same(chat);
    const { message } = await assistant.call(getMessageById, { message_id: id });
    assert.deepEqual(message.poll, { question: 'When?', options: ['today', 'never'], max_selections: 1 });
  });

  it('a message that could not be read is asked for again', async () => {
    const [group = ''] = groups();
    assert.equal(world.simulator.faults.corruptNextMessage(), 1);
    account().receive({ chat: byNumber(), content: text('damaged on the way') });
    await same(byNumber());
    assert.equal(world.simulator.faults.corruptNextMessage(), 1);
    account().receive({ chat: group, sender: memberOf(group), content: text('damaged in the group') });
    await same(group);
  });

  it('archived, pinned, muted, read and unread on the phone', async () => {
    const chat = byNumber();
    for (const change of [
      { archived: true },
      { archived: false },
      { pinnedAt: account().world.nowSeconds() },
      { mutedUntil: -1 },
      { pinnedAt: null, mutedUntil: null },
    ]) {
      account().changeSettings({ chat, change, origin: PHONE });
      await same(chat);
    }
    account().receive({ chat, content: text('read me') });
    await same(chat);
    account().markRead({ chat, read: true, origin: PHONE });
    await same(chat);
    account().markRead({ chat, read: false, origin: PHONE });
    await same(chat);
  });

  it('marking as read tells the senders and the own devices', async () => {
    const [group = ''] = groups();
    for (const chat of [byLid(), group]) {
      const sender = account().chat(chat).peer ?? memberOf(chat);
      const { id } = account().receive({ chat, sender, content: text('blue ticks, please') });
      await same(chat);
      const { unreadCount } = account().chat(chat);
      const marked = await assistant.call(markChatRead, { chat: account().chat(chat).jid });
      assert.equal(marked.marked_count, unreadCount);
      await until(
        () => world.simulator.wire.readReceipts.some(({ ids }) => ids.includes(id)),
        'a read receipt',
      );
      assert.equal(account().chat(chat).unreadCount, 0);
      await same(chat);
    }
  });

  it('what came while the service was down', async () => {
    const [group = ''] = groups();
    const chat = byNumber();
    await service.stop();
    await nextSecond();
    for (let n = 0; n < 20; n++) account().receive({ chat, content: text(`while away ${n}`) });
    const kept = account().receive({
      chat: group,
      sender: memberOf(group),
      content: text('group while away'),
    });
    account().react({ chat: group, id: kept.id, by: memberOf(group), emoji: '👀', origin: PEER });
    const gone = account().receive({ chat: byLid(), content: text('never mind') });
    account().revoke({ chat: byLid(), id: gone.id, origin: PEER });
    account().sendFromPhone({ chat, content: text('answered on the phone') });
    account().changeSettings({ chat: byLid(), change: { archived: true }, origin: PHONE });
    await startAgain({ TANDEM_SEND_READ_RECEIPTS: 'off' });
    await same(chat, group, byLid());
  });

  it('with read receipts off only the own devices learn of reading', async () => {
    const chat = byNumber();
    const { id } = account().receive({ chat, content: text('no ticks') });
    await same(chat);
    const marked = await assistant.call(markChatRead, { chat: account().chat(chat).jid });
    assert.deepEqual([marked.receipts, marked.receipts_sent], ['off', 0]);
    await same(chat);
    assert.equal(account().chat(chat).unreadCount, 0);
    assert.ok(!world.simulator.wire.readReceipts.some(({ ids }) => ids.includes(id)));
  });

  it('changes and votes that could not be read when they came', async () => {
    const { faults } = world.simulator;
    // What comes in the second in which a chat was read counts as read.
    await nextSecond();
    for (const chat of [byNumber(), ...groups().slice(0, 1)]) {
      const who = account().chat(chat).peer ?? memberOf(chat);
      const ask = { type: 'poll', question: 'Now?', options: ['yes', 'no'], selectable: 1 } as const;
      const poll = account().receive({ chat, sender: who, content: ask });
      const { id } = account().receive({ chat, sender: who, content: text('in the light') });
      await same(chat);
      for (const change of [
        () => account().vote({ chat, id: poll.id, by: who, options: ['yes'], origin: PEER }),
        () => account().react({ chat, id, by: 'me', emoji: '🎉', origin: PHONE }),
        () => account().edit({ chat, id, text: 'in the dark', origin: PEER }),
        () => account().revoke({ chat, id, by: who, origin: PEER }),
      ]) {
        assert.ok(faults.corruptNextMessage() > 0, 'nobody to damage it for');
        change();
        // The placeholder and what it was come in either order.
        await nextSecond();
        await same(chat);
      }
    }
  });

  it('in the end the store equals the account', async () => {
    await service.stop();
    const { oracle, deliveries } = world.simulator;
    assertSame(await compareStore(world.dataDir, oracle.delivered(deliveries, linkedDevice(world))));
  });
});
