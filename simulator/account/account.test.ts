import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type Account, createAccount } from './account.ts';
import type { AccountEvent } from './model.ts';
import { ME } from './model.ts';
import { createOracle } from './oracle.ts';
import { PRESETS, shapeOf } from './presets.ts';
import { createFixedWorld } from './world.ts';

const make = (changes = {}): Account => {
  const shape = shapeOf('tiny', changes);
  return createAccount(shape, createFixedWorld(shape.now));
};

describe('simulator account', () => {
  it('is reproduced by its seed and differs for another seed', () => {
    const list = (account: Account): string => JSON.stringify([...createOracle(account).messages()]);
    const first = list(make());
    assert.equal(list(make()), first);
    assert.notEqual(list(make({ seed: 'other' })), first);
  });

  for (const preset of ['tiny', 'demo'] as const) {
    it(`keeps ids unique within a chat, times in order and counts right (${preset})`, () => {
      const shape = PRESETS[preset];
      const account = createAccount(shape, createFixedWorld(shape.now));
      const oracle = createOracle(account);
      const seen = new Set<string>();
      const perId = new Map<string, number>();
      let total = 0;
      let pushed = 0;
      let sameSecond = 0;
      for (const chat of account.chats()) {
        let before = 0;
        for (const message of oracle.messages(chat.key)) {
          assert.match(message.id, /^(3EB0[0-9A-F]{18}|3A[0-9A-F]{18}|AC[0-9A-F]{30})$/);
          assert.ok(!seen.has(`${chat.key} ${message.id}`));
          seen.add(`${chat.key} ${message.id}`);
          perId.set(message.id, (perId.get(message.id) ?? 0) + 1);
          assert.ok(message.timeSeconds >= before && message.timeSeconds <= shape.now);
          if (message.timeSeconds === before) sameSecond++;
          before = message.timeSeconds;
          assert.equal(account.indexOf(chat.key, message.id), message.index);
          total++;
          if (message.pushed) pushed++;
        }
      }
      assert.deepEqual(oracle.counts(), {
        chats: account.chats().length,
        messages: total,
        pushed,
        onDemand: total - pushed,
      });
      assert.ok(sameSecond > total / 10);
      assert.ok([...perId.values()].some((count) => count > 1));
    });
  }

  it('contains every kind of identity, chat, content and final state', () => {
    const account = make({ messagesPerChat: 400 });
    const people = account.people().filter((p) => p.key !== ME);
    assert.ok(people.some((p) => p.pn !== null && p.lid === null));
    assert.ok(people.some((p) => p.pn === null && p.lid !== null));
    assert.ok(people.some((p) => p.pn !== null && p.lid !== null));
    assert.ok(people.some((p) => p.pushName === null && p.bookName === null));
    const jids = people.flatMap((p) => [p.pn, p.lid]).filter((jid) => jid !== null);
    assert.equal(new Set(jids).size, jids.length);
    const chats = account.chats();
    assert.equal(new Set(chats.map((c) => c.jid)).size, chats.length);
    for (const kind of ['direct', 'group', 'community', 'announcement', 'linked-group'])
      assert.ok(
        chats.some((c) => c.kind === kind),
        kind,
      );
    assert.ok(chats.some((c) => c.group?.addressing === 'pn' && c.kind === 'group'));
    assert.ok(chats.some((c) => c.group?.addressing === 'lid' && c.kind === 'group'));
    assert.ok(chats.some((c) => c.jid !== c.canonicalJid));
    const all = [...createOracle(account).messages()];
    const types = new Set(all.map((m) => m.mediaKind ?? m.type));
    const wanted = 'text location contact poll notice image video audio voice document sticker'.split(' ');
    assert.deepEqual(types, new Set(wanted));
    for (const test of [
      (m: (typeof all)[0]) => m.edited && m.revisions.length > 1,
      (m: (typeof all)[0]) => m.revoked && m.text === null,
      (m: (typeof all)[0]) => m.reactions.length > 1,
      (m: (typeof all)[0]) => m.quotedId !== null,
      (m: (typeof all)[0]) => m.mentions.length > 0,
      (m: (typeof all)[0]) => m.status === 'read',
    ])
      assert.ok(all.some(test));
    const text = all.map((m) => m.text ?? '').join('');
    for (const script of ['Cyrillic', 'Arabic', 'Hebrew', 'Devanagari', 'Han', 'Hiragana', 'Hangul', 'Emoji'])
      assert.match(
        text,
        new RegExp(`\\p{${script === 'Emoji' ? 'Extended_Pictographic' : `Script=${script}`}}`, 'u'),
      );
    const wide = [...createOracle(make({ directChats: 60, messagesPerChat: 40 })).messages()];
    const wideText = wide.map((m) => m.text ?? '').join('');
    for (const script of ['Thai', 'Khmer', 'Myanmar', 'Tamil', 'Lao'])
      assert.match(wideText, new RegExp(`\\p{Script=${script}}`, 'u'));
  });

  it('lists every chat once with all its addresses', () => {
    const account = make();
    const chats = [...createOracle(account).chats()];
    assert.equal(chats.length, account.chats().length);
    const addresses = chats.flatMap((chat) => chat.jids);
    assert.equal(new Set(addresses).size, addresses.length);
    assert.ok(chats.some((chat) => chat.jids.length === 2));
    assert.ok(chats.some((chat) => chat.name === null));
    const community = chats.find((chat) => chat.kind === 'community');
    assert.equal(chats.filter((chat) => chat.communityJid === community?.canonicalJid).length, 4);
    for (const chat of chats) assert.equal(account.chatByJid(chat.jids.at(-1) ?? '')?.key, chat.chatKey);
  });

  it('makes unread messages the newest incoming ones', () => {
    const account = make();
    const unread = account.chats().filter((c) => c.unreadCount > 0);
    assert.ok(unread.length > 2);
    for (const chat of unread)
      for (let i = 1; i <= chat.unreadCount; i++)
        assert.equal(account.message(chat.key, chat.size - i)?.fromMe, false);
  });

  it('costs little for a million messages', () => {
    const shape = PRESETS.million;
    const account = createAccount(shape, createFixedWorld(shape.now));
    const oracle = createOracle(account);
    assert.equal(oracle.counts().messages, 1_000_000);
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    let last = 0;
    for (const chat of account.chats().slice(0, 40))
      for (const message of oracle.messages(chat.key)) last = message.index;
    assert.equal(last, 1_249);
    const id = account.message('d799', 3)?.id ?? '';
    assert.equal(account.indexOf('d799', id), 3);
    global.gc?.();
    assert.ok(process.memoryUsage().heapUsed - before < 80_000_000);
  });
});

