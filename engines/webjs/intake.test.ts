import assert from 'node:assert/strict';
import { chatDifferences, differences, fold } from '#engines/baileys/testing/fold.ts';
import { ME, type SimChat } from '#simulator/account/model.ts';
import { type Bench, createBench } from './testing/bench.ts';

const PEER = { from: 'peer' } as const;
const PHONE = { from: 'phone' } as const;
const text = (words: string) => ({ type: 'text', text: words }) as const;

/** What reading must never do: tell the sender, show the account online, make a chat, ask the server. */
const TRACES = ['send_seen', 'presence', 'find_or_create_chat', 'group_metadata_query', 'query_exists'];

const messagesTold = (bench: Bench) =>
  bench.of('message').map((one) => `${one.chat} ${one.id} ${one.fromMe} ${one.sender}`);
const heldByPage = (bench: Bench) =>
  [...bench.simulator.oracle.messages()].filter((one) => one.pushed && !one.deletedForMe);
/** The page shows one number for both, so a mark beside unread messages is invisible to it. */
const shownChats = (bench: Bench) =>
  bench.simulator.account
    .chats()
    .filter(({ unreadCount, settings }) => unreadCount === 0 || !settings.markedUnread);
const wrong = (bench: Bench) =>
  differences(fold(bench.observations()), heldByPage(bench), bench.engine.status().account?.lid ?? '');

describe('webjs/intake: the first sync', function () {
  this.timeout(60_000);
  let bench: Bench;
  before(async () => {
    bench = await createBench();
    bench.simulator.web.faults.set({ brokenChats: [bench.simulator.account.chats()[2]?.key ?? ''] });
    await bench.synced();
  });
  after(() => bench.close());

  it('tells everything that the page holds, as it is, and once', () => {
    assert.ok(heldByPage(bench).length > 50);
    assert.deepEqual(wrong(bench), []);
    const told = messagesTold(bench);
    assert.equal(new Set(told).size, told.length, 'told twice');
  });

  it('tells messages of a chat from the newest to the oldest', () => {
    const last = new Map<string, number>();
    for (const { chat, sentAt } of bench.of('message')) {
      assert.ok(sentAt <= (last.get(chat) ?? Number.POSITIVE_INFINITY));
      last.set(chat, sentAt);
    }
  });

  it('tells how chats stand, also beside one that the page cannot show', () => {
    assert.deepEqual(chatDifferences(bench.observations(), shownChats(bench)), []);
  });

  it('tells groups with members and communities, and people with both identities', () => {
    const groups = bench.simulator.account.chats().filter((chat) => chat.group !== null);
    for (const chat of groups) {
      const told = bench.of('group').findLast(({ group }) => group.jid === chat.jid)?.group;
      assert.deepEqual(
        [told?.subject, told?.members?.length, told?.isCommunity],
        [chat.group?.subject, chat.group?.members.length, chat.kind === 'community'],
      );
    }
    const pairs = new Set(bench.of('identity-link').map(({ pn, lid }) => `${pn} ${lid}`));
    for (const { pn, lid } of bench.simulator.account.people()) {
      if (pn !== null && lid !== null) assert.ok(pairs.has(`${pn} ${lid}`));
    }
  });

  it('says how far it is and that it is done', () => {
    const { sync } = bench.engine.status();
    assert.deepEqual([sync.phase, sync.percent], ['done', 100]);
    assert.equal(sync.messages, bench.of('message').length);
    assert.deepEqual(
      bench.of('history-progress').map(({ phase, complete }) => [phase, complete]),
      [
        ['bootstrap', true],
        ['full', true],
      ],
    );
    assert.deepEqual(bench.history().slice(-2), ['syncing/none', 'ready/none']);
  });

  it('leaves no trace', () => {
    const calls = bench.simulator.web.log.all().map(({ call }) => call);
    assert.deepEqual(
      calls.filter((call) => TRACES.includes(call)),
      [],
    );
    assert.ok(calls.includes('load_earlier'), 'the log hears what pages ask');
  });
});

