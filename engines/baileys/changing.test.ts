import assert from 'node:assert/strict';
import type { MessageRef } from '#engines/contract/command.ts';
import { ME, type SimChat } from '#simulator/account/model.ts';
import { type Bench, createBench } from './testing/bench.ts';

describe('baileys: changing and forwarding messages', () => {
  let bench: Bench;
  let direct: SimChat;
  let ruled: SimChat;
  let plain: SimChat;
  let ids = 0;

  before(async () => {
    bench = await createBench({ groups: 8, messagesPerChat: 12 });
    await bench.synced();
    const chats = bench.simulator.account.chats();
    const find = (fits: (chat: SimChat) => boolean): SimChat => {
      const chat = chats.find(fits);
      if (chat === undefined) throw new Error('no such chat');
      return chat;
    };
    const isPlain = ({ kind, group, readOnly }: SimChat) =>
      kind === 'group' && group?.parent === null && !readOnly && !group.announce;
    const isMine = ({ group }: SimChat) =>
      group?.members.some(({ person, role }) => person === ME && role !== 'member') ?? false;
    direct = find((chat) => chat.kind === 'direct' && chat.jid.endsWith('@lid'));
    ruled = find((chat) => isPlain(chat) && isMine(chat));
    plain = find((chat) => isPlain(chat) && !isMine(chat));
  });
  afterEach(() => bench.simulator.faults.reset());
  after(() => bench.close());

  const run: Bench['run'] = (...call) => bench.run(...call);
  const state = (chat: SimChat, id: string) => bench.simulator.account.messageById(chat.key, id);
  const pnOf = (chat: SimChat) => bench.simulator.account.person(chat.peer ?? '').pn ?? '';
  const nextId = () => {
    ids += 1;
    return `3EB1${ids.toString(16).toUpperCase().padStart(18, '0')}`;
  };
  const seen = (id: string) => bench.until(() => bench.of('message').find((one) => one.id === id), 'message');
  const refOf = async (id: string): Promise<MessageRef> => {
    const { chat, fromMe, sender } = await seen(id);
    return { chat, id, fromMe, sender };
  };
  /** Somebody in the chat writes. */
  const says = async (chat: SimChat): Promise<MessageRef> => {
    const sender = chat.group?.members.find(({ person }) => person !== ME)?.person;
    const { id } = bench.simulator.account.receive({
      chat: chat.key,
      content: { type: 'text', text: 'hello' },
      ...(sender === undefined ? {} : { sender }),
    });
    return refOf(id);
  };
  const own = async (chat: SimChat, text = 'mine'): Promise<MessageRef> => {
    const messageId = nextId();
    await run('send.text', { chat: chat.jid, messageId, text });
    return refOf(messageId);
  };

  it('reacts in direct chats and groups, takes it back, and tells the history', async () => {
    for (const chat of [direct, ruled]) {
      const message = await says(chat);
      for (const emoji of ['🎉', '']) {
        const { at } = await run('message.react', { message, emoji });
        assert.ok(at > 0);
        const mine = () => state(chat, message.id)?.reactions.find(({ person }) => person === ME);
        await bench.until(() => mine()?.emoji === emoji, 'reaction in the account');
        const told = bench.of('reaction').findLast((one) => one.id === message.id);
        assert.deepEqual(
          [told?.chat, told?.fromMe, told?.sender, told?.by, told?.emoji],
          [message.chat, false, message.sender, null, emoji],
        );
      }
    }
  });

  it('reacts to an own message that is named by the number of the chat', async () => {
    const message = await own(direct);
    await run('message.react', { message: { ...message, chat: pnOf(direct) }, emoji: '👍' });
    await bench.until(() => state(direct, message.id)?.reactions.length === 1, 'reaction in the account');
    const told = bench.of('reaction').find((one) => one.id === message.id);
    assert.deepEqual([told?.chat, told?.chatAlt, told?.fromMe], [direct.jid, pnOf(direct), true]);
  });

  it('edits, and takes back for everyone', async () => {
    for (const chat of [direct, ruled]) {
      const message = await own(chat);
      await run('message.edit', { message, text: 'better' });
      await bench.until(() => state(chat, message.id)?.revisions.at(-1)?.text === 'better', 'edit');
      const edit = bench.of('edit').find((one) => one.id === message.id);
      assert.deepEqual([edit?.chat, edit?.fromMe, edit?.text], [message.chat, true, 'better']);
      await run('message.revoke', { message, scope: 'everyone', sentAt: 1 });
      await bench.until(() => state(chat, message.id)?.revoked?.by === ME, 'revoke');
      const revoke = bench.of('revoke').find((one) => one.id === message.id);
      assert.deepEqual([revoke?.chat, revoke?.fromMe], [message.chat, true]);
      assert.equal(
        bench
          .of('message')
          .filter(({ via }) => via === 'echo')
          .some(({ text }) => text === 'better'),
        false,
        'an edit is no message',
      );
    }
    assert.equal(
      bench.of('receipt').some(({ ids: told }) => told.some((id) => !isKnown(id))),
      false,
    );
  });
  const isKnown = (id: string) => bench.of('message').some((one) => one.id === id);

  it("takes back other people's messages as an admin alone", async () => {
    const message = await says(ruled);
    await run('message.revoke', { message, scope: 'everyone', sentAt: 1 });
    await bench.until(() => state(ruled, message.id)?.revoked?.by === ME, 'revoke by the admin');
    const told = bench.of('revoke').find((one) => one.id === message.id);
    assert.deepEqual([told?.fromMe, told?.sender], [false, message.sender]);
    const other = await says(plain);
    await assert.rejects(run('message.revoke', { message: other, scope: 'everyone', sentAt: 1 }), {
      code: 'NOT_GROUP_ADMIN',
    });
    const theirs = await says(direct);
    for (const input of [
      run('message.revoke', { message: theirs, scope: 'everyone', sentAt: 1 }),
      run('message.edit', { message: theirs, text: 'not mine' }),
    ]) {
      await assert.rejects(input, { code: 'NOT_OWN_MESSAGE' });
    }
  });

  it('says so when a change comes too late', async () => {
    const old = Array.from({ length: direct.historySize }, (_, index) =>
      bench.simulator.account.message(direct.key, index),
    ).find((message) => message?.fromMe && message.revoked === null && message.content.type === 'text');
    if (old === undefined) throw new Error('no old message');
    bench.simulator.faults.refuseLateChanges(true);
    const message = { chat: direct.jid, id: old.id, fromMe: true, sender: null };
    await assert.rejects(run('message.edit', { message, text: 'late' }), { code: 'EDIT_WINDOW_EXPIRED' });
    await assert.rejects(run('message.revoke', { message, scope: 'everyone', sentAt: old.time }), {
      code: 'DELETE_WINDOW_EXPIRED',
    });
    assert.equal(
      [...bench.of('edit'), ...bench.of('revoke')].some(({ id, fromMe }) => id === old.id && fromMe),
      false,
    );
  });

  it('can be repeated when the answer is lost', async () => {
    const message = await own(direct);
    bench.simulator.faults.nextSends('lost');
    await assert.rejects(run('message.edit', { message, text: 'again' }), { code: 'CONNECTION_LOST' });
    await bench.level('ready');
    assert.equal(
      bench.of('edit').some(({ id }) => id === message.id),
      false,
    );
    await run('message.edit', { message, text: 'again' });
    await bench.until(() => state(direct, message.id)?.revisions.at(-1)?.text === 'again', 'edit');
  }).timeout(20_000);

  it('removes a message from the own devices, and hears when another does', async () => {
    for (const chat of [direct, ruled]) {
      const message = await says(chat);
      const { time } = state(chat, message.id) ?? { time: 0 };
      await run('message.revoke', { message, scope: 'me', sentAt: time });
      await bench.until(() => state(chat, message.id)?.deletedForMe, 'gone from the account');
      assert.equal(state(chat, message.id)?.revoked, null);
      await bench.until(() => bench.of('revoke').find(({ id }) => id === message.id), 'observation');
      assert.equal(
        bench.simulator.wire.mailbox.all().some(({ targetId }) => targetId === message.id),
        false,
      );
    }
    const { id } = await says(direct);
    bench.simulator.account.deleteForMe({ chat: direct.key, id, origin: { from: 'phone' } });
    await bench.until(() => bench.of('revoke').find((one) => one.id === id), 'deletion on the phone');
  });

  it('forwards texts and files of every kind, without uploading anything', async () => {
    const source = { chat: direct.jid, id: 'ABCDEF0123456789', fromMe: false, sender: direct.jid };
    const text = nextId();
    const told = await run('message.forward', {
      chat: pnOf(direct),
      messageId: text,
      source,
      content: { type: 'text', text: 'go on', media: null },
    });
    assert.deepEqual([told.chat, told.status], [direct.jid, 'sent']);
    const echo = await seen(text);
    assert.deepEqual(
      [echo.text, echo.forwarded, echo.fromMe, echo.via, echo.chatAlt],
      ['go on', true, true, 'echo', pnOf(direct)],
    );
    const kinds = new Set<string>();
    for (const { type, text: caption = null, media } of bench.of('message')) {
      if (media?.mediaKey === undefined || kinds.has(type)) continue;
      kinds.add(type);
      const messageId = nextId();
      const content = { type, text: caption, media };
      await run('message.forward', { chat: ruled.jid, messageId, source, content });
      const sent = await seen(messageId);
      assert.deepEqual([sent.type, sent.forwarded, sent.text ?? null], [type, true, caption]);
      const { url: _, ...kept } = media;
      assert.deepEqual({ ...sent.media, ...kept }, sent.media, type);
      const got = await bench.until(() => bench.simulator.wire.mailbox.byId(messageId)[0], 'mail');
      assert.equal(got.forwarded, true);
    }
    assert.ok(kinds.size >= 3, [...kinds].join());
  });

  it('says what cannot be forwarded', async () => {
    const source = { chat: direct.jid, id: 'ABCDEF0123456789', fromMe: false, sender: direct.jid };
    const cases = [
      [{ type: 'poll', text: 'which?', media: null }, 'CAPABILITY_UNAVAILABLE'],
      [{ type: 'image', text: null, media: { mime: 'image/png' } }, 'MEDIA_METADATA_MISSING'],
      [{ type: 'image', text: null, media: null }, 'MEDIA_METADATA_MISSING'],
      [{ type: 'text', text: null, media: null }, 'MESSAGE_NOT_FOUND'],
    ] as const;
    for (const [content, code] of cases) {
      const messageId = nextId();
      await assert.rejects(run('message.forward', { chat: direct.jid, messageId, source, content }), {
        code,
      });
      assert.deepEqual(bench.simulator.wire.mailbox.byId(messageId), []);
    }
  });
});
