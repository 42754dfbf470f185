import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { CommandInput, CommandOutput } from '#engines/contract/command.ts';
import { sampleMessage } from '#engines/contract/samples.ts';
import { createFixedClock } from '#kernel/clock.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { createSequentialIds } from '#kernel/ids.ts';
import { createBreakers } from '../health/breaker.ts';
import { createRouter } from '../routing/router.ts';
import type { SendTextRequest } from '../services/ports.ts';
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
  let answer: (input: Input) => Promise<Output>;
  let commits: Set<() => void>;

  function open(sendsPerMinute = 60): Sending {
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
      echoWaitMs: 60,
    });
    return sending;
  }

  beforeEach(async () => {
    home = await openTestHistory(clock);
    sent = [];
    commits = new Set();
    answer = ({ messageId, chat }) =>
      Promise.resolve({ messageId, chat, sentAt: Math.floor(clock.now() / 1_000), status: 'sent' });
    seat = await openEngineSeat(join(home.dir, 'outbox.db'), {
      'send.text': (input) => {
        sent.push(input);
        return answer(input);
      },
    });
    seat.engine.setStatus({ level: 'ready', capabilities: ['send.text'] });
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
  async function echo(messageId: string, via: 'live' | 'echo', status?: 'pending' | 'sent'): Promise<void> {
    const seq = (await home.history.ingest.offset('baileys', 'box')) + 1;
    const own = sampleMessage(1, {
      id: messageId,
      fromMe: true,
      sender: null,
      via,
      ...(status ? { status } : {}),
    });
    await home.history.ingest.apply({ engine: 'baileys', outboxId: 'box', seq, observations: [own] });
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
      answer = fails('DELIVERY_UNKNOWN');
      const waiting = sending.sendText({ ...REQUEST, idempotencyKey: 'k' });
      setTimeout(() => void echo(sent[0]?.messageId ?? '', 'live'), 20);
      assert.equal((await waiting).status, 'sent');
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
      answer = async ({ messageId }) => {
        await echo(messageId, 'echo', 'pending');
        throw new TandemError('DELIVERY_UNKNOWN');
      };
      await failsWith(sending.sendText(REQUEST), 'DELIVERY_UNKNOWN');
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