describe('simulator account, live', () => {
  const heard = (account: Account): AccountEvent[] => {
    const events: AccountEvent[] = [];
    account.subscribe((event) => events.push(event));
    return events;
  };

  it('adds, edits, revokes, reacts and reads, and tells it', () => {
    const account = make();
    const events = heard(account);
    const { size, unreadCount } = account.chat('d1');
    const got = account.receive({ chat: 'd1', content: { type: 'text', text: 'one' } });
    const sent = account.sendFromPhone({
      chat: 'd1',
      content: { type: 'text', text: 'two' },
      quoteId: got.id,
    });
    const device = { chat: 'd1', id: 'A1', device: 'x', content: { type: 'text', text: 'three' } } as const;
    account.recordDeviceSend(device);
    account.recordDeviceSend(device);
    assert.equal(account.chat('d1').size, size + 3);
    assert.equal(account.chat('d1').unreadCount, unreadCount + 1);
    assert.equal(sent.quote?.id, got.id);
    account.edit({ chat: 'd1', id: got.id, text: 'uno', origin: { from: 'peer' } });
    account.react({ chat: 'd1', id: sent.id, by: 'p1', emoji: '👍', origin: { from: 'peer' } });
    account.react({ chat: 'd1', id: sent.id, by: 'p1', emoji: '', origin: { from: 'peer' } });
    account.receipt({ chat: 'd1', ids: [sent.id], person: 'p1', kind: 'read' });
    account.receipt({ chat: 'd1', ids: [sent.id], person: 'p1', kind: 'delivered' });
    account.revoke({ chat: 'd1', id: 'A1', origin: { from: 'phone' } });
    account.markRead({ chat: 'd1', read: true, origin: { from: 'phone' } });
    const [one, two, three] = [...createOracle(account).messages('d1')].slice(size);
    assert.deepEqual([one?.text, one?.edited, one?.fromMe], ['uno', true, false]);
    assert.deepEqual([two?.status, two?.reactions], ['read', []]);
    assert.deepEqual([three?.text, three?.revoked], [null, true]);
    assert.equal(account.chat('d1').unreadCount, 0);
    assert.deepEqual(
      events.map((e) => e.type),
      'message message message edit reaction reaction receipt receipt revoke chat-read'.split(' '),
    );
  });

  it('changes generated messages too, without touching their neighbours', () => {
    const account = make();
    const text = [...createOracle(account).messages('d0')].find((m) => m.type === 'text' && !m.revoked);
    assert.ok(text);
    const neighbour = JSON.stringify(account.message('d0', text.index + 1));
    account.edit({ chat: 'd0', id: text.id, text: 'changed', origin: { from: 'phone' } });
    assert.equal([...createOracle(account).messages('d0')][text.index]?.text, 'changed');
    assert.equal(JSON.stringify(account.message('d0', text.index + 1)), neighbour);
    assert.equal(account.edit({ chat: 'd0', id: 'NONE', text: '', origin: { from: 'phone' } }), null);
  });

  it('leaves the past alone when members change', () => {
    const account = make();
    const past = JSON.stringify([...createOracle(account).messages('g0')]);
    const gone = account.chat('g0').group?.members.at(-1)?.person ?? '';
    account.changeGroup({ chat: 'g0', by: ME, change: { kind: 'remove', members: [gone] } });
    account.changeGroup({ chat: 'g0', by: ME, change: { kind: 'promote', members: ['p0'] } });
    assert.equal(JSON.stringify([...createOracle(account).messages('g0')]), past);
  });

  it('finds a direct chat by both identities and moves its canonical JID when one becomes known', () => {
    const account = make();
    const chat = account.chats().find((c) => c.peer !== null && account.person(c.peer).lid === null);
    assert.ok(chat?.peer);
    const lid = '555000111222333@lid';
    account.changePerson({ person: chat.peer, change: { lid }, origin: { from: 'phone' } });
    assert.equal(account.chat(chat.key).canonicalJid, lid);
    assert.equal(account.chatByJid(lid)?.key, chat.key);
    assert.equal(account.chatByJid(chat.jid)?.key, chat.key);
    assert.equal(account.personByJid(lid)?.key, chat.peer);
  });

  it('moves a chat to the hidden identity without losing the old address', () => {
    const account = make();
    const chat = account.chats().find((c) => c.peer !== null && c.jid !== c.canonicalJid);
    assert.ok(chat);
    assert.equal(account.migrateToLid(chat.key)?.jid, chat.canonicalJid);
    assert.equal(account.chatByJid(chat.jid)?.key, chat.key);
    assert.equal(account.migrateToLid(chat.key), null);
    assert.equal(account.migrateToLid('g0'), null);
  });

  it('opens chats and groups that did not exist', () => {
    const account = make();
    const person = account.addPerson({
      pn: '15559990001@s.whatsapp.net',
      lid: null,
      pushName: 'Zed',
      bookName: null,
      about: null,
      pictureId: null,
    });
    const chat = account.openDirect(person.key);
    assert.equal(account.openDirect(person.key).key, chat.key);
    account.receive({ chat: chat.key, content: { type: 'text', text: 'hi' } });
    const group = account.createGroup({ subject: 'New', members: ['p0', 'p1'], addressing: 'lid' });
    account.receive({ chat: group.key, sender: 'p0', content: { type: 'text', text: 'hello' } });
    const live = [...createOracle(account).messages(group.key)];
    assert.deepEqual(
      live.map((m) => [m.text, m.pushed]),
      [['hello', true]],
    );
    account.changeGroup({ chat: group.key, by: 'p0', change: { kind: 'remove', members: [ME] } });
    assert.equal(account.chat(group.key).readOnly, true);
  });
});