for (const messageKeys of ['serialized', 'minified'] as const) {
  describe(`webjs/intake: live, message keys ${messageKeys}`, function () {
    this.timeout(60_000);
    let bench: Bench;
    let direct: SimChat;
    let group: SimChat;
    before(async () => {
      bench = await createBench();
      bench.simulator.web.faults.set({ messageKeys });
      await bench.synced();
      const chats = bench.simulator.account.chats();
      const find = (fits: (chat: SimChat) => boolean): SimChat =>
        chats.find(fits) ?? assert.fail('no such chat');
      direct = find((chat) => chat.kind === 'direct' && chat.jid.endsWith('@lid'));
      group = find((chat) => chat.kind === 'group' && chat.group?.addressing === 'lid');
    });
    after(() => bench.close());

    const asItIs = async () => {
      await bench.until(() => wrong(bench).length === 0, 'the account as it is').catch(() => undefined);
      assert.deepEqual(wrong(bench), []);
    };
    const author = (chat: SimChat) =>
      chat.peer ?? chat.group?.members.find(({ person }) => person !== ME)?.person ?? '';

    it('hears messages, edits, revokes and reactions of either side', async () => {
      const { account } = bench.simulator;
      for (const { key: chat } of [direct, group]) {
        const by = author(account.chat(chat));
        const mine = account.sendFromPhone({ chat, content: text('mine') });
        const theirs = account.receive({ chat, content: text('theirs'), sender: by });
        const gone = account.receive({ chat, content: text('gone'), sender: by });
        account.edit({ chat, id: mine.id, text: 'mine, edited', origin: PHONE });
        account.edit({ chat, id: theirs.id, text: 'theirs, edited', origin: PEER });
        account.revoke({ chat, id: gone.id, by, origin: PEER });
        account.react({ chat, id: mine.id, by, emoji: '👍', origin: PEER });
        account.react({ chat, id: theirs.id, by: ME, emoji: '🎉', origin: PHONE });
        account.react({ chat, id: theirs.id, by, emoji: '🤔', origin: PEER });
        account.react({ chat, id: theirs.id, by, emoji: '', origin: PEER });
      }
      await asItIs();
      for (const { kind, ...one } of [...bench.of('edit'), ...bench.of('revoke'), ...bench.of('reaction')]) {
        const about = bench.of('message').find(({ id, chat }) => id === one.id && chat === one.chat);
        assert.deepEqual([one.fromMe, one.sender], [about?.fromMe, about?.sender], kind);
      }
      // Each reaction came under an id of its own, which the other engine may know as an unreadable message.
      const reactions = bench.of('reaction').map(({ by, chat }) => `${chat} ${by}`);
      const stanzas = bench
        .of('no-message')
        .map(({ fromMe, sender, chat }) => `${chat} ${fromMe ? null : sender}`);
      assert.deepEqual(stanzas.toSorted(), reactions.toSorted());
      assert.equal(
        new Set(bench.of('no-message').map(({ chat, id }) => `${chat} ${id}`)).size,
        reactions.length,
      );
    });

    it('hears receipts', async () => {
      const { account } = bench.simulator;
      const { id } = account.sendFromPhone({ chat: direct.key, content: text('read me') });
      account.receipt({ chat: direct.key, ids: [id], person: direct.peer ?? '', kind: 'read' });
      const read = await bench.until(
        () => bench.of('receipt').find((one) => one.ids.includes(id) && one.status === 'read'),
        'the receipt',
      );
      assert.equal(read.recipient, read.chat);
    });

    it('says that a message cannot be read, and then what it says', async () => {
      bench.simulator.web.faults.set({ unreadable: ['retried'] });
      const { id } = bench.simulator.account.receive({ chat: direct.key, content: text('at last') });
      const copies = await bench.until(() => {
        const found = bench.of('message').filter((one) => one.id === id);
        return found.length === 2 && found;
      }, 'both');
      assert.deepEqual(
        copies.map(({ type, text: words }) => [type, words]),
        [
          ['undecryptable', undefined],
          ['text', 'at last'],
        ],
      );
    });

    it('loses nothing of a burst and doubles nothing', async () => {
      const { account } = bench.simulator;
      const ids = Array.from({ length: 200 }, (_, n) => {
        const chat = n % 3 === 0 ? group : direct;
        return account.receive({ chat: chat.key, content: text(`burst ${n}`), sender: author(chat) }).id;
      });
      await bench.until(
        () => bench.of('message').some((one) => one.id === ids.at(-1)),
        'the last of the burst',
      );
      await asItIs();
      const told = bench.of('message').map((one) => one.id);
      assert.deepEqual(
        told.filter((id) => ids.includes(id)),
        ids,
        'each once, in order',
      );
    });

    it('hears how chats stand, and leaves no trace of any of this', async () => {
      const { account } = bench.simulator;
      account.changeSettings({ chat: direct.key, change: { archived: true, mutedUntil: -1 }, origin: PHONE });
      account.markRead({ chat: direct.key, read: true, origin: PHONE });
      const stands = () => chatDifferences(bench.observations(), shownChats(bench));
      await bench.until(() => stands().length === 0, 'chats as they are').catch(() => undefined);
      assert.deepEqual(stands(), []);
      const read = bench.of('chat').findLast((one) => one.unread === 0 && one.readAt !== undefined);
      assert.equal(read?.chat, direct.jid);
      const calls = bench.simulator.web.log.all().map(({ call }) => call);
      assert.deepEqual(
        calls.filter((call) => TRACES.includes(call)),
        [],
      );
    });
  });
}

