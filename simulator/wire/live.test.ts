import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { decryptPollVote, proto } from '@whiskeysockets/baileys';
import { until } from '#kernel/testing/until.ts';
import { ME, type PersonKey, type SimChat } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { sampleMedia } from '../account/sample-media.ts';
import { createFixedWorld } from '../account/world.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../testing/baileys-client.ts';
import { sealVote } from './messages/poll-votes.ts';

const { Status } = proto.WebMessageInfo;

describe('live messages with a real Baileys', () => {
  let simulator: Simulator;
  let client: BaileysClient;
  let byNumber: SimChat;
  let byLid: SimChat;
  let group: SimChat;
  let member: PersonKey;

  const chatWhere = (test: (chat: SimChat) => boolean): SimChat => {
    const chat = simulator.account.chats().find(test);
    assert.ok(chat, 'the preset has such a chat');
    return chat;
  };

  before(async () => {
    const shape = shapeOf('tiny');
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    client = await linkByQr(simulator);
    const { pushed } = simulator.oracle.counts();
    await until(() => client.messages().length >= pushed, 'pushed history');
    byNumber = chatWhere((chat) => chat.peer !== null && chat.jid.endsWith('@s.whatsapp.net'));
    byLid = chatWhere((chat) => chat.peer !== null && chat.jid.endsWith('@lid'));
    group = chatWhere((chat) => chat.kind === 'group' && !chat.readOnly && !chat.group?.announce);
    member = group.group?.members.find(({ person }) => person !== ME)?.person ?? '';
  });
  afterEach(() => simulator.faults.reset());
  after(async () => {
    await client.end();
    await simulator.close();
  });

  const text = (words: string) => ({ type: 'text', text: words }) as const;
  const arrival = (id: string, at = client) =>
    until(() => at.messages().find(({ key }) => key.id === id), 'live message');
  const says = (chat: SimChat, words: string, quoteId?: string) =>
    simulator.account.receive({
      chat: chat.key,
      content: text(words),
      ...(chat.group ? { sender: member } : {}),
      ...(quoteId === undefined ? {} : { quoteId }),
    });

  /** Baileys folds an update that comes early into the message itself. */
  const statuses = (id: string) => [
    ...client.messages().flatMap(({ key, status }) => (key.id === id ? [status] : [])),
    ...client
      .events('messages.update')
      .flat()
      .flatMap(({ key, update }) => (key.id === id ? [update.status] : [])),
  ];

  const readersOf = (id: string) => {
    const receipts = [
      ...client.messages().flatMap(({ key, userReceipt }) => (key.id === id ? (userReceipt ?? []) : [])),
      ...client
        .events('message-receipt.update')
        .flat()
        .flatMap(({ key, receipt }) => (key.id === id ? [receipt].flat() : [])),
    ];
    return new Set(receipts.flatMap(({ userJid, readTimestamp }) => (readTimestamp ? [userJid] : [])));
  };

  it('brings texts by number, by LID and in a group, again and again', async () => {
    for (const chat of [byNumber, byLid, group]) {
      for (const words of ['first', 'second', 'third']) {
        const message = await arrival(says(chat, words).id);
        assert.equal(message.message?.conversation, words);
        assert.equal(message.key.remoteJid, chat.jid);
        assert.equal(message.key.fromMe, false);
        assert.ok(message.key.remoteJidAlt || message.key.participantAlt || chat === byNumber);
      }
    }
  });

  it('brings replies, media and reactions', async () => {
    const first = says(byLid, 'a question');
    const reply = await arrival(says(byLid, 'an answer', first.id).id);
    assert.equal(reply.message?.extendedTextMessage?.contextInfo?.stanzaId, first.id);
    const picture = simulator.account.receive({
      chat: group.key,
      sender: member,
      content: sampleMedia({ kind: 'image' }),
    });
    assert.ok((await arrival(picture.id)).message?.imageMessage?.directPath);
    simulator.account.react({
      chat: byLid.key,
      id: first.id,
      by: byLid.peer ?? '',
      emoji: '👍',
      origin: { from: 'peer' },
    });
    const reaction = await until(
      () =>
        client
          .events('messages.reaction')
          .flat()
          .find(({ key }) => key.id === first.id),
      'reaction',
    );
    assert.equal(reaction.reaction.text, '👍');
  });

  it('brings edits and revokes', async () => {
    for (const chat of [byNumber, group]) {
      const { id } = says(chat, 'a tpyo');
      await arrival(id);
      const updates = () =>
        client
          .events('messages.update')
          .flat()
          .filter(({ key }) => key.id === id);
      simulator.account.edit({ chat: chat.key, id, text: 'a typo', origin: { from: 'peer' } });
      const edit = await until(() => updates().find(({ update }) => update.message), 'edit');
      assert.equal(edit.update.message?.editedMessage?.message?.conversation, 'a typo');
      simulator.account.revoke({ chat: chat.key, id, origin: { from: 'peer' } });
      await until(() => updates().find(({ update }) => update.message === null), 'revoke');
    }
  });

  it('brings what the owner writes on the phone, in every kind of chat', async () => {
    for (const chat of [byNumber, byLid, group]) {
      const { id } = simulator.account.sendFromPhone({ chat: chat.key, content: text('from my phone') });
      const message = await arrival(id);
      assert.equal(message.key.fromMe, true);
      assert.equal(message.key.remoteJid, chat.jid);
      assert.equal(message.message?.conversation, 'from my phone');
    }
  });

  it('takes texts to a number, a LID and a group, once for every recipient, and brings the receipts', async () => {
    for (const chat of [byNumber, byLid, group]) {
      const sent = await client.socket.sendMessage(chat.jid, { text: `to ${chat.key}` });
      const id = sent?.key.id ?? '';
      if (chat.group) {
        const others = chat.group.members.length - 1;
        await until(() => readersOf(id).size === others, 'read receipts of every member');
      } else {
        await until(() => statuses(id).includes(Status.READ), 'read receipt');
      }
      assert.equal(simulator.account.messageById(chat.key, id)?.status, 'read');
      const got = simulator.wire.mailbox.byId(id);
      const people = chat.group?.members.length ?? 2;
      assert.equal(got.length, people);
      assert.equal(new Set(got.map(({ recipientJid }) => recipientJid)).size, people);
      assert.ok(got.every((copy) => copy.text === `to ${chat.key}`));
    }
  });

  it('takes edits, revokes, reactions and read receipts of the device into the account', async () => {
    const theirs = says(byLid, 'please react');
    await arrival(theirs.id);
    const sent = await client.socket.sendMessage(byLid.jid, { text: 'befroe' });
    assert.ok(sent);
    // Copies: the library gives a key that it is handed another id later.
    const key = { ...sent.key };
    const state = () => simulator.account.messageById(byLid.key, key.id ?? '');
    await client.socket.sendMessage(byLid.jid, { text: 'before', edit: { ...key } });
    await client.socket.sendMessage(byLid.jid, {
      react: { text: '🎉', key: { ...theirs, remoteJid: byLid.jid } },
    });
    await until(() => state()?.revisions.at(-1)?.text === 'before', 'edit in the account').catch(assert.fail);
    await client.socket.sendMessage(byLid.jid, { delete: { ...key } });
    await client.socket.readMessages([{ remoteJid: byLid.jid, id: theirs.id, fromMe: false }]);
    await until(() => state()?.revoked, 'deletion');
    await until(
      () =>
        simulator.account.messageById(byLid.key, theirs.id)?.reactions.some(({ emoji }) => emoji === '🎉'),
      'reaction',
    );
    await until(() => simulator.wire.readReceipts.some(({ ids }) => ids.includes(theirs.id)), 'receipt');
  });

  it('shows what the owner reads on the phone', async () => {
    for (const chat of [byNumber, byLid]) {
      const { id } = says(chat, 'read elsewhere');
      await arrival(id);
      simulator.account.markRead({ chat: chat.key, read: true, origin: { from: 'phone' } });
      await until(() => statuses(id).includes(Status.READ), 'read by another device');
    }
  });

  it('brings polls and takes them', async () => {
    const question = { type: 'poll', question: 'Tea?', options: ['yes', 'no'], selectable: 1 } as const;
    const { id } = simulator.account.receive({ chat: group.key, sender: member, content: question });
    assert.equal((await arrival(id)).message?.pollCreationMessageV3?.name, 'Tea?');
    const sent = await client.socket.sendMessage(group.jid, {
      poll: { name: 'Coffee?', values: ['yes', 'no'], selectableCount: 1 },
    });
    const pollId = sent?.key.id ?? '';
    await until(() => readersOf(pollId).size > 0, 'receipt of the poll');
    const kinds = simulator.wire.mailbox.byId(pollId).map(({ kind }) => kind);
    assert.deepEqual([...new Set(kinds)], ['pollCreationMessageV3']);
  });

  it('brings votes on polls, sealed as the client expects them, and takes its own', async () => {
    const { account } = simulator;
    const sent = await client.socket.sendMessage(byLid.jid, {
      poll: { name: 'Coffee?', values: ['yes', 'no'], selectableCount: 1 },
    });
    const pollId = sent?.key.id ?? '';
    const pollEncKey = sent?.message?.messageContextInfo?.messageSecret;
    const [own, peer] = [account.person(ME).lid ?? '', byLid.jid];
    assert.ok(pollEncKey);
    await until(() => statuses(pollId).includes(Status.READ), 'receipt of the poll');
    const origin = { from: 'peer' } as const;
    const vote = { chat: byLid.key, id: pollId, by: byLid.peer ?? '', options: ['no'], origin };
    assert.equal(account.vote({ ...vote, options: ['maybe'] }), null);
    account.vote(vote);
    const update = await until(
      () => client.messages().find(({ message }) => message?.pollUpdateMessage)?.message?.pollUpdateMessage,
      'vote',
    );
    assert.equal(update.pollCreationMessageKey?.id, pollId);
    const context = { pollEncKey, pollMsgId: pollId, pollCreatorJid: own, voterJid: peer };
    const { selectedOptions } = decryptPollVote(update.vote ?? {}, context);
    const no = createHash('sha256').update('no').digest('hex');
    assert.deepEqual(
      selectedOptions?.map((hash) => Buffer.from(hash).toString('hex')),
      [no],
    );
    const mine = sealVote(['yes'], { pollId, pollSecret: pollEncKey, creatorJid: own, voterJid: own });
    const pollUpdateMessage = { pollCreationMessageKey: sent?.key ?? null, vote: mine };
    const id = await client.socket.relayMessage(byLid.jid, { pollUpdateMessage }, {});
    const votes = () => account.messageById(byLid.key, pollId)?.votes ?? [];
    await until(() => votes().length >= 2, 'second vote');
    assert.deepEqual(
      votes().map(({ person, options }) => [person, options[0]]),
      [
        [byLid.peer, 'no'],
        [ME, 'yes'],
      ],
    );
    assert.equal(simulator.wire.mailbox.byId(id ?? '').length, 2);
  });

  it('carries the messages of one device to the other', async () => {
    const sibling = await linkByQr(simulator);
    await until(() => sibling.messages().length >= simulator.oracle.counts().pushed, 'history').catch(
      () => null,
    );
    for (const chat of [byNumber, byLid, group]) {
      const sent = await client.socket.sendMessage(
        chat.jid,
        { text: 'for both' },
        { useCachedGroupMetadata: false },
      );
      const copy = await arrival(sent?.key.id ?? '', sibling);
      assert.equal(copy.key.fromMe, true);
      assert.equal(copy.key.remoteJid, chat.jid);
      assert.equal(copy.message?.conversation ?? copy.message?.extendedTextMessage?.text, 'for both');
    }
    await sibling.end();
  });

  it('sends again what the device could not decrypt', async () => {
    for (const chat of [byNumber, group]) {
      simulator.faults.corruptNextMessage();
      const { id } = says(chat, 'damaged on the way');
      const message = await until(
        () => client.messages().find(({ key, message }) => key.id === id && message?.conversation),
        'the message after a retry',
      );
      assert.equal(message.message?.conversation, 'damaged on the way');
    }
  });

  it('asks the device for more one-time keys before they run out', async () => {
    const [device] = simulator.wire.devices.companions();
    assert.ok(device);
    while (device.preKeyCount() > 4) device.takePreKey();
    await until(() => device.preKeyCount() >= 5, 'new keys');
  });

  it('refuses messages to the number of somebody with a LID, when told to', async () => {
    simulator.faults.refusePhoneNumbers(true);
    const chat = chatWhere(({ peer, jid }) => {
      const person = peer === null ? null : simulator.account.person(peer);
      return person?.lid != null && person.pn != null && jid === person.lid;
    });
    const number = simulator.account.person(chat.peer ?? '').pn ?? '';
    const sent = await client.socket.sendMessage(number, { text: 'to the number' });
    await until(() => statuses(sent?.key.id ?? '').includes(Status.ERROR), 'refusal');
    assert.deepEqual(simulator.wire.mailbox.byId(sent?.key.id ?? ''), []);
  });
});
