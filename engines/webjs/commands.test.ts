import assert from 'node:assert/strict';
import type { CommandInput, CommandName, CommandOutput } from '#engines/contract/command.ts';
import { TandemError } from '#kernel/errors.ts';
import { until } from '#kernel/testing/until.ts';
import { ME, type SimChat } from '#simulator/account/model.ts';
import { sampleMedia } from '#simulator/account/sample-media.ts';
import { type Bench, createBench } from './testing/bench.ts';

const WAIT_MS = 40_000;
/** Faults reach the page as events. */

describe('webjs: commands', function () {
  this.timeout(60_000);
  let bench: Bench;
  let direct: SimChat;
  let group: SimChat;
  let ids = 0;

  before(async () => {
    bench = await createBench();
    await bench.synced();
    const find = (fits: (chat: SimChat) => boolean): SimChat =>
      bench.simulator.account.chats().find(fits) ?? assert.fail('no such chat');
    direct = find((chat) => chat.kind === 'direct' && chat.jid.endsWith('@lid'));
    group = find((chat) => chat.kind === 'group' && chat.group?.addressing === 'lid' && !chat.readOnly);
  });
  after(() => bench.close());
  afterEach(() => {
    bench.simulator.web.faults.reset();
    bench.simulator.faults.reset();
  });

  function run<C extends CommandName>(name: C, input: CommandInput<C>): Promise<CommandOutput<C>> {
    const handler = bench.engine.commands[name] as
      | ((input: CommandInput<C>, signal: AbortSignal) => Promise<CommandOutput<C>>)
      | undefined;
    return handler?.(input, AbortSignal.timeout(WAIT_MS)) ?? assert.fail(`no ${name}`);
  }
  const fails = async (work: Promise<unknown>): Promise<TandemError> => {
    const thrown = await work.then(
      () => assert.fail('nothing was thrown'),
      (error: unknown) => error,
    );
    assert.ok(thrown instanceof TandemError, String(thrown));
    return thrown;
  };
  const nextId = () => {
    ids += 1;
    return `3EB0${ids.toString(16).toUpperCase().padStart(18, '0')}`;
  };
  const held = (chat: SimChat, id: string) => bench.simulator.account.messageById(chat.key, id);
  const told = (id: string) =>
    bench.until(() => bench.of('message').find((one) => one.id === id), `message ${id}`);
  const refOf = async (id: string) => {
    const { chat, fromMe, sender } = await told(id);
    return { chat, id, fromMe, sender };
  };

  describe('send.text', () => {
    it('sends many at once, each under its own id and once', async () => {
      const sends = Array.from({ length: 20 }, (_, n) => ({
        chat: n % 2 === 0 ? direct : group,
        messageId: nextId(),
        text: `at once ${n}`,
      }));
      const answers = await Promise.all(
        sends.map(({ chat, messageId, text }) => run('send.text', { chat: chat.jid, messageId, text })),
      );
      for (const [at, { chat, messageId, text }] of sends.entries()) {
        assert.deepEqual([answers[at]?.messageId, answers[at]?.status], [messageId, 'sent']);
        assert.deepEqual(held(chat, messageId)?.content, { type: 'text', text });
        assert.equal(
          bench.simulator.web.log
            .named('send_message')
            .filter(({ params }) => JSON.stringify(params).includes(messageId)).length,
          1,
        );
        await told(messageId);
        assert.equal(bench.of('message').filter((one) => one.id === messageId).length, 1);
      }
    });

    it('answers, mentions, and quotes what the page does not have', async () => {
      const theirs = bench
        .of('message')
        .find((one) => one.chat === group.jid && one.type === 'text' && !one.fromMe);
      const member = group.group?.members.find(({ person }) => person !== ME)?.person ?? '';
      const lid = bench.simulator.account.person(member).lid ?? '';
      const known = nextId();
      const quoted = {
        id: theirs?.id ?? '',
        fromMe: false,
        sender: theirs?.sender ?? null,
        text: theirs?.text ?? null,
      };
      await run('send.text', { chat: group.jid, messageId: known, text: 'indeed', mentions: [lid], quoted });
      assert.deepEqual([held(group, known)?.quote?.id, held(group, known)?.mentions], [theirs?.id, [member]]);
      const echo = await told(known);
      assert.deepEqual([echo.quoted?.id, echo.mentions], [theirs?.id, [lid]]);
      const unknown = nextId();
      const gone = { id: '3EB0FFFFFFFFFFFFFFFF', fromMe: false, sender: lid, text: 'long ago' };
      await run('send.text', { chat: group.jid, messageId: unknown, text: 'still', quoted: gone });
      assert.deepEqual((await told(unknown)).quoted, { id: gone.id, sender: lid, text: 'long ago' });
    });

    it('names the chat that a number has become', async () => {
      const { pn } = bench.simulator.account.person(direct.peer ?? '');
      const messageId = nextId();
      const answer = await run('send.text', { chat: pn ?? '', messageId, text: 'by number' });
      assert.equal(answer.chat, direct.jid);
      assert.ok(held(direct, messageId));
    });

    it('leaves no other trace than the message', async () => {
      const { log } = bench.simulator.web;
      log.clear();
      const { id } = bench.simulator.account.receive({
        chat: direct.key,
        content: { type: 'text', text: 'unread' },
      });
      await told(id);
      const unread = bench.simulator.account.chat(direct.key).unreadCount;
      await run('send.text', {
        chat: direct.jid,
        messageId: nextId(),
        text: 'https://example.com not read by this',
      });
      assert.equal(bench.simulator.account.chat(direct.key).unreadCount, unread);
      const traces = log
        .all()
        .filter(({ call }) => ['send_seen', 'presence', 'find_or_create_chat'].includes(call));
      assert.deepEqual(traces, []);
    });

    it('never says that something was not sent which may have been', async () => {
      for (const fate of ['lost', 'unacknowledged'] as const) {
        bench.simulator.faults.nextSends(fate);
        const messageId = nextId();
        const outcome = await run('send.text', { chat: group.jid, messageId, text: 'perhaps' }).then(
          ({ status }) => status,
          (error: TandemError) => error.code,
        );
        assert.ok(
          outcome === 'DELIVERY_UNKNOWN' || (fate === 'unacknowledged' && outcome === 'sent'),
          outcome,
        );
        assert.equal(held(group, messageId) !== undefined, fate === 'unacknowledged');
        await bench.level('ready');
      }
    });

    it('proves that nothing left when the page is not connected, or lacks what a send needs', async () => {
      bench.simulator.web.faults.pageState('TIMEOUT');
      await bench.level('recovering');
      const offline = await fails(run('send.text', { chat: direct.jid, messageId: nextId(), text: 'x' }));
      assert.deepEqual([offline.code, offline.details?.sent], ['NOT_CONNECTED', false]);
      bench.simulator.web.faults.pageState('CONNECTED');
      await bench.level('ready');
      bench.simulator.web.faults.set({ missingModules: ['WAWebMsgKey'] });
      // Until the page hears of it, sends succeed.
      const send = () => run('send.text', { chat: direct.jid, messageId: nextId(), text: 'x' });
      const changed = await until(
        () =>
          send().then(
            () => null,
            (error: TandemError) => error,
          ),
        'refusal',
      );
      assert.deepEqual(
        [changed.code, changed.details?.sent, changed.details?.reason],
        ['WHATSAPP_API_ERROR', false, 'page-changed'],
      );
      bench.simulator.web.faults.set({ missingModules: [] });
      await until(
        () =>
          send().then(
            ({ status }) => status === 'sent',
            () => false,
          ),
        'send that succeeds',
      );
    });

    it('does not know when the page hangs in the middle', async () => {
      bench.simulator.web.faults.set({ answerDelayMs: 500 });
      const messageId = nextId();
      const sending = run('send.text', { chat: direct.jid, messageId, text: 'cut off' });
      await bench.until(
        () =>
          bench.simulator.web.log
            .named('send_message')
            .some(({ params }) => JSON.stringify(params).includes(messageId)),
        'the message at the server',
      );
      bench.simulator.web.faults.hang();
      assert.equal((await fails(sending)).code, 'DELIVERY_UNKNOWN');
      bench.simulator.web.faults.set({ answerDelayMs: 0 });
      await bench.level('ready');
      const echo = await told(messageId);
      assert.equal(echo.fromMe, true);
    });
  });

  describe('message.forward', () => {
    it('finds nothing to forward', async () => {
      const source = { chat: direct.jid, id: '3EB0EEEEEEEEEEEEEEEE', fromMe: false, sender: null };
      const content = { type: 'text', text: null, media: null } as const;
      const error = await fails(
        run('message.forward', { chat: group.jid, messageId: nextId(), source, content }),
      );
      assert.deepEqual([error.code, error.details?.sent], ['MESSAGE_NOT_FOUND', false]);
    });

    it('forwards many at once, each under its own id', async () => {
      const { id } = bench.simulator.account.receive({
        chat: direct.key,
        content: { type: 'text', text: 'pass on' },
      });
      const source = await refOf(id);
      const content = { type: 'text', text: 'pass on', media: null } as const;
      const messageIds = Array.from({ length: 5 }, nextId);
      await Promise.all(
        messageIds.map((messageId) =>
          run('message.forward', { chat: group.jid, messageId, source, content }),
        ),
      );
      for (const messageId of messageIds) assert.equal(held(group, messageId)?.forwarded, true);
    });
  });

  describe('changing messages', () => {
    it('finds no message, or finds it too late', async () => {
      const gone = { chat: direct.jid, id: '3EB0EEEEEEEEEEEEEEEE', fromMe: true, sender: null };
      assert.equal(
        (await fails(run('message.react', { message: gone, emoji: '👍' }))).code,
        'MESSAGE_NOT_FOUND',
      );
      assert.equal(
        (await fails(run('message.edit', { message: gone, text: 'x' }))).code,
        'MESSAGE_NOT_FOUND',
      );
      const old = bench
        .of('message')
        .find((one) => one.fromMe && one.type === 'text' && one.via === 'push' && one.revoked !== true);
      assert.ok(old, 'no own message');
      const message = await refOf(old.id);
      assert.equal((await fails(run('message.edit', { message, text: 'x' }))).code, 'EDIT_WINDOW_EXPIRED');
      const revoke = run('message.revoke', { message, scope: 'everyone', sentAt: old.sentAt });
      assert.equal((await fails(revoke)).code, 'DELETE_WINDOW_EXPIRED');
    });
  });

  describe('chats', () => {
    it('does not read for the own devices alone, because it cannot', async () => {
      const newest = { id: 'A1', fromMe: false, sender: null, sentAt: 1 };
      const error = await fails(run('chat.markRead', { chat: direct.jid, newest, tellSenders: false }));
      assert.equal(error.code, 'CAPABILITY_UNAVAILABLE');
      assert.equal(bench.simulator.web.log.named('send_seen').length, 0);
    });

    it('pins three chats and no more', async () => {
      const chats = bench.simulator.account.chats().filter((chat) => chat.kind !== 'community');
      for (const { jid, settings } of chats)
        if (settings.pinnedAt !== null) await run('chat.pin', { chat: jid, pinned: false });
      const four = chats.slice(0, 4).map(({ jid }) => jid);
      for (const chat of four.slice(0, 3))
        assert.deepEqual(await run('chat.pin', { chat, pinned: true }), { pinned: true });
      assert.deepEqual(await run('chat.pin', { chat: four[0] ?? '', pinned: true }), { pinned: true });
      assert.equal(
        (await fails(run('chat.pin', { chat: four[3] ?? '', pinned: true }))).code,
        'MAX_PINS_REACHED',
      );
    });

    it('makes no chat to change one', async () => {
      const chat = '4999999999999@s.whatsapp.net';
      bench.simulator.web.log.clear();
      assert.equal(
        (await fails(run('chat.archive', { chat, archived: true, newest: null }))).code,
        'CHAT_NOT_FOUND',
      );
      assert.equal((await fails(run('chat.mute', { chat, until: 0 }))).code, 'CHAT_NOT_FOUND');
      assert.equal(bench.simulator.web.log.named('find_or_create_chat').length, 0);
    });
  });

  describe('history.page', () => {
    const oldest = () => {
      const chat =
        bench.simulator.account.chats().find((one) => one.pushedFrom > 0) ??
        assert.fail('nothing on the phone');
      const [first] = bench
        .of('message')
        .filter((one) => one.chat === chat.jid)
        .toSorted((a, b) => a.sentAt - b.sentAt);
      const { id, fromMe, sender, sentAt } = first ?? assert.fail('no message');
      return { key: chat.key, chat: chat.jid, anchor: { id, fromMe, sender, sentAt }, count: 50 };
    };

    it('asks once for one chat at a time, and says when the phone is silent', async () => {
      const { key: _key, ...input } = oldest();
      bench.simulator.faults.phone.onDemand = 'silent';
      const [first, second] = await Promise.allSettled([
        run('history.page', input),
        run('history.page', input),
      ]);
      assert.equal(second?.status === 'rejected' && (second.reason as TandemError).code, 'RATE_LIMITED');
      assert.equal(first?.status === 'fulfilled' && first.value.outcome, 'silent');
    });

    it('goes down to an anchor that another engine has come to', async () => {
      const { account } = bench.simulator;
      const { key } = oldest();
      const far =
        account.chats().find((one) => one.pushedFrom > 60 && one.key !== key) ?? assert.fail('no deep chat');
      const anchor = account.message(far.key, 12) ?? assert.fail('a short chat');
      const answer = await run('history.page', {
        chat: far.jid,
        anchor: { id: anchor.id, fromMe: anchor.fromMe, sender: null, sentAt: anchor.time },
        count: 50,
      });
      assert.deepEqual([answer.outcome, answer.messages, answer.end], ['answered', 12, 'start-reached']);
    });

    it('says that the phone gives no more', async () => {
      const { key, ...input } = oldest();
      bench.simulator.web.faults.set({ phoneOnlyChats: [key] });
      const answer = await run('history.page', input);
      assert.deepEqual([answer.outcome, answer.messages, answer.end], ['answered', 0, 'more-on-phone']);
    });
  });

  describe('media.download', () => {
    it('has the phone bring a file back that the host has dropped, and says when it does not', async () => {
      const content = sampleMedia({ kind: 'image', expired: true });
      const { id } = bench.simulator.account.receive({ chat: direct.key, content });
      const { type, media = {}, chat, fromMe, sender } = await told(id);
      const input = { message: { chat, id, fromMe, sender }, type, media, maxBytes: 1_000_000 };
      bench.simulator.faults.phone.reuploads = false;
      assert.equal((await fails(run('media.download', input))).code, 'MEDIA_EXPIRED');
      bench.simulator.faults.phone.reuploads = true;
      assert.ok((await run('media.download', input)).bytes > 0);
    });

    it('needs no keys from the caller for a message that the page has', async () => {
      const { id } = bench.simulator.account.receive({
        chat: direct.key,
        content: sampleMedia({ kind: 'document', bytes: 3_000 }),
      });
      const message = await refOf(id);
      const input = { type: 'document', media: {}, maxBytes: 10_000 } as const;
      assert.equal((await run('media.download', { ...input, message })).bytes, 3_000);
      const unknown = { ...message, id: 'UNKNOWN' };
      assert.equal(
        (await fails(run('media.download', { ...input, message: unknown }))).code,
        'NO_MEDIA_CONTENT',
      );
    });

    it('fetches what the page does not have, by what the caller knows, and no more than asked for', async () => {
      const content = sampleMedia({ kind: 'document', bytes: 4_000 });
      const { id } = bench.simulator.account.receive({ chat: direct.key, content });
      const { type, media = {}, chat, fromMe } = await told(id);
      const message = { chat, id: 'UNKNOWN', fromMe, sender: null };
      assert.equal((await run('media.download', { message, type, media, maxBytes: 10_000 })).bytes, 4_000);
      const error = await fails(
        run('media.download', { message, type, media: { ...media, bytes: 1 }, maxBytes: 3_999 }),
      );
      assert.deepEqual([error.code, error.details?.reason], ['MEDIA_DOWNLOAD_FAILED', 'too-large']);
    });
  });
});

