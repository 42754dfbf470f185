import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { EngineName } from '#engines/contract/capability.ts';
import type { CommandInput, CommandOutput } from '#engines/contract/command.ts';
import { sampleMessage } from '#engines/contract/samples.ts';
import { createFixedClock } from '#kernel/clock.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { createSequentialIds } from '#kernel/ids.ts';
import { until } from '#kernel/testing/until.ts';
import { createBreakers } from '../health/breaker.ts';
import { createRouter } from '../routing/router.ts';
import type { ForwardRequest, SendTextRequest } from '../services/ports.ts';
import { type EngineSeat, openEngineSeat } from '../testing/engine-seat.ts';
import { openTestHistory, silentLogger, type TestHistory } from '../testing/history.ts';
import { createSending, type Sending } from './sending.ts';

type Input = CommandInput<'send.text'>;
type Output = CommandOutput<'send.text'>;

const REQUEST: SendTextRequest = { chat: '4915112345678@s.whatsapp.net', text: 'hello' };

describe('sending', () => {
  const clock = createFixedClock(1_700_000_000_000);
  const ids = createSequentialIds();
  let home: TestHistory;
  let seat: EngineSeat;
  let sending: Sending;
  let sent: Input[];
  let forwarded: CommandInput<'message.forward'>[];
  let answer: (input: Input) => Promise<Output>;
  let commits: Set<() => void>;

  function open(sendsPerMinute = 60, echoWaitMs = 300): Sending {
    const { history } = home;
    const router = createRouter({
      engines: () => [
        {
          engine: 'baileys',
          processUp: true,
          reachable: true,
          status: seat.engine.status(),
          responseMs: 1,
          checkedAtMs: 1,
          error: null,
          selfTests: [],
          recovery: null,
        },
      ],
      client: () => seat.client,
      breakers: createBreakers(clock),
    });
    sending = createSending({
      sends: history.sends,
      rates: history.rates,
      messages: history.messages,
      router,
      onIngested: (listener) => {
        commits.add(listener);
        return () => commits.delete(listener);
      },
      sendsPerMinute,
      idempotencyHours: 24,
      clock,
      ids,
      logger: silentLogger,
      echoWaitMs,
    });
    return sending;
  }

  beforeEach(async () => {
    home = await openTestHistory(clock);
    sent = [];
    forwarded = [];
    commits = new Set();
    answer = ({ messageId, chat }) =>
      Promise.resolve({ messageId, chat, sentAt: Math.floor(clock.now() / 1_000), status: 'sent' });
    seat = await openEngineSeat(join(home.dir, 'outbox.db'), {
      'send.text': (input) => {
        sent.push(input);
        return answer(input);
      },
      'message.forward': (input) => {
        forwarded.push(input);
        return Promise.resolve({ messageId: input.messageId, chat: input.chat, sentAt: 1, status: 'sent' });
      },
    });
    seat.engine.setStatus({ level: 'ready', capabilities: ['send.text', 'message.forward'] });
    open();
  });
  afterEach(async () => {
    await seat.close();
    await home.close();
  });

  const fails = (code: ErrorCode) => () => Promise.reject(new TandemError(code));
  async function failsWith(action: Promise<unknown>, code: ErrorCode): Promise<TandemError> {
    const thrown = await action.then(
      () => assert.fail('nothing was thrown'),
      (error: unknown) => error,
    );
    assert.ok(thrown instanceof TandemError, String(thrown));
    assert.equal(thrown.code, code);
    return thrown;
  }
  /** The message comes back from the server, as another path than the engine's own note. */
  async function echo(
    messageId: string,
    via: 'live' | 'echo',
    status?: 'pending' | 'sent',
    engine: EngineName = 'baileys',
  ): Promise<void> {
    const seq = (await home.history.ingest.offset(engine, 'box')) + 1;
    const own = sampleMessage(1, {
      id: messageId,
      fromMe: true,
      sender: null,
      via,
      ...(status ? { status } : {}),
    });
    await home.history.ingest.apply({ engine, outboxId: 'box', seq, observations: [own] });
    for (const listener of commits) listener();
  }

  it('sends under an id of its own and says who did it', async () => {
    const outcome = await sending.sendText({ ...REQUEST, mentions: ['4917000000000@s.whatsapp.net'] });
    assert.match(outcome.messageId, /^3EB0[0-9A-F]{18}$/);
    assert.deepEqual([outcome.engine, outcome.status, outcome.duplicate], ['baileys', 'sent', 'none']);
    assert.equal(outcome.attempts.length, 1);
    assert.deepEqual(
      sent.map((one) => [one.messageId, one.text, one.mentions?.length]),
      [[outcome.messageId, 'hello', 1]],
    );
  });

  describe('with an idempotency key', () => {
    const keyed = { ...REQUEST, idempotencyKey: 'k1' };

    it('gives the stored answer again, also after a restart', async () => {
      const first = await sending.sendText(keyed);
      await home.reopen();
      open();
      clock.advance(3_600_000);
      const again = await sending.sendText(keyed);
      assert.deepEqual([again.messageId, again.duplicate], [first.messageId, 'replayed']);
      assert.equal(sent.length, 1);
    });

    it('joins a send that is under way', async () => {
      const both = await Promise.all([sending.sendText(keyed), sending.sendText(keyed)]);
      assert.deepEqual(both.map((one) => one.duplicate).toSorted(), ['none', 'replayed']);
      assert.equal(sent.length, 1);
    });

    it('refuses the key for another request', async () => {
      await sending.sendText(keyed);
      await failsWith(sending.sendText({ ...keyed, text: 'other words' }), 'IDEMPOTENCY_KEY_REUSED');
      assert.equal(sent.length, 1);
    });

    it('is free again after what was certainly not sent', async () => {
      for (const code of ['NOT_CONNECTED', 'SEND_FAILED'] as const) {
        answer = fails(code);
        await failsWith(sending.sendText(keyed), code);
      }
      answer = ({ messageId, chat }) => Promise.resolve({ messageId, chat, sentAt: 1, status: 'sent' });
      assert.equal((await sending.sendText(keyed)).duplicate, 'none');
    });

    it('expires', async () => {
      await sending.sendText(keyed);
      clock.advance(25 * 3_600_000);
      assert.equal((await sending.sendText(keyed)).duplicate, 'none');
      assert.equal(sent.length, 2);
    });
  });

  describe('without a key', () => {
    it('holds back the same words to the same chat for 45 seconds', async () => {
      const first = await sending.sendText(REQUEST);
      clock.advance(44_000);
      const repeat = await sending.sendText(REQUEST);
      assert.deepEqual([repeat.messageId, repeat.duplicate], [first.messageId, 'suppressed']);
      assert.equal((await sending.sendText({ ...REQUEST, text: 'other' })).duplicate, 'none');
      assert.equal((await sending.sendText({ ...REQUEST, allowDuplicate: true })).duplicate, 'none');
      clock.advance(46_000);
      assert.equal((await sending.sendText(REQUEST)).duplicate, 'none');
      assert.equal(sent.length, 4);
    });
  });

  describe('with an unknown outcome', () => {
    it('takes the echo as the proof, whenever it comes', async () => {
      answer = ({ messageId }) => {
        setTimeout(() => void echo(messageId, 'live'), 20);
        return Promise.reject(new TandemError('DELIVERY_UNKNOWN'));
      };
      assert.equal((await sending.sendText({ ...REQUEST, idempotencyKey: 'k' })).status, 'sent');
    });

    it('says so, never sends again, and settles when the echo comes later', async () => {
      answer = fails('DELIVERY_UNKNOWN');
      const keyed = { ...REQUEST, idempotencyKey: 'k' };
      const error = await failsWith(sending.sendText(keyed), 'DELIVERY_UNKNOWN');
      const messageId = String(error.details?.message_id);
      assert.equal(messageId, sent[0]?.messageId);
      await failsWith(sending.sendText(keyed), 'DELIVERY_UNKNOWN');
      await failsWith(sending.sendText(REQUEST), 'DELIVERY_UNKNOWN');
      await echo(messageId, 'live');
      assert.deepEqual((await sending.sendText(keyed)).duplicate, 'replayed');
      assert.equal(sent.length, 1);
    });

    it("does not take the engine's own note for a proof", async () => {
      for (const via of ['echo', 'live'] as const) {
        answer = async ({ messageId }) => {
          await echo(messageId, via, 'pending');
          throw new TandemError('DELIVERY_UNKNOWN', { engine: 'baileys' });
        };
        await failsWith(sending.sendText({ ...REQUEST, text: via }), 'DELIVERY_UNKNOWN');
      }
    });

    it('takes what the other engine saw for a proof, and says who sent it and who was asked', async () => {
      answer = async ({ messageId }) => {
        await echo(messageId, 'echo', 'pending');
        setTimeout(() => void echo(messageId, 'live', undefined, 'webjs'), 20);
        throw new TandemError('DELIVERY_UNKNOWN');
      };
      const outcome = await sending.sendText(REQUEST);
      assert.deepEqual([outcome.engine, outcome.status, outcome.duplicate], ['baileys', 'sent', 'none']);
      assert.deepEqual(
        outcome.attempts.map(({ engine, code }) => [engine, code]),
        [['baileys', 'DELIVERY_UNKNOWN']],
      );
      assert.equal((await sending.sendText(REQUEST)).duplicate, 'suppressed');
    });

    it('does not wait for an engine that says nothing once the message was seen elsewhere', async () => {
      answer = ({ messageId }) => {
        setTimeout(() => void echo(messageId, 'echo', 'pending'), 20);
        setTimeout(() => void echo(messageId, 'live', undefined, 'webjs'), 60);
        return new Promise(() => undefined);
      };
      const outcome = await sending.sendText(REQUEST);
      assert.deepEqual([outcome.engine, outcome.status], ['baileys', 'sent']);
      assert.deepEqual(
        outcome.attempts.map(({ engine, code }) => [engine, code]),
        [['baileys', null]],
      );
    });

    it('becomes done by itself when the echo comes after the caller was told, also after a restart', async () => {
      answer = fails('DELIVERY_UNKNOWN');
      const told = await failsWith(sending.sendText({ ...REQUEST, idempotencyKey: 'k' }), 'DELIVERY_UNKNOWN');
      const crashed = await home.history.sends.plan(
        {
          messageId: '3EB00000000000000000CC',
          operation: 'message.forward',
          idempotencyKey: 'k2',
          fingerprint: 'f',
          chatJid: REQUEST.chat,
          createdAtMs: clock.now(),
        },
        3_600_000,
      );
      await home.history.sends.update(crashed.record.id, { state: 'dispatched' });
      await sending.recover();
      const stateOf = async (id: number) => (await home.history.sends.get(id))?.state;
      const first = crashed.record.id - 1;
      assert.deepEqual([await stateOf(first), await stateOf(crashed.record.id)], ['unknown', 'unknown']);
      await echo(String(told.details?.message_id), 'live', undefined, 'webjs');
      await echo(crashed.record.messageId, 'live', undefined, 'webjs');
      await until(
        async () =>
          (await Promise.all([first, crashed.record.id].map(stateOf))).every((state) => state === 'done'),
        'end of both',
      );
      assert.equal((await sending.sendText({ ...REQUEST, idempotencyKey: 'k' })).duplicate, 'replayed');
    });

    it('counts every error that does not prove the contrary', async () => {
      for (const code of ['ENGINE_TIMEOUT', 'WHATSAPP_API_ERROR', 'CONNECTION_LOST'] as const) {
        answer = fails(code);
        await failsWith(sending.sendText({ ...REQUEST, text: code }), 'DELIVERY_UNKNOWN');
        answer = () => Promise.reject(new TandemError(code, { details: { sent: false } }));
        await failsWith(sending.sendText({ ...REQUEST, text: `${code} before it left` }), code);
      }
    });
  });

  describe('forwards', () => {
    const forward: ForwardRequest = {
      chat: REQUEST.chat,
      source: {
        chat: '120363000000000001@g.us',
        id: 'A1',
        fromMe: false,
        sender: '4917000000000@s.whatsapp.net',
      },
      content: { type: 'text', text: 'hello', media: null },
    };

    it('are held to the same promises as texts, apart from them', async () => {
      const first = await sending.forward({ ...forward, idempotencyKey: 'k' });
      assert.match(first.messageId, /^3EB0[0-9A-F]{18}$/);
      assert.deepEqual(
        forwarded.map(({ messageId, source }) => [messageId, source.id]),
        [[first.messageId, 'A1']],
      );
      const again = await sending.forward({ ...forward, idempotencyKey: 'k' });
      assert.deepEqual([again.messageId, again.duplicate], [first.messageId, 'replayed']);
      const other = { ...forward, source: { ...forward.source, id: 'A2' } };
      await failsWith(sending.forward({ ...other, idempotencyKey: 'k' }), 'IDEMPOTENCY_KEY_REUSED');
      assert.equal((await sending.forward(forward)).duplicate, 'suppressed');
      assert.equal((await sending.forward(other)).duplicate, 'none');
      assert.equal((await sending.sendText({ ...REQUEST, idempotencyKey: 'k' })).duplicate, 'none');
      assert.deepEqual([forwarded.length, sent.length], [2, 1]);
    });
  });

  describe('after a crash', () => {
    const plan = (key: string) =>
      home.history.sends.plan(
        {
          messageId: `3EB0${key.padStart(18, '0')}`,
          operation: 'send.text',
          idempotencyKey: key,
          fingerprint: 'f',
          chatJid: REQUEST.chat,
          createdAtMs: clock.now(),
        },
        3_600_000,
      );

    it('has sent at most once wherever it was killed, and asking again with the key never sends twice', async () => {
      const keyed = { ...REQUEST, idempotencyKey: 'k' };
      const seen: string[] = [];
      for (let steps = 0; steps <= 7; steps += 1) {
        const text = `killed after ${steps}`;
        const request = { ...keyed, text, idempotencyKey: text };
        let left = steps;
        /** Every step counts, and none is made after the kill: neither by the store nor by the engine. */
        const step = () => {
          left -= 1;
          if (left < 0) throw new TandemError('DB_READ_ONLY');
        };
        const { sends } = home.history;
        for (const name of ['plan', 'update', 'release'] as const) {
          const real = sends[name].bind(sends) as (...args: unknown[]) => Promise<unknown>;
          Object.assign(sends, {
            [name]: async (...args: unknown[]) => {
              step();
              const done = await real(...args);
              step();
              return done;
            },
          });
        }
        answer = ({ messageId, chat }) => {
          step();
          seen.push(text);
          return Promise.resolve({ messageId, chat, sentAt: 1, status: 'sent' });
        };
        await sending.sendText(request).catch(() => undefined);
        answer = ({ messageId, chat }) => {
          seen.push(text);
          return Promise.resolve({ messageId, chat, sentAt: 1, status: 'sent' });
        };
        await home.reopen();
        await open().recover();
        const again = await sending.sendText(request).catch((error: TandemError) => error.code);
        const times = seen.filter((one) => one === text).length;
        assert.ok(times <= 1, `${text}: sent ${times} times`);
        if (typeof again !== 'string') assert.equal(times, 1, text);
        else assert.equal(again, 'DELIVERY_UNKNOWN', text);
      }
      assert.ok(seen.length >= 4);
    });

    it('frees what was only planned, settles what came back, and marks the rest unknown', async () => {
      const planned = await plan('1');
      const settled = await plan('2');
      const lost = await plan('3');
      for (const { record } of [settled, lost])
        await home.history.sends.update(record.id, { state: 'dispatched' });
      await echo(settled.record.messageId, 'echo', 'sent');
      await home.reopen();
      await open().recover();
      const { sends } = home.history;
      assert.equal(await sends.get(planned.record.id), null);
      assert.equal((await sends.get(settled.record.id))?.state, 'done');
      assert.equal((await sends.get(lost.record.id))?.state, 'unknown');
      assert.deepEqual(await sends.open(), []);
      assert.equal(sent.length, 0);
    });
  });

  describe('when the store cannot be written', () => {
    it('sends nothing, says why, and the key works again afterwards', async () => {
      const keyed = { ...REQUEST, idempotencyKey: 'k' };
      const { sends } = home.history;
      const real = sends.update;
      Object.assign(sends, { update: fails('DB_DISK_FULL') });
      await failsWith(sending.sendText(keyed), 'DB_DISK_FULL');
      assert.equal(sent.length, 0);
      Object.assign(sends, { update: real });
      assert.equal((await sending.sendText(keyed)).duplicate, 'none');
    });

    it('sends the same words without a key afterwards, as nothing was sent before', async () => {
      const { sends } = home.history;
      const real = sends.update;
      Object.assign(sends, { update: fails('DB_DISK_FULL') });
      await failsWith(sending.sendText(REQUEST), 'DB_DISK_FULL');
      Object.assign(sends, { update: real });
      assert.equal((await sending.sendText(REQUEST)).duplicate, 'none');
      assert.equal((await sending.sendText(REQUEST)).duplicate, 'suppressed');
      assert.equal(sent.length, 1);
    });

    it('does not call a message failed that was sent', async () => {
      const { sends } = home.history;
      const real = sends.update;
      answer = ({ messageId, chat }) => {
        Object.assign(sends, { update: fails('DB_DISK_FULL') });
        return Promise.resolve({ messageId, chat, sentAt: 1, status: 'sent' });
      };
      const keyed = { ...REQUEST, idempotencyKey: 'k' };
      const first = await sending.sendText(keyed);
      Object.assign(sends, { update: real });
      await failsWith(sending.sendText(keyed), 'DELIVERY_UNKNOWN');
      await echo(first.messageId, 'echo', 'sent');
      assert.equal((await sending.sendText(keyed)).messageId, first.messageId);
      assert.equal(sent.length, 1);
    });
  });

  describe('rate limit', () => {
    it('counts all sends of the last minute, and a restart does not reset it', async () => {
      open(2);
      const send = (text: string) => sending.sendText({ ...REQUEST, text });
      await send('one');
      clock.advance(20_000);
      await send('two');
      const error = await failsWith(send('three'), 'RATE_LIMITED');
      assert.equal(error.retryAfterSeconds, 40);
      await home.reopen();
      open(2);
      await failsWith(send('three'), 'RATE_LIMITED');
      clock.advance(40_001);
      await send('three');
      assert.equal(sent.length, 3);
    });
  });
});
