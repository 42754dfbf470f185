import assert from 'node:assert/strict';
import type { CommandHandlers, CommandInput } from '#engines/contract/command.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { failsWith } from '../testing/errors.ts';
import {
  anna,
  bert,
  club,
  group,
  groupInfo,
  me,
  message,
  mine,
  NOW_SECONDS,
  START_SECONDS,
} from '../testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from '../testing/world.ts';

const NOW_AFTER = NOW_SECONDS - START_SECONDS;

describe('acting upon messages', () => {
  let world: World;
  let asked: string[];
  let failure: ErrorCode | null;
  let reacted: CommandInput<'message.react'>[];
  let edited: CommandInput<'message.edit'>[];
  let revoked: CommandInput<'message.revoke'>[];
  let forwarded: CommandInput<'message.forward'>[];
  const commands = (engine: string): CommandHandlers => {
    const note = <I>(list: I[], input: I): void => {
      asked.push(engine);
      if (failure !== null) throw new TandemError(failure);
      list.push(input);
    };
    const at = NOW_SECONDS;
    return {
      'message.react': async (input) => {
        note(reacted, input);
        return { at };
      },
      'message.edit': async (input) => {
        note(edited, input);
        return { at };
      },
      'message.revoke': async (input) => {
        note(revoked, input);
        return { at };
      },
      'message.forward': async (input) => {
        note(forwarded, input);
        return { messageId: input.messageId, chat: input.chat, sentAt: at, status: 'sent' };
      },
    };
  };
  const open = async (options: WorldOptions = {}) => {
    asked = [];
    failure = null;
    reacted = [];
    edited = [];
    revoked = [];
    forwarded = [];
    world = await createWorld({ commands: commands('baileys'), webjs: commands('webjs'), ...options });
    await world.learn([message(anna.pn, NOW_AFTER - 60, 'On my wya', { ...mine, id: 'FRESH' })]);
    await world.learn(
      [message(anna.pn, NOW_AFTER - 30, 'Sent there', { ...mine, id: 'OVERTHERE', via: 'echo' })],
      'webjs',
    );
  };
  afterEach(() => world.close());
  const actions = () => world.services.actions;

  describe('a reaction', () => {
    const react = (message_id: string, emoji: string, chat?: string) =>
      actions().react({ message_id, chat, emoji });

    it('goes to the author of the message, and is taken back by an empty one', async () => {
      await open();
      const { data, meta } = await react('BOOK0000000000001', ' 👨‍👩‍👧‍👦 ');
      assert.deepEqual(reacted[0], {
        message: { chat: club, id: 'BOOK0000000000001', fromMe: false, sender: bert.lid },
        emoji: '👨‍👩‍👧‍👦',
      });
      assert.deepEqual(data, {
        message_id: 'BOOK0000000000001',
        chat_jid: club,
        chat_name: 'Book club',
        reacted: true,
        emoji: '👨‍👩‍👧‍👦',
        timestamp: '2026-03-02T10:00:00+01:00',
      });
      assert.equal(meta?.engine, 'baileys');
      assert.equal((await react('BOOK0000000000001', '')).data.reacted, false);
    });

    it('is one emoji under a message that is there', async () => {
      await open();
      for (const emoji of ['❤', '❤️', '🇩🇪', '1️⃣', '👍🏽']) await react('FRESH', emoji);
      for (const words of ['yes', '👍👍', 'x'])
        await failsWith('VALIDATION_ERROR', () => react('FRESH', words));
      await failsWith('MESSAGE_NOT_FOUND', () => react('NEVER', '👍'));
      await failsWith('MESSAGE_AMBIGUOUS', () => react('SAMEID00000000001', '👍'));
      await world.learn([
        { kind: 'revoke', chat: anna.pn, id: 'FRESH', fromMe: true, sender: null, at: NOW_SECONDS },
        message(anna.pn, 700, null, { id: 'NOTICE', type: 'system' }),
      ]);
      await failsWith('MESSAGE_NOT_FOUND', () => react('FRESH', '👍'));
      await failsWith('VALIDATION_ERROR', () => react('NOTICE', '👍'));
      assert.equal(reacted.length, 5);
    });

    it('asks the engine first that sent the message, and the other when that is down', async () => {
      await open();
      assert.equal((await react('OVERTHERE', '👍')).meta?.engine, 'webjs');
      world.setEngine({ level: 'recovering', reason: 'page-hung' }, 'webjs');
      assert.deepEqual((await react('OVERTHERE', '👍')).meta, {
        engine: 'baileys',
        routed_from: 'webjs',
        attempts: 1,
        degraded: true,
        degraded_reason: 'webjs: NOT_CONNECTED',
      });
    });

    it('asks whom it can when the engine that sent the message is not there any more', async () => {
      await open();
      await world.close();
      await open({ webjs: undefined });
      assert.deepEqual((await react('OVERTHERE', '👍')).meta, { engine: 'baileys', attempts: 1 });
    });

    it('counts with the messages that are sent', async () => {
      await open({ config: { sendsPerMinute: 2 } });
      await react('FRESH', '👍');
      await react('FRESH', '👎');
      const error = await failsWith('RATE_LIMITED', () => react('FRESH', '👍'));
      assert.equal(error.retryAfterSeconds, 60);
      assert.equal(reacted.length, 2);
    });
  });

  describe('an edit', () => {
    const edit = (message_id: string, new_text = 'On my way') => actions().edit({ message_id, new_text });

    it('replaces the text of an own message', async () => {
      await open();
      const { data } = await edit('FRESH');
      assert.deepEqual([data.edited, data.chat_jid], [true, anna.lid]);
      assert.deepEqual([edited[0]?.text, edited[0]?.message.fromMe], ['On my way', true]);
    });

    it('is for own texts only, and only for a quarter of an hour', async () => {
      await open();
      await failsWith('NOT_OWN_MESSAGE', () => edit('FIRST000000000001'));
      const { details } = await failsWith('EDIT_WINDOW_EXPIRED', () => edit('REPLY000000000001'));
      assert.equal(details?.window_s, 900);
      await failsWith('TEXT_TOO_LONG', () => edit('FRESH', 'x'.repeat(4_097)));
      await failsWith('VALIDATION_ERROR', () => edit('FRESH', ' \n'));
      await world.learn([
        message(anna.pn, NOW_AFTER - 10, 'caption', {
          ...mine,
          id: 'PICTURE',
          type: 'image',
          media: { mime: 'image/png' },
        }),
      ]);
      await failsWith('VALIDATION_ERROR', () => edit('PICTURE'));
      world.clock.advance(15 * 60_000);
      await failsWith('EDIT_WINDOW_EXPIRED', () => edit('FRESH'));
      assert.deepEqual(asked, []);
    });

    it('ends by the word of the server too', async () => {
      await open();
      failure = 'EDIT_WINDOW_EXPIRED';
      await failsWith('EDIT_WINDOW_EXPIRED', () => edit('FRESH'));
    });
  });

  describe('a deletion', () => {
    const remove = (message_id: string, scope: 'everyone' | 'me' = 'everyone') =>
      actions().delete({ message_id, scope });

    it('takes an own message back, once', async () => {
      await open();
      const { data } = await remove('FRESH');
      assert.deepEqual([data.deleted, data.scope, data.already], [true, 'everyone', undefined]);
      assert.deepEqual([revoked[0]?.scope, revoked[0]?.sentAt], ['everyone', NOW_SECONDS - 60]);
      await world.learn([
        { kind: 'revoke', chat: anna.pn, id: 'FRESH', fromMe: true, sender: null, at: NOW_SECONDS },
      ]);
      const again = await remove('FRESH');
      assert.deepEqual([again.data.already, again.meta, revoked.length], [true, undefined, 1]);
    });

    it("is for others' messages only as an admin of the group", async () => {
      await open();
      await remove('BOOK0000000000001');
      assert.equal(revoked[0]?.message.sender, bert.lid);
      await failsWith('NOT_OWN_MESSAGE', () => remove('FIRST000000000001'));
      await world.learn([
        group(club, 'Book club', {
          members: [
            { jid: bert.lid, role: 'owner' },
            { jid: me.lid, role: 'member' },
          ],
        }),
      ]);
      await failsWith('NOT_OWN_MESSAGE', () => remove('BOOK0000000000001'));
      assert.equal(revoked.length, 1);
    });

    it('asks WhatsApp before it says that the account is no admin', async () => {
      await open({
        commands: {
          ...commands('baileys'),
          'group.read': async () => ({
            groups: [
              groupInfo(club, 'Book club', { members: [{ jid: '12345@lid', alt: me.pn, role: 'admin' }] }),
            ],
          }),
        },
      });
      await world.learn([group(club, 'Book club', { members: [{ jid: bert.lid, role: 'owner' }] })]);
      await remove('BOOK0000000000001');
      assert.equal(revoked.length, 1);
    });

    it('for everyone has an end, on the own devices it has none', async () => {
      await open();
      world.clock.advance(60 * 3_600_000);
      await failsWith('DELETE_WINDOW_EXPIRED', () => remove('FRESH'));
      await remove('FRESH', 'me');
      await remove('FIRST000000000001', 'me');
      assert.deepEqual(
        revoked.map(({ scope, message: { id } }) => [scope, id]),
        [
          ['me', 'FRESH'],
          ['me', 'FIRST000000000001'],
        ],
      );
    });
  });

  describe('a forward', () => {
    const forward = (change: Partial<Parameters<ReturnType<typeof actions>['forward']>[0]> = {}) =>
      actions().forward({ message_id: 'FRESH', to_chat: 'Book club', allow_duplicate: false, ...change });

    it('brings a message with its file to another chat, at most once', async () => {
      await open();
      const request = { message_id: 'PHOTO000000000001', idempotency_key: 'k' };
      const { data, meta } = await forward(request);
      assert.deepEqual(
        [data.sent, data.chat_jid, data.from_chat_jid, data.status],
        [true, club, anna.lid, 'sent'],
      );
      assert.equal(meta?.engine, 'baileys');
      const [sent] = forwarded;
      assert.deepEqual([sent?.source.id, sent?.content.type], ['PHOTO000000000001', 'image']);
      assert.equal(sent?.content.media?.mime, 'image/jpeg');
      const again = await forward(request);
      assert.deepEqual([again.data.deduplicated, again.data.message_id], [true, data.message_id]);
      await failsWith('IDEMPOTENCY_KEY_REUSED', () => forward({ idempotency_key: 'k' }));
      assert.equal(forwarded.length, 1);
    });

    it('asks the engine first that holds the message', async () => {
      await open();
      assert.equal((await forward({ message_id: 'OVERTHERE' })).meta?.engine, 'webjs');
      assert.equal((await forward()).meta?.engine, 'baileys');
    });

    it('refuses what is not there, and who is not one', async () => {
      await open();
      await failsWith('MESSAGE_NOT_FOUND', () => forward({ message_id: 'NEVER' }));
      await failsWith('RECIPIENT_AMBIGUOUS', () => forward({ to_chat: 'Carla' }));
      await failsWith('INVALID_JID', () => forward({ to_chat: 'status@broadcast' }));
      await failsWith('CHAT_NOT_FOUND', () => forward({ from_chat: 'Nowhere' }));
      await world.learn([message(anna.pn, 700, null, { id: 'LOST', type: 'undecryptable' })]);
      await failsWith('VALIDATION_ERROR', () => forward({ message_id: 'LOST' }));
      assert.deepEqual(asked, []);
    });
  });
});
