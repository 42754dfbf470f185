import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import type { Observation } from '#engines/contract/observation.ts';
import {
  ANNA_LID,
  ANNA_PN,
  BERT_LID,
  BERT_PN,
  type Bench,
  GROUP,
  message,
  openBench,
  T0,
} from '../test-support.ts';
import { flaws } from '../test-world.ts';

const COMMUNITY = '120363000000000009@g.us';

describe('ingest', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(async () => {
    assert.deepEqual(flaws(bench.file), []);
    await bench.close();
  });
  const only = async (id: string) => {
    const [found, ...more] = await bench.history.messages.byId(id);
    assert.ok(found);
    assert.equal(more.length, 0);
    return found;
  };
  const chat = async (jid = ANNA_PN) => {
    const found = await bench.history.chats.byJid(jid);
    assert.ok(found);
    return found;
  };
  const target = { chat: ANNA_PN, id: 'A1', fromMe: false, sender: ANNA_PN };

  it('tells messages of one id apart by chat and, in groups, by author', async () => {
    await bench.ingest([
      message({ id: 'SAME', chat: ANNA_PN }),
      message({ id: 'SAME', chat: BERT_PN }),
      message({ id: 'SAME', chat: GROUP, sender: ANNA_PN }),
      message({ id: 'SAME', chat: GROUP, sender: BERT_PN }),
      message({ id: 'SAME', chat: GROUP, fromMe: true }),
    ]);
    assert.equal((await bench.history.messages.byId('SAME')).length, 5);
    assert.equal((await bench.history.messages.byId('SAME', (await chat(GROUP)).id)).length, 3);
  });

  it('fills in an author that was not known', async () => {
    await bench.ingest([message({ id: 'G1', chat: GROUP, sender: null })]);
    await bench.ingest([message({ id: 'G1', chat: GROUP, sender: BERT_PN })]);
    assert.equal((await only('G1')).sender?.jid, BERT_PN);
  });

  it('keeps keys, corrects times: the server beats an own clock', async () => {
    await bench.ingest([message({ id: 'A1', fromMe: true, via: 'echo', sentAt: T0 + 30 })]);
    const before = await only('A1');
    await bench.ingest([message({ id: 'A1', fromMe: true, via: 'live', sentAt: T0 + 31 })], 'webjs');
    const after = await only('A1');
    assert.deepEqual([after.key, after.sentAt], [before.key, T0 + 31]);
  });

  it('edits, and keeps what stood there before', async () => {
    await bench.ingest([message({ id: 'A1', text: 'meet at six' })]);
    await bench.ingest([
      { kind: 'edit', ...target, text: 'meet at eight', at: T0 + 20 },
      { kind: 'edit', ...target, text: 'meet at seven', at: T0 + 10 },
    ]);
    const found = await only('A1');
    assert.deepEqual([found.text, found.editedAt], ['meet at eight', T0 + 20]);
    assert.deepEqual(await bench.history.messages.revisions(found.key), [
      { text: 'meet at six', at: T0 },
      { text: 'meet at seven', at: T0 + 10 },
    ]);
    const search = async (text: string) =>
      (await bench.history.search.run({ text, mode: 'auto', limit: 5 })).hits.length;
    assert.deepEqual([await search('six'), await search('seven'), await search('eight')], [0, 0, 1]);
  });

  it('hides what was revoked, everywhere', async () => {
    await bench.ingest([
      message({ id: 'A1', text: 'oh secret umbrella', type: 'image', media: { mime: 'image/png' } }),
      { kind: 'edit', ...target, text: 'secret umbrella', at: T0 + 3 },
      { kind: 'revoke', ...target, at: T0 + 5 },
    ]);
    const found = await only('A1');
    assert.deepEqual([found.text, found.media, found.revokedAt, found.type], [null, null, T0 + 5, 'image']);
    assert.ok((await bench.history.messages.revisions(found.key)).every((one) => one.text === null));
    assert.equal(
      (await bench.history.search.run({ text: 'umbrella', mode: 'auto', limit: 5 })).hits.length,
      0,
    );
    assert.equal(
      (await bench.history.search.run({ text: 'umbr', mode: 'substring', limit: 5 })).hits.length,
      0,
    );
    assert.equal((await chat()).lastMessage?.preview, null);
  });

  it('keeps what comes before its message until it comes', async () => {
    await bench.ingest([
      { kind: 'edit', ...target, text: 'edited', at: T0 + 9 },
      { kind: 'reaction', ...target, by: null, emoji: '👍', at: T0 + 9 },
      { kind: 'receipt', chat: ANNA_PN, ids: ['MINE'], recipient: null, status: 'delivered', at: T0 + 9 },
    ]);
    await bench.ingest([message({ id: 'A1' }), message({ id: 'MINE', fromMe: true, status: 'sent' })]);
    const found = await only('A1');
    assert.equal(found.text, 'edited');
    assert.deepEqual(found.reactions, [{ by: null, emoji: '👍', at: T0 + 9 }]);
    assert.equal((await only('MINE')).status, 'delivered');
    const db = new Database(bench.file, { readonly: true });
    assert.equal(db.prepare('SELECT COUNT(*) FROM pending').pluck().get(), 0);
    db.close();
  });

  it('advances receipts, and never takes them back', async () => {
    const receipt = (status: 'sent' | 'delivered' | 'read' | 'failed', at: number): Observation => ({
      kind: 'receipt',
      chat: ANNA_PN,
      ids: ['MINE', 'UNKNOWN'],
      recipient: ANNA_PN,
      status,
      at,
    });
    await bench.ingest([message({ id: 'MINE', fromMe: true, status: 'pending' })]);
    await bench.ingest([receipt('failed', T0)]);
    assert.equal((await only('MINE')).status, 'failed');
    await bench.ingest([receipt('read', T0 + 2), receipt('delivered', T0 + 1), receipt('sent', T0)]);
    assert.equal((await only('MINE')).status, 'read');
    await bench.ingest([
      message({ id: 'G1', chat: GROUP, fromMe: true, status: 'sent' }),
      { kind: 'receipt', chat: GROUP, ids: ['G1'], recipient: ANNA_PN, status: 'read', at: T0 },
    ]);
    assert.equal((await only('G1')).status, 'sent', 'one reader of a group is not all of them');
  });

  it('replaces a placeholder by what it stood for', async () => {
    await bench.ingest([message({ id: 'A1', type: 'undecryptable', text: undefined })]);
    const report = await bench.ingest([
      message({ id: 'A1', type: 'image', text: 'caption', media: { mime: 'image/jpeg', bytes: 10 } }),
    ]);
    assert.deepEqual([report.messagesAdded, report.messagesEnriched], [0, 1]);
    const found = await only('A1');
    assert.deepEqual(
      [found.type, found.text, found.media],
      ['image', 'caption', { mime: 'image/jpeg', bytes: 10 }],
    );
    await bench.ingest(
      [message({ id: 'A1', type: 'image', text: '', media: { filename: 'x.jpg' } })],
      'webjs',
    );
    assert.deepEqual((await only('A1')).media, { mime: 'image/jpeg', bytes: 10, filename: 'x.jpg' });
    assert.equal((await only('A1')).text, 'caption');
  });

  it('takes a placeholder away when it stood for no message, whichever comes first', async () => {
    const placeholder = message({
      id: 'C1',
      chat: GROUP,
      sender: ANNA_PN,
      type: 'undecryptable',
      text: undefined,
    });
    const settled: Observation = {
      kind: 'no-message',
      chat: GROUP,
      id: 'C1',
      fromMe: false,
      sender: ANNA_PN,
    };
    const group = async () => {
      const chat = await bench.history.chats.byJid(GROUP);
      return [chat?.messageCount, chat?.unread, chat?.lastMessage?.id];
    };
    await bench.ingest([message({ id: 'G1', chat: GROUP, sender: BERT_PN })]);
    await bench.ingest([placeholder]);
    assert.deepEqual(await group(), [2, 2, 'C1']);
    // The same id from somebody else is another stanza.
    await bench.ingest([{ ...settled, sender: BERT_PN }]);
    assert.deepEqual(await group(), [2, 2, 'C1']);
    await bench.ingest([settled], 'webjs');
    assert.deepEqual(await group(), [1, 1, 'G1']);
    await bench.ingest([placeholder], 'webjs');
    await bench.ingest([{ ...placeholder, via: 'page' }]);
    assert.deepEqual(await group(), [1, 1, 'G1']);
    const both = await bench.ingest([
      { ...placeholder, id: 'C2' },
      { ...settled, id: 'C2' },
    ]);
    assert.deepEqual([both.messagesAdded, both.addedKeys], [0, []]);
    assert.deepEqual(await bench.history.messages.byId('C2'), []);
    // Said of a message that can be read it means nothing.
    await bench.ingest([{ ...settled, id: 'G1', sender: BERT_PN }]);
    assert.deepEqual(await group(), [1, 1, 'G1']);
    assert.deepEqual(flaws(bench.file), []);
  });

  it('forgets after some weeks which stanzas were no message', async () => {
    const settled = (id: string): Observation => ({
      kind: 'no-message',
      chat: ANNA_PN,
      id,
      fromMe: true,
      sender: null,
    });
    const known = () => {
      const db = new Database(bench.file, { readonly: true });
      const ids = db.prepare('SELECT stanza_id FROM no_messages ORDER BY 1').pluck().all();
      db.close();
      return ids;
    };
    await bench.ingest([settled('C1')]);
    bench.clock.advance(20 * 86_400_000);
    await bench.ingest([settled('C2')]);
    assert.deepEqual(known(), ['C1', 'C2']);
    bench.clock.advance(20 * 86_400_000);
    await bench.ingest([settled('C3')]);
    assert.deepEqual(known(), ['C2', 'C3']);
  });

  it('counts as unread only what arrives from others as news', async () => {
    await bench.ingest([
      message({ id: 'H1', via: 'push' }),
      message({ id: 'H2', via: 'page' }),
      message({ id: 'S1', type: 'system', text: undefined }),
      message({ id: 'M1', fromMe: true }),
      message({ id: 'L1', sentAt: T0 + 1 }),
      message({ id: 'L2', via: 'offline', sentAt: T0 + 2 }),
    ]);
    await bench.ingest([message({ id: 'L1', sentAt: T0 + 1 })], 'webjs');
    await bench.ingest([message({ id: 'H1', via: 'live' })]);
    assert.equal((await chat()).unread, 2);
    const ids = (await bench.history.messages.unread((await chat()).id, 10)).map((one) => one.id);
    assert.deepEqual(ids, ['L2', 'L1']);
    assert.equal(await bench.history.chats.markRead((await chat()).id, T0 + 1), 1);
    assert.equal((await chat()).unread, 1);
    await bench.ingest([{ kind: 'chat', chat: ANNA_PN, readAt: T0 + 2 }]);
    assert.equal((await chat()).unread, 0);
    await bench.ingest([message({ id: 'LATE', sentAt: T0 + 1 })]);
    assert.equal((await chat()).unread, 0, 'read up to a later time already');
    await bench.ingest([{ kind: 'chat', chat: ANNA_PN, unread: 7 }]);
    assert.equal((await chat()).unread, 7);
  });

  it('takes of a chat what is told and leaves the rest', async () => {
    await bench.ingest([
      {
        kind: 'chat',
        chat: GROUP,
        name: 'Hiking',
        archived: true,
        pinnedAt: T0,
        mutedUntil: 0,
        historyEnd: 'more-on-phone',
      },
      message({ id: 'G1', chat: GROUP, sender: ANNA_PN }),
    ]);
    await bench.ingest([{ kind: 'chat', chat: GROUP, pinnedAt: null, deleted: true }]);
    const found = await chat(GROUP);
    assert.deepEqual(
      [found.name, found.archived, found.pinnedAt, found.mutedUntil, found.historyEnd, found.messageCount],
      ['Hiking', true, null, 0, 'more-on-phone', 1],
    );
  });

  it('a deleted chat is back with its next message, and not with older ones of a late page', async () => {
    await bench.ingest([
      message({ id: 'G1', chat: GROUP, sender: ANNA_PN }),
      { kind: 'chat', chat: GROUP, deleted: true },
    ]);
    await bench.ingest([message({ id: 'G0', chat: GROUP, sender: ANNA_PN, sentAt: T0 - 60 })]);
    const late = await chat(GROUP);
    assert.ok(late.deletedAt !== null && late.messageCount === 2);
    await bench.ingest([message({ id: 'G2', chat: GROUP, sender: ANNA_PN, sentAt: T0 + 60 })]);
    assert.equal((await chat(GROUP)).deletedAt, null);
  });

  it('nor does a late page bring back a deleted chat that held nothing', async () => {
    await bench.ingest([{ kind: 'chat', chat: GROUP, deleted: true }]);
    await bench.ingest([message({ id: 'G0', chat: GROUP, sender: ANNA_PN, sentAt: T0 - 60 })]);
    assert.notEqual((await chat(GROUP)).deletedAt, null);
  });

  it('keeps groups, members and communities', async () => {
    const group = {
      jid: GROUP,
      subject: 'Hiking club',
      announce: false,
      locked: true,
      joinApproval: false,
      isCommunity: false,
      isAnnouncement: false,
      community: COMMUNITY,
      owner: ANNA_PN,
      members: [
        { jid: ANNA_LID, alt: ANNA_PN, role: 'owner' as const },
        { jid: BERT_PN, role: 'member' as const },
      ],
    };
    const community = { ...group, jid: COMMUNITY, subject: 'Outdoors', isCommunity: true, community: null };
    await bench.history.account.claim({ pn: BERT_PN, lid: BERT_LID, pushName: 'Bert' });
    await bench.ingest([
      { kind: 'group', group },
      { kind: 'group', group: community },
      message({ id: 'G1', chat: GROUP, sender: ANNA_PN }),
    ]);
    const found = await bench.history.groups.get(GROUP);
    assert.deepEqual(
      [found?.subject, found?.owner, found?.locked, found?.community, found?.size, found?.fetchedAt],
      ['Hiking club', ANNA_LID, true, COMMUNITY, 2, T0],
    );
    const id = (await chat(GROUP)).id;
    const members = async () =>
      (await bench.history.groups.members(id)).map(({ person, role }) => [person.lid ?? person.pn, role]);
    assert.deepEqual(await members(), [
      [ANNA_LID, 'owner'],
      [BERT_LID, 'member'],
    ]);
    const list = await bench.history.groups.list({ community: COMMUNITY, limit: 5, offset: 0 });
    assert.deepEqual(
      list.items.map((item) => [item.group.jid, item.chat.name, item.myRole]),
      [[GROUP, 'Hiking club', 'member']],
    );
    const communities = await bench.history.groups.communities({ text: 'OUT', limit: 5, offset: 0 });
    assert.deepEqual(
      [communities.total, communities.items.map((item) => [item.community.subject, item.groupCount])],
      [1, [['Outdoors', 1]]],
    );
    assert.equal((await bench.history.groups.communities({ text: 'none', limit: 5, offset: 0 })).total, 0);
    await bench.ingest([
      {
        kind: 'members',
        group: GROUP,
        action: 'promote',
        members: [{ jid: BERT_LID, role: 'member' }],
        at: T0,
      },
      { kind: 'members', group: GROUP, action: 'remove', members: [{ jid: ANNA_PN, role: 'owner' }], at: T0 },
    ]);
    assert.deepEqual(await members(), [[BERT_LID, 'admin']]);
    await bench.ingest([
      { kind: 'group', group: { ...group, members: [{ jid: ANNA_LID, role: 'member' }] } },
    ]);
    assert.deepEqual(await members(), [[ANNA_LID, 'member']]);
    assert.equal(await bench.history.groups.get(ANNA_PN), null);
  });

  it('keeps connection changes, progress, pages and unreadable entries', async () => {
    const report = await bench.history.ingest.apply({
      engine: 'baileys',
      outboxId: 'box',
      seq: 3,
      observations: [
        message({ id: 'A1', via: 'page', page: 'R1' }),
        {
          kind: 'history-page',
          requestId: 'R1',
          chat: ANNA_PN,
          messages: 1,
          before: null,
          oldest: null,
          end: 'start-reached',
        },
        { kind: 'history-progress', phase: 'recent', percent: 40, complete: false },
        { kind: 'connection', level: 'ready', reason: 'none', at: T0 },
      ],
      quarantined: [{ seq: 2, problem: 'not JSON', json: '{' }],
    });
    assert.deepEqual(report.addedKeys, [(await only('A1')).key]);
    assert.equal((await chat()).historyEnd, 'start-reached');
    assert.equal(await bench.history.ingest.quarantinedCount(), 1);
    const db = new Database(bench.file, { readonly: true });
    assert.equal(db.prepare('SELECT page FROM message_observations').pluck().get(), 'R1');
    assert.deepEqual(db.prepare('SELECT level FROM connections').pluck().all(), ['ready']);
    assert.deepEqual(db.prepare('SELECT percent FROM sync_progress').pluck().all(), [40]);
    db.close();
  });

  it('does not touch a row that would not change', async () => {
    const seen = [
      { kind: 'contact' as const, jid: ANNA_PN, name: 'Anna', pushName: 'Annie' },
      { kind: 'chat' as const, chat: ANNA_PN, archived: false },
      message({
        id: 'A1',
        type: 'image',
        media: { mime: 'image/jpeg' },
        status: 'read',
        mentions: [BERT_PN],
      }),
      { kind: 'reaction' as const, ...target, by: ANNA_PN, emoji: '👍', at: T0 },
    ];
    await bench.ingest(seen);
    const db = new Database(bench.file);
    // Any further write to these tables fails.
    for (const table of [
      'messages',
      'media',
      'reactions',
      'people',
      'chats',
      'message_observations',
      'aliases',
    ])
      for (const action of ['INSERT', 'UPDATE', 'DELETE'])
        db.exec(
          `CREATE TRIGGER no_${table}_${action} BEFORE ${action} ON ${table} BEGIN SELECT RAISE(ABORT, 'written'); END`,
        );
    db.close();
    const report = await bench.ingest([...seen.slice(1, 2), message({ id: 'A1', type: 'image' }), ...seen]);
    assert.deepEqual([report.messagesDeduplicated, report.messagesEnriched], [2, 0]);
  });

  it('gives every message of one second its own key, in the order of arrival', async () => {
    await bench.ingest(Array.from({ length: 200 }, (_none, i) => message({ id: `N${i}` })));
    const { items } = await bench.history.messages.list({ order: 'oldest', limit: 300 });
    assert.deepEqual(
      items.map((item) => item.id),
      Array.from({ length: 200 }, (_none, i) => `N${i}`),
    );
  });
});
