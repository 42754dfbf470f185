import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ME, type SimChat } from '#simulator/account/model.ts';
import { type Bench, createBench } from './testing/bench.ts';

describe('baileys: commands', () => {
  let bench: Bench;
  let direct: SimChat;
  let group: SimChat;
  let ids = 0;

  before(async () => {
    bench = await createBench();
    await bench.synced();
    const chats = bench.simulator.account.chats();
    const find = (fits: (chat: SimChat) => boolean): SimChat => {
      const chat = chats.find(fits);
      if (chat === undefined) throw new Error('no such chat');
      return chat;
    };
    direct = find((chat) => chat.kind === 'direct' && chat.jid.endsWith('@lid'));
    group = find((chat) => chat.kind === 'group' && chat.group?.addressing === 'lid' && !chat.readOnly);
  });
  after(() => bench.close());

  const run: Bench['run'] = (...call) => bench.run(...call);
  const nextId = () => {
    ids += 1;
    return `3EB0${ids.toString(16).toUpperCase().padStart(18, '0')}`;
  };
  const received = (id: string) => bench.until(() => bench.simulator.wire.mailbox.byId(id)[0], `mail ${id}`);
  const pnOf = (chat: SimChat) => bench.simulator.account.person(chat.peer ?? '').pn ?? '';

  it('probes', async () => {
    assert.ok((await run('session.probe', {})).roundTripMs > 0);
  });

  it('sends to a hidden id under the id it was given, and tells it to the history', async () => {
    const messageId = nextId();
    const result = await run('send.text', { chat: direct.jid, messageId, text: 'hello' });
    assert.equal(result.status, 'sent');
    assert.equal((await received(messageId)).text, 'hello');
    const echo = bench.of('message').find((one) => one.id === messageId);
    assert.deepEqual(
      [echo?.via, echo?.chat, echo?.fromMe, echo?.text, echo?.status],
      ['echo', direct.jid, true, 'hello', 'sent'],
    );
    await bench.until(() => bench.of('receipt').find((one) => one.ids.includes(messageId)), 'receipt');
  });

  it('sends to the hidden id of somebody who is named by number', async () => {
    bench.simulator.faults.refusePhoneNumbers(true);
    const messageId = nextId();
    const result = await run('send.text', { chat: pnOf(direct), messageId, text: 'to the number' });
    assert.equal(result.chat, direct.jid);
    await received(messageId);
    assert.equal(bench.of('message').find((one) => one.id === messageId)?.chatAlt, pnOf(direct));
    bench.simulator.faults.refusePhoneNumbers(false);
  });

  it('sends to groups, with quotes and mentions', async () => {
    const messageId = nextId();
    const quoted = bench
      .of('message')
      .find((one) => one.chat === group.jid && one.type === 'text' && !one.fromMe);
    const member = bench.simulator.account.person(
      group.group?.members.find(({ person }) => person !== ME)?.person ?? '',
    );
    await run('send.text', {
      chat: group.jid,
      messageId,
      text: 'to all',
      mentions: [member.lid ?? ''],
      ...(quoted === undefined
        ? {}
        : { quoted: { id: quoted.id, fromMe: false, sender: quoted.sender, text: quoted.text ?? null } }),
    });
    await received(messageId);
    const echo = bench.of('message').find((one) => one.id === messageId);
    assert.deepEqual(echo?.mentions, [member.lid]);
    assert.equal(echo?.quoted?.id, quoted?.id);
  });

  it('says that nothing is known when the ack does not come', async function () {
    this.timeout(20_000);
    for (const fate of ['unacknowledged', 'lost'] as const) {
      bench.simulator.faults.nextSends(fate);
      const messageId = nextId();
      await assert.rejects(run('send.text', { chat: direct.jid, messageId, text: 'perhaps' }), {
        code: 'DELIVERY_UNKNOWN',
      });
      assert.equal(bench.of('message').find((one) => one.id === messageId)?.status, 'pending');
      assert.equal(bench.simulator.wire.mailbox.byId(messageId).length > 0, fate === 'unacknowledged');
      await bench.level('ready');
    }
  });

  it('proves that nothing left when it is not connected', async () => {
    bench.simulator.faults.refuseConnections(503);
    bench.simulator.faults.drop();
    await bench.level('recovering');
    const messageId = nextId();
    await assert.rejects(run('send.text', { chat: direct.jid, messageId, text: 'never' }), {
      code: 'NOT_CONNECTED',
    });
    bench.simulator.faults.refuseConnections(null);
    await bench.level('ready');
    assert.equal(
      bench.of('message').some((one) => one.id === messageId),
      false,
    );
  });

  it('tells senders that their messages were read', async () => {
    const unread = bench
      .of('message')
      .filter((one) => one.chat === group.jid && !one.fromMe && one.sender !== null);
    const messages = unread.map(({ chat, id, fromMe, sender }) => ({ chat, id, fromMe, sender }));
    const senders = new Set(messages.map(({ sender }) => sender));
    const result = await run('message.markRead', { messages });
    assert.equal(result.receiptsSent, senders.size);
    await bench.until(() => bench.simulator.wire.readReceipts.length > 0, 'read receipts');
  });

  it('tells the own devices that a chat was read', async () => {
    const chat = bench.simulator.account.chats().find((one) => one.unreadCount > 0 && one.kind === 'direct');
    if (chat === undefined) throw new Error('nothing unread');
    const newest = bench
      .of('message')
      .filter((one) => one.chat === chat.jid)
      .toSorted((a, b) => b.sentAt - a.sentAt)[0];
    if (newest === undefined) throw new Error('no message');
    const { id, fromMe, sender, sentAt } = newest;
    await run('chat.markRead', {
      chat: chat.jid,
      newest: { id, fromMe, sender, sentAt },
      tellSenders: false,
    });
    await bench.until(() => bench.simulator.account.chat(chat.key).unreadCount === 0, 'read');
  });

  it('reads groups and communities', async () => {
    const { account } = bench.simulator;
    const groups = account.chats().filter((chat) => chat.group !== null && !chat.readOnly);
    const all = await run('group.read', {});
    assert.deepEqual(all.groups.map(({ jid }) => jid).toSorted(), groups.map(({ jid }) => jid).toSorted());
    const one = await run('group.read', { group: group.jid });
    assert.equal(one.groups[0]?.subject, account.chat(group.key).group?.subject);
    await assert.rejects(run('group.read', { group: '120363999999999999@g.us' }), {
      code: 'GROUP_NOT_FOUND',
    });
    const community = groups.find((chat) => chat.kind === 'community');
    const linked = groups.filter((chat) => chat.group?.parent === community?.key);
    for (const input of [{}, { community: community?.jid ?? '' }]) {
      const { communities } = await run('community.read', input);
      assert.equal(communities.length, 1);
      assert.equal(communities[0]?.info.jid, community?.jid);
      assert.deepEqual(
        communities[0]?.groups.map(({ jid }) => jid).toSorted(),
        linked.map(({ jid }) => jid).toSorted(),
      );
    }
    await assert.rejects(run('community.read', { community: group.jid }), { code: 'COMMUNITY_NOT_FOUND' });
    await assert.rejects(run('community.read', { community: '120363999999999999@g.us' }), {
      code: 'COMMUNITY_NOT_FOUND',
    });
  });

  it('looks people up', async () => {
    const known = pnOf(direct).split('@')[0] ?? '';
    const { results } = await run('contact.lookup', { phones: [known, '15550000000'] });
    assert.deepEqual(results, [
      { phone: known, exists: true, pn: pnOf(direct), lid: direct.jid },
      { phone: '15550000000', exists: false, pn: null, lid: null },
    ]);
  });

  it('downloads files of every kind, and says when one is gone', async () => {
    const kinds = new Set<string>();
    const { account } = bench.simulator;
    for (const { chat, id, fromMe, sender, type, media } of bench.of('message')) {
      if (media?.mediaKey === undefined || kinds.has(type)) continue;
      const found = account.chatByJid(chat);
      const message = found === null ? undefined : account.messageById(found.key, id);
      if (message?.content.type !== 'media' || message.content.media.expired) continue;
      kinds.add(type);
      const input = { message: { chat, id, fromMe, sender }, type, media, maxBytes: 1_000_000 };
      const result = await run('media.download', input);
      assert.equal(result.bytes, media.bytes, type);
      const bytes = Buffer.from(result.base64, 'base64');
      assert.equal(createHash('sha256').update(bytes).digest('base64'), media.sha256);
      await assert.rejects(run('media.download', { ...input, maxBytes: 10 }), {
        code: 'MEDIA_DOWNLOAD_FAILED',
      });
      await assert.rejects(run('media.download', { ...input, media: { mime: 'image/png' } }), {
        code: 'NO_MEDIA_CONTENT',
      });
      bench.simulator.media.expire(media.directPath ?? '');
      await assert.rejects(run('media.download', input), { code: 'MEDIA_EXPIRED' });
      const again = await run('media.download', { ...input, recover: true });
      assert.deepEqual([again.recovered, again.sha256], [true, media.sha256], type);
      bench.simulator.media.expire(media.directPath ?? '');
      bench.simulator.faults.phone.reuploads = false;
      await assert.rejects(run('media.download', { ...input, recover: true }), {
        code: 'MEDIA_EXPIRED',
        details: { phone: 'lost' },
      });
      bench.simulator.faults.phone.reuploads = true;
    }
    assert.ok(kinds.size >= 3, [...kinds].join());
  });
});
