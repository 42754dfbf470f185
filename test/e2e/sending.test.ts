import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { listMessages } from '#mcp/tools/list_messages.ts';
import { sendMessage } from '#mcp/tools/send_message.ts';
import type { OracleChat } from '#simulator/account/oracle.ts';
import { type Assistant, connectAssistant } from '../rig/assistant.ts';
import { engineOf, startLinked } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { createWorld, type World } from '../rig/world.ts';

const SETTINGS = { TANDEM_SENDING: 'on', TANDEM_SENDS_PER_MINUTE: '600' };

describe('sending', () => {
  let world: World;
  let service: Service;
  let assistant: Assistant;
  let chats: readonly OracleChat[];

  before(async () => {
    world = await createWorld('tiny');
    service = await startLinked(world, SETTINGS);
    assistant = await connectAssistant(service);
    chats = [...world.simulator.oracle.chats()];
  });
  after(async () => {
    await assistant.close();
    await world.close();
  });

  const person = (at = 0) =>
    chats.filter(({ kind, jids, name }) => kind === 'direct' && jids.length === 2 && name !== null)[
      at
    ] as OracleChat;
  const group = () => chats.find(({ kind }) => kind === 'group') as OracleChat;
  /** How often each recipient has decrypted a message with this text; the own phone is none. */
  const copies = (text: string): readonly number[] => {
    const times = new Map<string, number>();
    const me = world.simulator.account.person('me');
    for (const one of world.simulator.wire.mailbox.all()) {
      if (one.text !== text || one.recipientJid === me.pn || one.recipientJid === me.lid) continue;
      times.set(one.recipientJid, (times.get(one.recipientJid) ?? 0) + 1);
    }
    return [...times.values()];
  };
  const isReady = () => until(async () => (await engineOf(service)).level === 'ready', 'a ready engine');

  /** Starts the service anew, with the account that is linked already. */
  const startAgain = async (env: Readonly<Record<string, string>> = SETTINGS) => {
    await assistant.close();
    service = await world.start(env);
    await isReady();
    assistant = await connectAssistant(service);
  };

  it('reaches a person by name, number and hidden id, exactly once R:sent-at-most-once', async () => {
    const [lid = '', pn = ''] = person().jids;
    const names = [person().name ?? '', `+${pn.split('@')[0]}`, pn, lid];
    for (const [at, to] of names.entries()) {
      const message = `hello number ${at}`;
      const sent = await assistant.call(sendMessage, { to, message });
      assert.deepEqual([sent.sent, sent.deduplicated, sent.chat_jid], [true, false, lid]);
      assert.deepEqual(copies(message), [1]);
    }
  });

  it('reaches somebody with whom there is no chat yet', async () => {
    const stranger = world.simulator.account.addPerson({
      pn: '15559876543@s.whatsapp.net',
      lid: '299999999999999@lid',
      pushName: 'Nova',
      bookName: null,
      about: null,
      pictureId: null,
    });
    const sent = await assistant.call(sendMessage, { to: '+15559876543', message: 'nice to meet you' });
    assert.equal(sent.chat_jid, stranger.lid);
    assert.deepEqual(copies('nice to meet you'), [1]);
    await assistant.refuses('RECIPIENT_NOT_FOUND', 'send_message', {
      to: '+15550000001',
      message: 'anybody?',
    });
  });

  it('reaches somebody who has no hidden id', async () => {
    const chat = chats.find(
      ({ kind, jids: [jid, other] }) => kind === 'direct' && !other && !jid?.endsWith('@lid'),
    );
    const sent = await assistant.call(sendMessage, {
      to: chat?.canonicalJid ?? '',
      message: 'by number only',
    });
    assert.equal(sent.chat_jid, chat?.canonicalJid);
    assert.deepEqual(copies('by number only'), [1]);
  });

  it('reaches every member of a group once', async () => {
    const sent = await assistant.call(sendMessage, { to: group().name ?? '', message: 'hello all' });
    assert.equal(sent.chat_jid, group().canonicalJid);
    const others = group().memberJids.length - 1;
    assert.deepEqual(
      copies('hello all'),
      Array.from({ length: others }, () => 1),
    );
  });

  it('shows how far a message has got, and what it replies to', async () => {
    const [first] = (await assistant.call(listMessages, { chat: person().canonicalJid, limit: 1 })).messages;
    const sent = await assistant.call(sendMessage, {
      to: person().canonicalJid,
      message: 'have you read this?',
      reply_to: first?.id ?? '',
    });
    const shown = await until(async () => {
      const { messages } = await assistant.call(listMessages, { chat: person().canonicalJid, limit: 5 });
      const found = messages.find(({ id }) => id === sent.message_id);
      return found?.status === 'read' ? found : null;
    }, 'a read message');
    assert.deepEqual([shown.text, shown.quoted?.id], ['have you read this?', first?.id]);
  });

  it('the same words again within seconds are not sent again', async () => {
    const request = { to: person(1).canonicalJid, message: 'twice?' };
    const first = await assistant.call(sendMessage, request);
    const second = await assistant.call(sendMessage, request);
    assert.deepEqual(
      [second.sent, second.message_id, second.notice],
      [false, first.message_id, 'DUPLICATE_SUPPRESSED'],
    );
    assert.deepEqual(copies('twice?'), [1]);
    await assistant.call(sendMessage, { ...request, allow_duplicate: true });
    assert.deepEqual(copies('twice?'), [2]);
  });

  it('an idempotency key outlives a kill -9 R:sent-at-most-once', async () => {
    const request = { to: person().canonicalJid, message: 'only once', idempotency_key: 'once-1' };
    const first = await assistant.call(sendMessage, request);
    await service.kill();
    await startAgain();
    const again = await assistant.call(sendMessage, request);
    assert.deepEqual([again.message_id, again.deduplicated], [first.message_id, true]);
    assert.deepEqual(copies('only once'), [1]);
    await assistant.refuses('IDEMPOTENCY_KEY_REUSED', 'send_message', {
      ...request,
      message: 'something else',
    });
  });

  it('lost on the way: unknown, and never repeated R:sent-at-most-once', async () => {
    world.simulator.faults.nextSends('lost');
    const request = { to: person().canonicalJid, message: 'lost on the way', idempotency_key: 'lost-1' };
    const error = await assistant.refuses('DELIVERY_UNKNOWN', 'send_message', request);
    assert.equal(error.retryable, false);
    assert.ok(error.details?.message_id);
    await isReady();
    await assistant.refuses('DELIVERY_UNKNOWN', 'send_message', request);
    assert.deepEqual(copies('lost on the way'), []);
  });

  it('arrived without an answer: settled by what comes back R:sent-at-most-once', async () => {
    world.simulator.faults.nextSends('unacknowledged');
    const request = { to: person().canonicalJid, message: 'no answer', idempotency_key: 'silent-1' };
    const first = await assistant.attempt('send_message', request);
    if (!first.ok) assert.equal(first.error.code, 'DELIVERY_UNKNOWN');
    await isReady();
    await until(async () => {
      const again = await assistant.attempt('send_message', request);
      return again.ok && again.data.deduplicated === true;
    }, 'a settled outcome');
    assert.deepEqual(copies('no answer'), [1]);
  });

  it('a recipient that cannot read asks again, and reads it once', async () => {
    world.simulator.faults.nextSends('undecryptable');
    await assistant.call(sendMessage, { to: person().canonicalJid, message: 'unreadable at first' });
    await until(() => copies('unreadable at first').length > 0, 'a second copy');
    assert.deepEqual(copies('unreadable at first'), [1]);
  });

  it('says that it is not connected, and sends nothing later', async () => {
    world.simulator.faults.refuseConnections('reset');
    world.simulator.faults.drop();
    await until(async () => (await engineOf(service)).level === 'recovering', 'a lost connection');
    const error = await assistant.refuses('NOT_CONNECTED', 'send_message', {
      to: person().canonicalJid,
      message: 'offline',
    });
    assert.equal(error.retryable, true);
    world.simulator.faults.reset();
    await isReady();
    assert.deepEqual(copies('offline'), []);
  });

  it('keeps to the limit a minute', async () => {
    await service.stop();
    // Those of the last minute count, also after a restart.
    await startAgain({ ...SETTINGS, TANDEM_SENDS_PER_MINUTE: '1' });
    const error = await assistant.refuses('RATE_LIMITED', 'send_message', {
      to: person().canonicalJid,
      message: 'too many',
    });
    assert.ok((error.retry_after_s ?? 0) > 0);
    assert.deepEqual(copies('too many'), []);
  });

  it('is off until it is switched on R:sending-off', async () => {
    await service.stop();
    await startAgain({});
    assert.ok(!assistant.toolNames.includes('send_message'));
    for (const tool of ['send_message', 'send_text_message_v2']) {
      const error = await assistant.refuses('TOOL_DISABLED', tool, {
        to: person().canonicalJid,
        message: 'off',
      });
      assert.match(error.hint, /TANDEM_SENDING/);
    }
    assert.deepEqual(copies('off'), []);
  });
});