describe('webjs/intake: disturbed', function () {
  this.timeout(60_000);
  let bench: Bench;
  before(async () => {
    bench = await createBench({ shape: { directChats: 60 } });
  });
  after(() => bench.close());

  it('goes on with the first sync where a load of the page cut it short', async () => {
    bench.simulator.web.faults.set({ answerDelayMs: 5 });
    await bench.linkByQr();
    await bench.until(() => bench.of('message').length > 100, 'a part of the history');
    assert.equal(bench.engine.status().level, 'syncing');
    assert.equal(bench.simulator.web.faults.reload(), 1);
    await bench.until(() => bench.engine.status().level !== 'syncing', 'the load');
    await bench.level('ready');
    assert.ok(bench.history().filter((one) => one === 'syncing/none').length === 2, bench.history().join());
    assert.deepEqual(wrong(bench), []);
  });

  it('keeps a chat together that moves to the hidden id of the person', async () => {
    const { account, web } = bench.simulator;
    web.faults.set({ answerDelayMs: 0 });
    const fits = ({ jid, peer }: SimChat) =>
      jid.endsWith('@s.whatsapp.net') && peer !== null && account.person(peer).lid !== null;
    const chat = account.chats().find(fits) ?? assert.fail('no chat by number');
    const before = account.receive({ chat: chat.key, content: text('by number') });
    await bench.until(() => bench.of('message').some((one) => one.id === before.id), 'the first');
    assert.ok(account.migrateToLid(chat.key));
    const after = account.receive({ chat: chat.key, content: text('by hidden id') });
    const seen = await bench.until(
      () => bench.of('message').find((one) => one.id === after.id),
      'the second',
    );
    assert.deepEqual([seen.chat, seen.chatAlt], [chat.canonicalJid, chat.jid]);
    assert.deepEqual(wrong(bench), []);
  });
});

describe('webjs/intake: after an absence', function () {
  this.timeout(60_000);
  let bench: Bench;
  before(async () => {
    bench = await createBench();
    await bench.synced();
  });
  after(() => bench.close());

  it('tells what came and what changed meanwhile, and nothing else', async () => {
    const { account } = bench.simulator;
    const chat = account.chats().find((one) => one.kind === 'direct' && one.peer !== null) ?? assert.fail();
    const kept = account.receive({ chat: chat.key, content: text('before') });
    const other = account.receive({ chat: chat.key, content: text('stays') });
    await bench.until(() => bench.of('message').some((one) => one.id === other.id), 'both messages');
    const before = bench.observations().length;
    await bench.engine.close();
    account.edit({ chat: chat.key, id: kept.id, text: 'edited meanwhile', origin: PEER });
    const missed = account.receive({ chat: chat.key, content: text('written meanwhile') });
    await bench.restart();
    await bench.level('ready');
    await bench.until(() => bench.of('message').some((one) => one.id === missed.id), 'what was missed');
    await bench.until(() => wrong(bench).length === 0, 'the account as it is');
    const since = bench.observations().slice(before);
    const messages = since.filter((one) => one.kind === 'message');
    assert.deepEqual(new Set(messages.map((one) => one.id)), new Set([kept.id, missed.id]));
    assert.ok(messages.every((one) => one.via === 'offline'));
    assert.deepEqual(
      since.filter((one) => one.kind === 'contact' || one.kind === 'group'),
      [],
    );
  });

  it('finds more than the page has in memory', async () => {
    const { account } = bench.simulator;
    const chat = account.chats().find((one) => one.kind === 'direct' && one.peer !== null) ?? assert.fail();
    const before = bench.observations().length;
    await bench.engine.close();
    const ids = Array.from(
      { length: 120 },
      (_, n) => account.receive({ chat: chat.key, content: text(`missed ${n}`) }).id,
    );
    await bench.restart();
    await bench.until(() => wrong(bench).length === 0, 'the account as it is');
    const told = bench
      .observations()
      .slice(before)
      .flatMap((one) => (one.kind === 'message' && ids.includes(one.id) ? [one.id] : []));
    assert.equal(told.length, new Set(told).size, 'told twice');
  });

  it('goes on with a page that loads again by itself', async () => {
    const { account, web } = bench.simulator;
    const chat = account.chats().find((one) => one.kind === 'group' && !one.readOnly) ?? assert.fail();
    assert.equal(web.faults.reload(), 1);
    const { id } = account.sendFromPhone({ chat: chat.key, content: text('during the load') });
    await bench.until(() => bench.of('message').some((one) => one.id === id), 'the message');
    await bench.level('ready');
    assert.deepEqual(wrong(bench), []);
  });
});