describe('webjs: commands on pages of the newer generation', function () {
  this.timeout(60_000);
  let bench: Bench;
  before(async () => {
    bench = await createBench();
    bench.simulator.web.faults.set({ messageKeys: 'minified' });
    await bench.synced();
  });
  after(() => bench.close());

  it('work on messages whose keys have another name', async () => {
    const { account } = bench.simulator;
    const chat = account.chats().find((one) => one.kind === 'group' && !one.readOnly) ?? assert.fail();
    const held = (id: string) => account.messageById(chat.key, id) ?? assert.fail('not in the account');
    const { commands } = bench.engine;
    const signal = AbortSignal.timeout(WAIT_MS);
    const told = (id: string) =>
      bench.until(() => bench.of('message').find((one) => one.id === id), 'the message');
    const refOf = async (id: string) => {
      const { chat: jid, fromMe, sender } = await told(id);
      return { chat: jid, id, fromMe, sender };
    };
    const sender = chat.group?.members.find(({ person }) => person !== ME)?.person ?? '';
    const theirs = account.receive({
      chat: chat.key,
      sender,
      content: sampleMedia({ kind: 'document', bytes: 2_000 }),
    });
    const { type, media = {}, ...seen } = await told(theirs.id);
    const message = { chat: seen.chat, id: seen.id, fromMe: seen.fromMe, sender: seen.sender };
    const mine = '3EB0A1A1A1A1A1A1A1A1A1';
    const quoted = { ...message, text: null };
    await commands['send.text']?.({ chat: chat.jid, messageId: mine, text: 'answer', quoted }, signal);
    assert.equal(held(mine).quote?.id, theirs.id);
    await commands['message.react']?.({ message, emoji: '👍' }, signal);
    await bench.until(() => held(theirs.id).reactions.some(({ emoji }) => emoji === '👍'), 'the reaction');
    await commands['message.edit']?.({ message: await refOf(mine), text: 'edited' }, signal);
    assert.equal(held(mine).revisions.at(-1)?.text, 'edited');
    const sent = '3EB0A2A2A2A2A2A2A2A2A2';
    const content = { type, text: null, media };
    await commands['message.forward']?.(
      { chat: chat.jid, messageId: sent, source: message, content },
      signal,
    );
    assert.equal(held(sent).forwarded, true);
    const file = await commands['media.download']?.({ message, type, media, maxBytes: 10_000 }, signal);
    assert.equal(file?.bytes, 2_000);
    await commands['message.revoke']?.({ message: await refOf(mine), scope: 'everyone', sentAt: 1 }, signal);
    assert.notEqual(held(mine).revoked, null);
    await commands['message.revoke']?.({ message, scope: 'me', sentAt: 1 }, signal);
    assert.equal(held(theirs.id).deletedForMe, true);
  });
});
