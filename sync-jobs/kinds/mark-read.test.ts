import assert from 'node:assert/strict';
import type { CommandHandlers, CommandInput } from '#engines/contract/command.ts';
import type { ErrorCode } from '#kernel/errors.ts';
import { TandemError } from '#kernel/errors.ts';
import { anna, bert, club, garden, group, message } from '#orchestrator/services/testing/sample-history.ts';
import { dieAt, EVERY_DEATH_MS, everyDeath } from '../testing/deaths.ts';
import { createJobWorld, type Death, type JobWorld } from '../testing/world.ts';
import { markReadKind } from './mark-read.ts';

const ALL = [club, garden, anna.pn];
const args = { chats: ALL, receipts: 'both', maxPerChat: 1_000 } as const;

/** Two groups and one person, with what is unread in them. */
const UNREAD: Readonly<Record<string, number>> = { [club]: 5, [garden]: 2, [anna.pn]: 3 };
const observations = [
  group(club, 'Book club'),
  group(garden, 'Garden'),
  ...Array.from({ length: 5 }, (_, n) =>
    message(club, n, 'x', { id: `CLUB${n}`, via: 'live', sender: n % 2 === 0 ? bert.lid : anna.lid }),
  ),
  ...Array.from({ length: 2 }, (_, n) => message(garden, n, 'x', { id: `GARDEN${n}`, via: 'live' })),
  ...Array.from({ length: 3 }, (_, n) => message(anna.pn, n, 'x', { id: `ANNA${n}`, via: 'live' })),
];

const obeys: CommandHandlers = {
  'message.markRead': ({ messages }) =>
    Promise.resolve({ receiptsSent: new Set(messages.map(({ chat, sender }) => `${chat} ${sender}`)).size }),
  'chat.markRead': () => Promise.resolve({ patched: true, sendersTold: false }),
};

