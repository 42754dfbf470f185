import assert from 'node:assert/strict';
import { observationSchema } from '#engines/contract/observation.ts';
import { ME, type SimChat } from '#simulator/account/model.ts';
import { type Bench, createBench } from './testing/bench.ts';
import { canonicalOf, differences, fold } from './testing/fold.ts';

const PEER = { from: 'peer' } as const;
const PHONE = { from: 'phone' } as const;

describe('baileys: live', () => {
  let bench: Bench;
  let byNumber: SimChat;
  let byHidden: SimChat;
  let group: SimChat;
  const me = () => bench.engine.status().account?.lid ?? '';
  const text = (words: string) => ({ type: 'text', text: words }) as const;

  before(async () => {
    bench = await createBench();
    await bench.synced();
    const chats = bench.simulator.account.chats();
    const find = (what: string, fits: (chat: SimChat) => boolean): SimChat => {
      const chat = chats.find(fits);
      if (chat === undefined) throw new Error(`no ${what}`);
      return chat;
    };
    byNumber = find(
      'chat by number',
      (chat) => chat.kind === 'direct' && chat.jid.endsWith('@s.whatsapp.net'),
    );
    byHidden = find('chat by hidden id', (chat) => chat.kind === 'direct' && chat.jid.endsWith('@lid'));
    group = find('group', (chat) => chat.kind === 'group' && chat.group?.addressing === 'lid');
  });
  after(() => bench.close());

  const message = (id: string) =>
    bench.until(() => bench.of('message').find((one) => one.id === id), `message ${id}`);
  const other = (chat: SimChat) => chat.group?.members.find(({ person }) => person !== ME)?.person ?? '';

  it('hears messages by number, by hidden id and in groups', async () => {
    const { account } = bench.simulator;
    const one = account.receive({ chat: byNumber.key, content: text('by number') });
    const two = account.receive({ chat: byHidden.key, content: text('by hidden id') });
    const three = account.receive({ chat: group.key, content: text('in a group'), sender: other(group) });
    for (const [sent, chat] of [
      [one, byNumber],
      [two, byHidden],
      [three, group],
    ] as const) {
      const heard = await message(sent.id);
      assert.equal(heard.chat, chat.jid);
      assert.equal(heard.via, 'live');
      assert.equal(heard.fromMe, false);
      assert.equal(heard.text, sent.content.type === 'text' ? sent.content.text : '');
    }
  });

  it('hears each once, although the library tells it twice', async () => {
    const sent = bench.simulator.account.receive({ chat: byNumber.key, content: text('once') });
    await message(sent.id);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(bench.of('message').filter((one) => one.id === sent.id).length, 1);
  });

  it('hears what the phone itself sends, in the right chat', async () => {
    for (const chat of [byNumber, byHidden, group]) {
      const sent = bench.simulator.account.sendFromPhone({ chat: chat.key, content: text('from the phone') });
      const heard = await message(sent.id);
      assert.equal(canonicalOf(bench.observations())(heard.chat), chat.canonicalJid);
      assert.deepEqual([heard.fromMe, heard.sender], [true, null]);
    }
  });

  it('hears edits, revokes and reactions of own and other messages', async () => {
    const { account } = bench.simulator;
    for (const chat of [byNumber, byHidden, group]) {
      const who = chat.group ? other(chat) : (chat.peer ?? '');
      const mine = account.sendFromPhone({ chat: chat.key, content: text('mine') });
      const theirs = account.receive({ chat: chat.key, content: text('theirs'), sender: who });
      const gone = account.receive({ chat: chat.key, content: text('gone'), sender: who });
      account.edit({ chat: chat.key, id: mine.id, text: 'mine, edited', origin: PHONE });
      account.edit({ chat: chat.key, id: theirs.id, text: 'theirs, edited', origin: PEER });
      account.revoke({ chat: chat.key, id: gone.id, by: who, origin: PEER });
      account.react({ chat: chat.key, id: mine.id, by: who, emoji: '👍', origin: PEER });
      account.react({ chat: chat.key, id: theirs.id, by: ME, emoji: '🎉', origin: PHONE });
      account.react({ chat: chat.key, id: theirs.id, by: who, emoji: '🤔', origin: PEER });
      account.react({ chat: chat.key, id: theirs.id, by: who, emoji: '', origin: PEER });
    }
    const pushed = [...bench.simulator.oracle.messages()].filter((one) => one.pushed);
    await bench
      .until(() => differences(fold(bench.observations()), pushed, me()).length === 0, 'the account as it is')
      .catch(() => undefined);
    assert.deepEqual(differences(fold(bench.observations()), pushed, me()), []);
    for (const { kind, ...one } of [...bench.of('edit'), ...bench.of('revoke'), ...bench.of('reaction')]) {
      const about = bench.of('message').find(({ id, chat }) => id === one.id && chat === one.chat);
      assert.equal(one.fromMe, about?.fromMe, kind);
      assert.equal(one.sender, about?.sender, kind);
    }
  });

  it('hears receipts for own messages', async () => {
    const { account } = bench.simulator;
    const sent = account.sendFromPhone({ chat: byHidden.key, content: text('read me') });
    await message(sent.id);
    account.receipt({ chat: byHidden.key, ids: [sent.id], person: byHidden.peer ?? '', kind: 'read' });
    const receipt = await bench.until(
      () => bench.of('receipt').find((one) => one.ids.includes(sent.id) && one.status === 'read'),
      'receipt',
    );
    assert.equal(receipt.recipient, byHidden.jid);
    const inGroup = account.sendFromPhone({ chat: group.key, content: text('read me all') });
    await message(inGroup.id);
    account.receipt({ chat: group.key, ids: [inGroup.id], person: other(group), kind: 'delivered' });
    await bench.until(() => bench.of('receipt').find((one) => one.ids.includes(inGroup.id)), 'receipt');
  });

  it('hears what other devices do to chats', async () => {
    const { account } = bench.simulator;
    const last = () => Object.assign({}, ...bench.of('chat').filter((one) => one.chat === byHidden.jid));
    account.changeSettings({ chat: byHidden.key, change: { archived: true }, origin: PHONE });
    await bench.until(() => last().archived === true, 'archived');
    account.changeSettings({
      chat: byHidden.key,
      change: { archived: false, mutedUntil: -1 },
      origin: PHONE,
    });
    await bench.until(() => last().mutedUntil === 0, 'muted for ever');
    account.changeSettings({
      chat: byHidden.key,
      change: { mutedUntil: null, pinnedAt: 1_795_176_100 },
      origin: PHONE,
    });
    await bench.until(
      () => last().pinnedAt === 1_795_176_100 && last().mutedUntil === null,
      'pinned, not muted',
    );
    account.markRead({ chat: byHidden.key, read: false, origin: PHONE });
    await bench.until(() => last().markedUnread === true, 'marked unread');
    account.markRead({ chat: byHidden.key, read: true, origin: PHONE });
    await bench.until(() => last().markedUnread === false && last().unread === 0, 'read');
  });

  it('hears changes of groups and people', async () => {
    const { account } = bench.simulator;
    const admin = group.group?.members.find(({ role, person }) => role !== 'member' && person !== ME);
    const by = admin?.person ?? other(group);
    account.changeGroup({ chat: group.key, by, change: { kind: 'subject', subject: 'A new name' } });
    await bench.until(
      () => bench.of('group').findLast((one) => one.group.jid === group.jid)?.group.subject === 'A new name',
      'subject',
    );
    const gone = group.group?.members.findLast(({ person }) => person !== ME && person !== by)?.person ?? '';
    account.changeGroup({ chat: group.key, by, change: { kind: 'remove', members: [gone] } });
    await bench.until(
      () => bench.of('members').some((one) => one.action === 'remove' && one.group === group.jid),
      'removal',
    );
    const made = account.createGroup({ subject: 'Brand new', members: [by], addressing: 'lid', by });
    await bench.until(() => bench.of('group').some((one) => one.group.jid === made.jid), 'new group');
    account.changePerson({ person: byHidden.peer ?? '', change: { bookName: 'Renamed' }, origin: PHONE });
    await bench.until(() => bench.of('contact').some((one) => one.name === 'Renamed'), 'new name');
    account.setBlocked({ person: byHidden.peer ?? '', blocked: true, origin: PHONE });
    await bench.until(() => bench.of('contact').some((one) => one.blocked === true), 'blocked');
  });

  it('asks again for what it cannot read', async () => {
    const { account, faults } = bench.simulator;
    faults.corruptNextMessage();
    const sent = account.receive({ chat: byNumber.key, content: text('damaged') });
    const heard = () => bench.of('message').filter((one) => one.id === sent.id);
    // The text is told when it is decrypted, the placeholder by an event: either may be first.
    await bench.until(() => heard().some((one) => one.text === 'damaged'), 'text');
    await bench.until(() => heard().some((one) => one.type === 'undecryptable'), 'placeholder');
    assert.deepEqual(
      heard()
        .map(({ type }) => type)
        .toSorted(),
      ['text', 'undecryptable'],
    );
  });

  it('tells of a change that it could not read at first that there is no message', async () => {
    const { account, faults } = bench.simulator;
    for (const chat of [byNumber, group]) {
      const sender = chat.group ? other(chat) : (chat.peer ?? '');
      const about = account.receive({ chat: chat.key, content: text('changed in the dark'), sender });
      await message(about.id);
      const acts: readonly (() => unknown)[] = [
        () => account.edit({ chat: chat.key, id: about.id, text: 'edited in the dark', origin: PEER }),
        () => account.react({ chat: chat.key, id: about.id, by: ME, emoji: '🎉', origin: PHONE }),
        () => account.revoke({ chat: chat.key, id: about.id, by: sender, origin: PEER }),
      ];
      for (const act of acts) {
        const before = bench.of('message').length;
        faults.corruptNextMessage();
        act();
        const placeholder = await bench.until(
          () =>
            bench
              .of('message')
              .slice(before)
              .find((one) => one.type === 'undecryptable'),
          'placeholder',
        );
        const settled = await bench.until(
          () => bench.of('no-message').find((one) => one.id === placeholder.id),
          'that it was no message',
        );
        const { chat: where, fromMe, sender: who } = placeholder;
        assert.deepEqual([settled.chat, settled.fromMe, settled.sender], [where, fromMe, who]);
        assert.ok(![...fold(bench.observations()).values()].some((one) => one.id === placeholder.id));
      }
    }
  });

  it('gets what came while it was away', async () => {
    const { account, faults } = bench.simulator;
    faults.refuseConnections(503);
    faults.drop();
    await bench.level('recovering');
    const direct = account.receive({ chat: byNumber.key, content: text('while away') });
    const inGroup = account.receive({
      chat: group.key,
      content: text('while away too'),
      sender: other(group),
    });
    account.edit({ chat: byNumber.key, id: direct.id, text: 'edited while away', origin: PEER });
    faults.refuseConnections(null);
    await bench.level('ready');
    assert.equal((await message(direct.id)).via, 'offline');
    await message(inGroup.id);
    await bench.until(() => bench.of('edit').some((one) => one.id === direct.id), 'edit');
  });

  it('says only what the contract allows', () => {
    for (const one of bench.observations()) {
      const parsed = observationSchema.safeParse(one);
      assert.ok(parsed.success, JSON.stringify(parsed.error?.issues));
    }
  });
});
