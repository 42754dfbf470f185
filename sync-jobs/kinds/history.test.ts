import assert from 'node:assert/strict';
import type { CommandInput } from '#engines/contract/command.ts';
import type { JobRecord } from '#history/contracts/jobs.ts';
import { ANNA_LID, ANNA_PN, BERT_PN, message, T0 } from '#history/test-support.ts';
import { TandemError } from '#kernel/errors.ts';
import {
  CARL,
  CHATS,
  chatIdOf,
  isStartProven,
  missingIn,
  openHistoryWorld,
  rowFor,
  turnsUntil,
  HISTORY_WAIT_MS as WAIT_MS,
} from '../testing/history-world.ts';
import type { Mood, PaperPhone } from '../testing/paper-phone.ts';
import type { Death, JobWorld, Life } from '../testing/world.ts';
import type { HistoryArgs } from './history.ts';

const ALL: HistoryArgs = { chats: null, maxMessages: null, until: null, engine: null };

const sameAs = { kind: 'identity-link', pn: ANNA_PN, lid: ANNA_LID, source: 'usync', at: T0 } as const;

describe('fetching older history, as a job', () => {
  let world: JobWorld;
  let phone: PaperPhone;
  let life: Life;

  const open = async (options: Parameters<typeof openHistoryWorld>[0] = {}) => {
    ({ world, phone } = await openHistoryWorld(options));
    life = await world.live();
  };
  beforeEach(() => open());
  afterEach(() => world.close());

  const start = async (args: Partial<HistoryArgs> = {}) =>
    (await world.start('history', { ...ALL, ...args })).id;
  const chatOf = (jid: string) => chatIdOf(world, jid);
  const rowOf = (jid: string) => rowFor(world, jid);
  const missing = (jid: string) => missingIn(world, phone, jid);
  const untilWaiting = (id: string, reason: string) => turnsUntil(world, life, id, reason);
  const about = (jid: string, mood: Mood) => (input: CommandInput<'history.page'>) =>
    input.chat === jid ? mood : 'answer';
  const assertWhole = async () => {
    for (const jid of Object.keys(CHATS)) {
      assert.equal(await missing(jid), 0, jid);
      assert.deepEqual(await rowOf(jid), ['complete', 'start-proven'], jid);
      assert.ok(await isStartProven(world, jid), jid);
    }
  };

  it('brings every chat to its beginning, each page once', async () => {
    const job = await life.run(await start());
    assert.equal(job.state, 'completed');
    await assertWhole();
    assert.equal(phone.repeated(), 0);
    assert.deepEqual(phone.asked.length, 3 + 2 + 1);
    const { chats, complete, stalled, messages_added } = job.result as Record<string, number>;
    assert.deepEqual([chats, complete, stalled, messages_added], [3, 3, 0, 120 + 60]);
  });

  describe('begun before there is anything to ask for', () => {
    let at: Awaited<ReturnType<typeof openHistoryWorld>>;
    beforeEach(async () => {
      await world.close();
      at = await openHistoryWorld({ isNew: true });
      ({ world, phone } = at);
      life = await world.live();
    });
    const claim = () => world.history.account.claim({ pn: ANNA_PN, lid: null, pushName: null });
    const waits = async (id: string) => {
      assert.equal(await life.turn(id), true);
      const { state, reason } = await world.job(id);
      return [state, reason];
    };

    it('waits for the link, an engine and the first push, then goes on by itself', async () => {
      const id = await start();
      assert.deepEqual(await waits(id), ['waiting', 'not-linked']);
      await claim();
      assert.deepEqual(await waits(id), ['waiting', 'no-engine']);
      at.account.isConnected = true;
      assert.deepEqual(await waits(id), ['waiting', 'first-sync']);
      at.account.isPushed = true;
      await at.push();
      assert.equal((await life.run(id)).state, 'completed');
      await assertWhole();
    });

    it('ends at once where the account has no chat', async () => {
      await claim();
      Object.assign(at.account, { isConnected: true, isPushed: true });
      const job = await life.run(await start());
      assert.deepEqual([job.state, (job.result as Record<string, number>).chats], ['completed', 0]);
    });
  });

  describe('counts what came for it, and nothing else', () => {
    const counts = ({ result }: JobRecord) => {
      const { pages, messages_fetched, messages_added, messages_deduplicated } = result as Record<
        string,
        number
      >;
      return [pages, messages_fetched, messages_added, messages_deduplicated];
    };

    it('when everything was there before', async () => {
      assert.deepEqual(counts(await life.run(await start())), [6, 180, 180, 0]);
      assert.deepEqual(counts(await life.run(await start())), [0, 0, 0, 0]);
      assert.deepEqual(counts(await life.run(await start({ chats: [ANNA_PN] }))), [0, 0, 0, 0]);
    });

    it('when another job takes a chat over in the middle', async () => {
      await world.close();
      await open({ chats: { [ANNA_PN]: 130 } });
      const id = await start();
      world.overtaken = false;
      const page = phone.commands['history.page'];
      world.commands = {
        'history.page': async (input, signal) => {
          const output = await page?.(input, signal);
          world.overtaken = true;
          assert.ok(output !== undefined);
          return output;
        },
      };
      await life.turn(id);
      const before = (await world.job(id)).facts as Record<string, number>;
      assert.deepEqual([before.pages, before.messages_fetched], [1, 50]);
      const other = await start({ chats: [ANNA_PN], maxMessages: 20 });
      world.commands = phone.commands;
      world.overtaken = false;
      assert.deepEqual(counts(await life.run(other)), [1, 20, 20, 0]);
      assert.deepEqual(counts(await life.run(id)), [2, 100, 100, 0]);
      assert.equal(await missing(ANNA_PN), 0);
    });

    it('and its limit holds when it is killed anywhere', async () => {
      for (let at = 1; ; at += 7) {
        await world.close();
        await open();
        const id = await start({ chats: [ANNA_PN], maxMessages: 60 });
        const doomed = await world.live({ at, when: at % 2 === 0 ? 'before' : 'after' });
        await doomed.run(id);
        if (!doomed.died()) break;
        const job = await (await world.live()).run(id);
        assert.equal(await missing(ANNA_PN), 60, `killed at ${at}`);
        assert.deepEqual(counts(job), [2, 60, 60, 0], `killed at ${at}`);
      }
    });
  });

  it('leaves a hole that cannot be asked for, and says so', async () => {
    await life.run(await start());
    await world.learn([
      { kind: 'connection', level: 'stopped', reason: 'none', at: T0 + 60 },
      { kind: 'connection', level: 'ready', reason: 'none', at: T0 + 120 },
    ]);
    world.clock.advance(T0 * 1_000 + 300_000 - world.clock.now());
    const asked = phone.asked.length;
    const job = await life.run(await start());
    assert.equal(phone.asked.length, asked);
    const coverage = await world.history.coverage.ofChat(await chatOf(ANNA_PN));
    assert.deepEqual(
      [coverage.startProven, coverage.missing.map(({ reason }) => reason)],
      [true, ['engine-offline']],
    );
    assert.deepEqual(await rowOf(ANNA_PN), ['complete', 'nothing-to-ask']);
    assert.equal((job.result as Record<string, number>).complete, 3);
  });

  it('asks for several chats at a time, and for none of them twice', async () => {
    await world.close();
    await open({ parallel: 4 });
    await life.run(await start());
    await assertWhole();
    assert.equal(phone.repeated(), 0);
  });

  it('goes on after the death of the process at any call, and asks again for one page at most', async function () {
    this.timeout(60_000);
    const dies = async (death: Death) => {
      await world.close();
      await open();
      const id = await start();
      const doomed = await world.live(death);
      await doomed.run(id);
      if (!doomed.died()) return false;
      const job = await (await world.live()).run(id);
      assert.equal(job.state, 'completed', JSON.stringify(death));
      await assertWhole();
      assert.ok(phone.repeated() <= 1, `${phone.repeated()} pages came again after ${JSON.stringify(death)}`);
      return true;
    };
    let tried = 0;
    for (let at = 1; ; at += 11) {
      if (!(await dies({ at, when: at % 2 === 0 ? 'before' : 'after' }))) break;
      tried += 1;
    }
    assert.ok(tried > 10, `only ${tried} deaths`);
  });

  describe('a chat that the phone says nothing about', () => {
    it('stalls, and the others are complete; asked again and again later, it is given up in the end', async () => {
      phone.mood = about(ANNA_PN, 'silent');
      const id = await start();
      const job = await untilWaiting(id, 'stalled');
      assert.deepEqual(await rowOf(ANNA_PN), ['stalled', 'silent']);
      assert.deepEqual(await rowOf(BERT_PN), ['complete', 'start-proven']);
      assert.equal(await missing(BERT_PN), 0);
      assert.deepEqual([job.state, job.done, job.total], ['waiting', 2, 3]);
      const before = phone.asked.length;
      const ended = await life.run(id);
      assert.deepEqual([ended.state, ended.reason], ['completed', 'some-stalled']);
      assert.ok(phone.asked.length - before <= 3 * (4 + 2), `${phone.asked.length - before} more requests`);
      const coverage = await world.history.coverage.ofChat(await chatOf(ANNA_PN));
      assert.equal(coverage.missing.at(-1)?.reason, 'phone-silent');
      const again = await life.run(await start());
      assert.equal(again.state, 'completed');
    });

    it('is complete when it is answered for at the next round', async () => {
      phone.mood = about(ANNA_PN, 'silent');
      const id = await start();
      await untilWaiting(id, 'stalled');
      phone.mood = () => 'answer';
      assert.equal((await life.run(id)).reason, null);
      await assertWhole();
    });

    it('is asked for at once when its owner does not want to wait', async () => {
      phone.mood = about(ANNA_PN, 'silent');
      const id = await start();
      await untilWaiting(id, 'stalled');
      const restsUntil = (await world.job(id)).nextTurnAtMs ?? 0;
      world.clock.advance(-(restsUntil - world.clock.now()) - WAIT_MS);
      phone.mood = () => 'answer';
      await world.jobs.resume(id, null);
      await life.run(id, 3);
      await assertWhole();
    });

    it('does not hold up others of the same job for longer than its requests', async () => {
      phone.mood = about(ANNA_PN, 'silent');
      await untilWaiting(await start(), 'stalled');
      const other = phone.asked.findLastIndex(({ chat, count }) => chat !== ANNA_PN && count > 1);
      const silences = phone.asked.slice(0, other).filter(({ chat }) => chat === ANNA_PN).length;
      assert.ok(silences <= 4, `${silences} requests before the last page of another chat`);
    });
  });

  it('climbs from a dead anchor to the next message', async () => {
    const dead = `${ANNA_PN.split('@')[0]}-120`;
    phone.mood = ({ anchor }) => (anchor.id === dead ? 'silent' : 'answer');
    await life.run(await start());
    await assertWhole();
    assert.equal(phone.asked.filter(({ anchor }) => anchor.id === dead).length, 1);
  });

  it('asks by the other identity when the phone is silent about the first', async () => {
    await world.learn([sameAs]);
    const [name, alias] = await world.history.chats
      .byJid(ANNA_PN)
      .then((chat) => [chat?.jid, chat?.aliases.find((jid) => jid !== chat.jid)]);
    assert.ok(name !== undefined && alias !== undefined);
    phone.mood = about(name, 'silent');
    const job = await life.run(await start());
    assert.equal(job.reason, null);
    assert.equal(await missing(ANNA_PN), 0);
    assert.ok(phone.asked.some(({ chat }) => chat === alias));
  });

  it('waits for a phone that is away, and no chat stalls by it', async () => {
    phone.mood = () => 'silent';
    const id = await start();
    const job = await untilWaiting(id, 'phone-silent');
    assert.equal(job.state, 'waiting');
    const rests: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      const from = world.clock.now();
      assert.equal(await life.turn(id), true);
      rests.push(world.clock.now() - from);
    }
    assert.ok((rests.at(-1) ?? 0) >= 900_000, 'the rests grow');
    assert.ok((rests.at(-1) ?? 0) <= 1_000_000, 'but not without end');
    for (const jid of Object.keys(CHATS)) assert.notEqual((await rowOf(jid))[0], 'stalled');
    phone.mood = () => 'answer';
    assert.deepEqual((await life.run(id)).state, 'completed');
    await assertWhole();
    assert.ok(phone.asked.length < 70, `${phone.asked.length} requests`);
  });

  it('waits for the phone where there is one chat and nobody else to ask about, trying every rung', async () => {
    await world.close();
    await open({ chats: { [ANNA_PN]: 130 } });
    const dead = new Set([120, 121, 122].map((n) => `${ANNA_PN.split('@')[0]}-${n}`));
    await world.learn([sameAs]);
    const name = (await world.history.chats.byJid(ANNA_PN))?.jid;
    phone.mood = ({ chat, anchor }) => (chat === name && dead.has(anchor.id) ? 'silent' : 'answer');
    const id = await start({ chats: [ANNA_PN] });
    const job = await life.run(id);
    assert.equal(job.state, 'completed');
  });

  describe('an answer that brings nothing', () => {
    it('is the beginning when the phone says so', async () => {
      phone.mood = about(ANNA_PN, 'empty-end');
      await life.run(await start());
      assert.deepEqual(await rowOf(ANNA_PN), ['complete', 'start-proven']);
    });

    it('is the end of what can be had, and no beginning, when it does not', async () => {
      phone.mood = about(ANNA_PN, 'empty');
      const job = await life.run(await start());
      assert.deepEqual(await rowOf(ANNA_PN), ['exhausted', 'nothing-older-came']);
      assert.equal(await isStartProven(world, ANNA_PN), false);
      assert.equal((job.result as Record<string, number>).exhausted, 1);
      phone.mood = () => 'answer';
      await life.run(await start());
      await assertWhole();
    });
  });

  it('files a page of another chat there, does not move the one it asked for, and does not ask for ever', async () => {
    phone.mood = about(ANNA_PN, 'other-chat');
    const id = await start();
    await untilWaiting(id, 'stalled');
    assert.deepEqual(await rowOf(ANNA_PN), ['stalled', 'other-chat']);
    assert.equal(await missing(ANNA_PN), 120);
    assert.equal(await missing(BERT_PN), 0);
    assert.ok(phone.asked.filter(({ chat }) => chat === ANNA_PN).length <= 4);
    phone.mood = () => 'answer';
    await life.run(id);
    await assertWhole();
  });

  it('takes a page that comes twice once', async () => {
    phone.mood = () => 'again';
    const job = await life.run(await start());
    await assertWhole();
    assert.equal((job.result as Record<string, number>).messages_added, 180);
    assert.equal((job.result as Record<string, number>).pages, 6);
  });

  it('ends with a chat of which nothing is held and nothing comes', async () => {
    await world.close();
    await open();
    await world.learn([{ kind: 'connection', level: 'stopped', reason: 'none', at: T0 - 601 }]);
    phone.mood = () => 'empty';
    const job = await life.run(await start());
    assert.equal((job.result as Record<string, number>).exhausted, 3);
  });

  describe('told to slow down', () => {
    const limited = () => new TandemError('RATE_LIMITED', { retryAfterSeconds: 60 });

    it('waits as long as it was told, then goes on slower, and recovers', async () => {
      phone.mood = (_input, before) => (before === 1 ? limited() : 'answer');
      const id = await start();
      const from = world.clock.now();
      const job = await untilWaiting(id, 'rate-limited');
      assert.ok((job.nextTurnAtMs ?? 0) - from >= 60_000);
      assert.ok(((job.facts as Record<string, number>).delay_ms ?? 0) > 0);
      const ended = await life.run(id);
      assert.equal(ended.state, 'completed');
      await assertWhole();
      assert.equal(phone.repeated(), 0);
    });

    it('waits longer each time while that goes on, asks for nothing meanwhile, and gives up no chat', async () => {
      phone.mood = limited;
      const id = await start();
      for (let n = 0; n < 6; n += 1) assert.equal(await life.turn(id), true);
      const job = await world.job(id);
      assert.deepEqual([job.state, job.reason], ['waiting', 'rate-limited']);
      assert.equal(phone.asked.length, 6);
      phone.mood = () => 'answer';
      await life.run(id);
      await assertWhole();
    });

    it('takes a chat that somebody else is asking for as busy, and slows nothing down', async () => {
      const inFlight = new TandemError('RATE_LIMITED', {
        retryAfterSeconds: 5,
        details: { reason: 'in-flight' },
      });
      phone.mood = (_input, before) => (before === 0 ? inFlight : 'answer');
      const id = await start();
      const job = await untilWaiting(id, 'busy');
      assert.equal((job.facts as Record<string, number>).delay_ms, 0);
      assert.equal(job.done, 2, 'the other chats went on');
      await life.run(id);
      await assertWhole();
    });
  });

  describe('engines', () => {
    for (const [code, reason] of [
      ['ENGINE_UNREACHABLE', 'no-engine'],
      ['CONNECTION_LOST', 'no-engine'],
      ['NO_HEALTHY_ENGINE', 'no-engine'],
      ['NOT_AUTHENTICATED', 'not-linked'],
      ['DEVICE_REMOVED', 'not-linked'],
    ] as const)
      it(`that cannot be asked (${code}) make the job wait, and no chat stall`, async () => {
        phone.mood = () => new TandemError(code);
        const id = await start();
        const job = await untilWaiting(id, reason);
        assert.equal(job.state, 'waiting');
        for (let n = 0; n < 10; n += 1) assert.equal(await life.turn(id), true);
        assert.deepEqual((await rowOf(ANNA_PN))[0], 'queued');
        phone.mood = () => 'answer';
        await life.run(id);
        await assertWhole();
      });

    it('that a breaker holds back make the job wait', async () => {
      phone.mood = () =>
        new TandemError('WHATSAPP_API_ERROR', { retryAfterSeconds: 7, details: { sent: false } });
      const job = await untilWaiting(await start(), 'no-engine');
      assert.equal((job.nextTurnAtMs ?? 0) > 0, true);
    });

    it('that refuse one chat leave that one stalled', async () => {
      phone.mood = about(ANNA_PN, new TandemError('CHAT_NOT_FOUND'));
      await untilWaiting(await start(), 'stalled');
      assert.deepEqual(await rowOf(ANNA_PN), ['stalled', 'refused']);
      assert.deepEqual((await rowOf(BERT_PN))[0], 'complete');
    });

    it('of a banned account end the job, which says why and can be resumed', async () => {
      phone.mood = (_input, before) => (before < 2 ? 'answer' : new TandemError('ACCOUNT_BANNED'));
      const id = await start();
      const job = await life.run(id);
      assert.deepEqual([job.state, job.error?.code], ['failed', 'ACCOUNT_BANNED']);
      phone.mood = () => 'answer';
      await world.jobs.resume(id, null);
      assert.equal((await life.run(id)).state, 'completed');
      await assertWhole();
      assert.equal(phone.repeated(), 0);
    });
  });

  describe('limits', () => {
    it('of a count end a chat there to the message, and the next run goes on behind it', async () => {
      const job = await life.run(await start({ chats: [ANNA_PN], maxMessages: 60 }));
      assert.equal((job.result as Record<string, number>).limited, 1);
      assert.equal(await missing(ANNA_PN), 60);
      assert.deepEqual(await rowOf(ANNA_PN), ['paused', 'max-messages']);
      const coverage = await world.history.coverage.ofChat(await chatOf(ANNA_PN));
      assert.equal(coverage.missing.at(-1)?.reason, 'user-limit');
      await life.run(await start({ chats: [ANNA_PN], maxMessages: 10_000 }));
      assert.equal(await missing(ANNA_PN), 0);
      assert.equal(phone.repeated(), 0);
    });

    it('of a date end a chat at the page that passes it', async () => {
      const [oldest] = (
        await world.history.messages.list({ chatId: await chatOf(ANNA_PN), order: 'oldest', limit: 1 })
      ).items;
      const until = (oldest?.sentAt ?? 0) - 30 * 60;
      await life.run(await start({ chats: [ANNA_PN], until }));
      assert.deepEqual(await rowOf(ANNA_PN), ['paused', 'until']);
      assert.equal(await missing(ANNA_PN), 70);
    });

    it('are nothing to a chat that ends before', async () => {
      await life.run(await start({ chats: [CARL], maxMessages: 1_000_000 }));
      assert.deepEqual(await rowOf(CARL), ['complete', 'start-proven']);
    });
  });

  describe('a chat that changes in the middle', () => {
    it('is left alone once it is deleted on the phone', async () => {
      const page = world.commands['history.page'];
      world.commands = {
        'history.page': async (input, signal) => {
          const output = await page?.(input, signal);
          if (input.chat === ANNA_PN) await world.learn([{ kind: 'chat', chat: ANNA_PN, deleted: true }]);
          assert.ok(output !== undefined);
          return output;
        },
      };
      const job = await life.run(await start());
      assert.equal(job.state, 'completed');
      assert.deepEqual(await rowOf(ANNA_PN), ['blocked', 'chat-deleted']);
      assert.equal(phone.asked.filter(({ chat }) => chat === ANNA_PN).length, 1);
      assert.equal((job.result as Record<string, number>).skipped, 1);
      const asked = phone.asked.length;
      assert.equal((await life.run(await start())).state, 'completed');
      assert.equal(phone.asked.length, asked, 'nor is it asked for by the next run');
      await world.learn([message({ id: 'NEW', sentAt: T0 + 60 })]);
      world.commands = phone.commands;
      await life.run(await start());
      assert.ok(phone.asked.length > asked, 'but once somebody writes again');
    });

    it('is fetched to its beginning when it turns out to be one with another', async () => {
      await world.learn([message({ id: 'LIVE', chat: ANNA_LID, sender: ANNA_LID })]);
      const page = world.commands['history.page'];
      let asked = 0;
      world.commands = {
        'history.page': async (input, signal) => {
          asked += 1;
          if (asked === 2) await world.learn([sameAs]);
          const output = await page?.(input, signal);
          assert.ok(output !== undefined);
          return output;
        },
      };
      const job = await life.run(await start());
      assert.equal(job.state, 'completed');
      assert.equal(await missing(ANNA_PN), 0);
      assert.equal((job.result as Record<string, number>).stalled, 0);
      assert.deepEqual((await rowOf(ANNA_PN))[0], 'complete');
    });
  });

  describe('a clock that is set', () => {
    it('back by a day does not make a waiting job wait for a day', async () => {
      phone.mood = about(ANNA_PN, 'silent');
      const id = await start();
      await untilWaiting(id, 'stalled');
      world.clock.advance(-86_400_000);
      phone.mood = () => 'answer';
      await life.run(id, 5);
      await assertWhole();
    });

    it('ahead by a day loses nothing', async () => {
      const id = await start();
      await life.turn(id);
      world.clock.advance(86_400_000);
      await life.run(id);
      await assertWhole();
    });
  });

  it('counts a chat without any message as one that cannot be asked for', async () => {
    await world.learn([{ kind: 'chat', chat: '4915100000009@s.whatsapp.net' }]);
    const job = await life.run(await start());
    assert.equal((job.result as Record<string, number>).skipped, 1);
    assert.deepEqual(await rowOf('4915100000009@s.whatsapp.net'), ['blocked', 'no-anchor']);
  });

  it('goes on with a chat whose row was lost, as by a repair', async () => {
    const id = await start({ chats: [CARL] });
    const { jobs } = world.history;
    const fence = (await jobs.claim(id, 'before the repair', WAIT_MS))?.fence ?? 0;
    await jobs.addItems(id, fence, [{ chatId: await chatOf(CARL), messageKey: null }]);
    await jobs.release(id, fence);
    const job = await life.run(id);
    assert.deepEqual([job.state, (job.result as Record<string, number>).skipped], ['completed', 0]);
    assert.deepEqual(await rowOf(CARL), ['complete', 'start-proven']);
  });

  it('takes in chats that turn up while it runs', async () => {
    const page = world.commands['history.page'];
    let told = false;
    world.commands = {
      'history.page': async (input, signal) => {
        if (!told) await world.learn([{ kind: 'chat', chat: '4915100000009@s.whatsapp.net' }]);
        told = true;
        const output = await page?.(input, signal);
        assert.ok(output !== undefined);
        return output;
      },
    };
    const job = await life.run(await start());
    assert.equal(job.total, 4);
  });

  it('paused and cancelled in the middle, says so in its chats, and goes on when it is resumed', async () => {
    const id = await start();
    for (const [wish, state] of [
      ['pause', 'paused'],
      ['cancel', 'cancelled'],
    ] as const) {
      const page = phone.commands['history.page'];
      world.commands = {
        'history.page': async (input, signal) => {
          const output = await page?.(input, signal);
          await world.jobs[wish](id, null);
          assert.ok(output !== undefined);
          return output;
        },
      };
      const job = await life.run(id);
      assert.equal(job.state, state);
      assert.deepEqual((await rowOf(ANNA_PN))[0], state);
      world.commands = phone.commands;
      await world.jobs.resume(id, null);
    }
    assert.equal((await life.run(id)).state, 'completed');
    await assertWhole();
    assert.equal(phone.repeated(), 0);
  });
});