describe('marking chats as read, as a job', () => {
  let world: JobWorld;
  const open = async (options: { readonly readReceipts?: boolean; readonly turnMs?: number } = {}) => {
    const { readReceipts = true } = options;
    world = await createJobWorld({
      kinds: (ports) => [markReadKind({ ...ports, readReceipts })],
      commands: obeys,
      turnMs: options.turnMs ?? 20_000,
    });
    await world.learn(observations);
  };
  afterEach(() => world.close());

  const finish = async (id: string) => (await world.live()).run(id);
  const unread = async () =>
    Promise.all(ALL.map(async (jid) => (await world.history.chats.byJid(jid))?.unread));
  const inputs = <C extends 'message.markRead' | 'chat.markRead'>(capability: C) =>
    world.asked.filter((one) => one.capability === capability).map(({ input }) => input as CommandInput<C>);
  const failing = (code: ErrorCode, chat: string, times = Number.POSITIVE_INFINITY): CommandHandlers => {
    let left = times;
    return {
      ...obeys,
      'message.markRead': async (input, signal) => {
        if (input.messages[0]?.chat !== chat || left <= 0) {
          const done = await obeys['message.markRead']?.(input, signal);
          assert.ok(done);
          return done;
        }
        left -= 1;
        throw new TandemError(code);
      },
    };
  };

  it('tells each sender of each chat once, then the own devices, then writes the store', async () => {
    await open();
    const { id } = await world.start('mark-read', args);
    const job = await finish(id);
    assert.equal(job.state, 'completed');
    assert.deepEqual(job.result, {
      chats: 3,
      chats_ended: 3,
      chats_failed: 0,
      marked: 10,
      messages_told: 10,
      not_in_history: 0,
      receipts_sent: 4,
      skipped: 0,
      receipts: 'both',
      senders_untold: false,
    });
    assert.deepEqual(
      world.asked.map(({ capability }) => capability),
      ALL.flatMap(() => ['message.markRead', 'chat.markRead']),
    );
    // The messages of one sender stand together.
    assert.deepEqual(
      inputs('message.markRead')[0]?.messages.map(({ sender }) => sender),
      [bert.lid, bert.lid, bert.lid, anna.lid, anna.lid],
    );
    assert.deepEqual(await unread(), [0, 0, 0]);
    assert.deepEqual(
      (await world.items(id)).map(({ state, done, total, result }) => [state, done, total, result]),
      ALL.map((jid) => {
        const count = UNREAD[jid] ?? 0;
        const told = { messages_told: count, not_in_history: 0, receipts_sent: jid === club ? 2 : 1 };
        return ['done', count, count, { marked: count, ...told, skipped: 0 }];
      }),
    );
  });

  it('asks for nothing in chats where nothing is unread', async () => {
    await open();
    await finish((await world.start('mark-read', args)).id);
    world.asked.length = 0;
    const job = await finish((await world.start('mark-read', args)).id);
    assert.deepEqual([job.state, world.asked.length], ['completed', 0]);
  });

  it('says plainly how many senders were not told, and what to do', async () => {
    await open();
    await world.learn([{ kind: 'chat', chat: garden, unread: 20 }]);
    const { result } = await finish((await world.start('mark-read', args)).id);
    const { marked, messages_told, not_in_history, senders_untold, hint } = result as Record<string, unknown>;
    assert.deepEqual([marked, messages_told, not_in_history, senders_untold], [28, 10, 18, true]);
    assert.match(String(hint), /^Senders of 18 of 28 .* fetch_history/);
  });

  it('tells nobody of what the own devices have marked, and says so', async () => {
    await open();
    const own = await finish((await world.start('mark-read', { ...args, receipts: 'own-devices' })).id);
    const { senders_untold, messages_told } = own.result as Record<string, unknown>;
    assert.deepEqual([senders_untold, messages_told], [true, 0]);
    const { result } = await finish((await world.start('mark-read', { ...args, receipts: 'senders' })).id);
    const { marked, hint } = result as Record<string, unknown>;
    assert.deepEqual([marked, inputs('message.markRead').length], [0, 0]);
    assert.match(String(hint), /^Nothing was unread, so nobody was told/);
  });

  it('goes on after a chat that fails, and says in the end that some have', async () => {
    await open();
    world.commands = failing('WHATSAPP_API_ERROR', garden);
    const { id } = await world.start('mark-read', args);
    const job = await finish(id);
    assert.deepEqual([job.state, job.reason], ['completed', 'some-failed']);
    assert.deepEqual(
      (await world.items(id)).map(({ state, reason }) => [state, reason]),
      [
        ['done', null],
        ['failed', 'WHATSAPP_API_ERROR'],
        ['done', null],
      ],
    );
    // Still unread, so that the next call tries it again.
    assert.deepEqual(await unread(), [0, 2, 0]);
    const again = await finish((await world.start('mark-read', args)).id);
    const { senders_untold, hint } = again.result as Record<string, unknown>;
    assert.deepEqual([senders_untold, hint], [true, undefined], 'it is not so that nothing was unread');
  });

  it('waits while no engine is there, and goes on by itself', async () => {
    await open();
    world.commands = failing('NOT_CONNECTED', garden, 1);
    const { id } = await world.start('mark-read', args);
    const life = await world.live();
    assert.equal(await life.turn(id), true);
    const waiting = await world.job(id);
    assert.deepEqual([waiting.state, waiting.reason, waiting.done], ['waiting', 'no-engine', 1]);
    assert.equal((await life.run(id)).state, 'completed');
    assert.deepEqual(await unread(), [0, 0, 0]);
  });

  it('ends with a name when no engine can ever do it', async () => {
    await open();
    world.commands = {};
    const job = await finish((await world.start('mark-read', args)).id);
    assert.deepEqual([job.state, job.error?.code], ['failed', 'CAPABILITY_UNAVAILABLE']);
    assert.deepEqual(await unread(), [5, 2, 3]);
  });

  it('keeps receipts back where the setting says so, and refuses what would be nothing', async () => {
    await open({ readReceipts: false });
    const job = await finish((await world.start('mark-read', args)).id);
    const { receipts, senders_untold } = job.result as { receipts: string; senders_untold: boolean };
    assert.deepEqual([receipts, senders_untold], ['own-devices', true]);
    assert.deepEqual(
      inputs('chat.markRead').map(({ tellSenders }) => tellSenders),
      [false, false, false],
    );
    assert.equal(inputs('message.markRead').length, 0);
    const refused = await finish((await world.start('mark-read', { ...args, receipts: 'senders' })).id);
    assert.deepEqual([refused.state, refused.error?.code], ['failed', 'TOOL_DISABLED']);
  });

  it('tells the senders only, where only they are asked for', async () => {
    await open();
    await finish((await world.start('mark-read', { ...args, receipts: 'senders' })).id);
    assert.deepEqual(
      [inputs('message.markRead').length, inputs('chat.markRead').length, await unread()],
      [3, 0, [0, 0, 0]],
    );
  });

  it('sends receipts for the newest only, and says how many were covered by the mark', async () => {
    await open();
    const { id } = await world.start('mark-read', { chats: [club], receipts: 'both', maxPerChat: 2 });
    await finish(id);
    assert.deepEqual((await world.items(id))[0]?.result, {
      marked: 5,
      messages_told: 2,
      not_in_history: 0,
      receipts_sent: 2,
      skipped: 3,
    });
    assert.equal(inputs('message.markRead')[0]?.messages.length, 2);
  });

  it('stops at the next step when it is cancelled, and a resumed one does the rest', async () => {
    await open();
    const { id } = await world.start('mark-read', args);
    world.commands = {
      ...obeys,
      'chat.markRead': async (input, signal) => {
        if (input.chat === garden) await world.jobs.cancel(id, null);
        const done = await obeys['chat.markRead']?.(input, signal);
        assert.ok(done);
        return done;
      },
    };
    const cancelled = await finish(id);
    assert.deepEqual([cancelled.state, await unread()], ['cancelled', [0, 2, 3]]);
    assert.deepEqual(
      (await world.items(id)).map(({ state }) => state),
      ['done', 'cancelled', 'cancelled'],
    );
    world.commands = obeys;
    world.asked.length = 0;
    await world.jobs.resume(id, null);
    const done = await finish(id);
    assert.deepEqual([done.state, await unread()], ['completed', [0, 0, 0]]);
    assert.equal(
      inputs('chat.markRead').some(({ chat }) => chat === club),
      false,
    );
  });

  it('makes room at its next step for what somebody waits for', async () => {
    await open();
    const { id } = await world.start('mark-read', args);
    const life = await world.live();
    world.overtaken = true;
    assert.equal(await life.turn(id), true);
    assert.deepEqual([(await world.job(id)).state, (await world.job(id)).done], ['queued', 0]);
    world.overtaken = false;
    assert.equal((await life.run(id)).state, 'completed');
  });

  it('takes turns with others', async () => {
    await open({ turnMs: 1_000 });
    world.commands = {
      ...obeys,
      'chat.markRead': (input, signal) => {
        world.clock.advance(1_500);
        return obeys['chat.markRead']?.(input, signal) ?? assert.fail();
      },
    };
    const { id } = await world.start('mark-read', args);
    const life = await world.live();
    assert.equal(await life.turn(id), true);
    assert.equal((await world.job(id)).done, 1);
    assert.equal((await life.run(id)).state, 'completed');
  });

  it('loses nothing and repeats no finished chat, wherever it is killed', async () => {
    await open();
    const whole = await world.live();
    const { result } = await whole.run((await world.start('mark-read', args)).id);
    const calls = whole.calls();
    await world.close();
    assert.ok(calls > 30);
    for (const death of everyDeath(calls)) await killedAt(death, result);
    await open();
  }).timeout(EVERY_DEATH_MS);

  async function killedAt(death: Death, result: unknown): Promise<void> {
    const place = `${death.when} call ${death.at}`;
    await open();
    const { id } = await world.start('mark-read', args);
    await dieAt(death, world, id);
    const finished = (await world.items(id)).filter(({ state }) => state === 'done').length;
    const before = world.asked.length;
    const job = await finish(id);
    assert.deepEqual([job.state, job.result], ['completed', result], place);
    assert.deepEqual(await unread(), [0, 0, 0], place);
    const told = new Set(inputs('message.markRead').flatMap(({ messages }) => messages.map((one) => one.id)));
    assert.equal(told.size, 10, place);
    const again = world.asked.slice(before);
    for (const jid of ALL.slice(0, finished)) assert.equal(JSON.stringify(again).includes(jid), false, place);
    assert.ok(world.asked.length <= 8, place);
    // What was told is known, but for the command that the death may have cut off.
    assert.ok(inputs('message.markRead').length <= ALL.length + 1, place);
    await world.close();
  }
});
