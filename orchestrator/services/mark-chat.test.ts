import assert from 'node:assert/strict';
import type { CommandHandlers } from '#engines/contract/command.ts';
import type { MessageRecord } from '#history/contracts/records.ts';
import { TandemError } from '#kernel/errors.ts';
import { type MarkChatRequest, type MarkedChat, markChat, receiptBatches } from './mark-chat.ts';
import { failsWith } from './testing/errors.ts';
import { anna, bert, club, message } from './testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from './testing/world.ts';

describe('marking one chat as read', () => {
  let world: World;
  let asked: string[];
  /** By command. */
  let toldIds: string[][];
  const baileys: CommandHandlers = {
    'message.markRead': ({ messages }) => {
      asked.push('receipts by baileys');
      toldIds.push(messages.map(({ chat, id, sender }) => `${chat} ${sender} ${id}`));
      return Promise.resolve({ receiptsSent: 1 });
    },
    'chat.markRead': () => {
      asked.push('chat by baileys');
      return Promise.resolve({ patched: true, sendersTold: false });
    },
  };
  /** As a page does it: nobody is told alone. */
  const webjs: CommandHandlers = {
    'chat.markRead': () => {
      asked.push('chat by webjs');
      return Promise.resolve({ patched: true, sendersTold: true });
    },
  };
  const open = async (options: WorldOptions = {}) => {
    asked = [];
    toldIds = [];
    world = await createWorld({ commands: baileys, ...options });
  };
  afterEach(() => world.close());

  const mark = async (change: Partial<MarkChatRequest> = {}): Promise<MarkedChat> => {
    const chat = await world.history.chats.byJid(club);
    assert.ok(chat !== null);
    const request = { chat, receipts: 'both', maxReceipts: 1_000, untold: 'throw', ...change } as const;
    const done = await markChat(world.services.parts, request);
    assert.ok(done !== null);
    return done;
  };
  const unread = async () => (await world.history.chats.byJid(club))?.unread;
  const failing: CommandHandlers = {
    ...baileys,
    'message.markRead': () => Promise.reject(new TandemError('WHATSAPP_API_ERROR')),
  };

  it('tells the senders before anything says that the chat is read', async () => {
    await open();
    const steps: string[] = [];
    await mark({
      onStep: async (step, { receiptsSent }) => {
        steps.push(`${step} ${receiptsSent} ${await unread()}`);
      },
    });
    assert.deepEqual(asked, ['receipts by baileys', 'chat by baileys']);
    assert.deepEqual(steps, ['command 0 2', 'command 1 2', 'store 1 2']);
    assert.equal(await unread(), 0);
  });

  it('ends where a step says so, with nothing behind it done', async () => {
    await open();
    const halt = new Error('halt');
    const stopAt = (at: number) => {
      let left = at;
      const onStep = () => {
        left -= 1;
        return left === 0 ? Promise.reject(halt) : Promise.resolve();
      };
      return mark({ onStep, untold: 'go-on' });
    };
    for (const [at, done] of [0, 1, 2].entries()) {
      await world.close();
      await open();
      await assert.rejects(stopAt(at + 1), halt);
      assert.deepEqual([asked.length, await unread()], [done, 2]);
    }
  });

  it('leaves the chat unread for another try when senders could not be told, or goes on if asked to', async () => {
    await open({ commands: failing });
    await failsWith('WHATSAPP_API_ERROR', () => mark());
    assert.deepEqual([asked, await unread()], [[], 2]);
    const { receipts, receiptsError } = await mark({ untold: 'go-on' });
    assert.deepEqual([receipts, receiptsError, await unread()], ['failed', 'WHATSAPP_API_ERROR', 0]);
  });

  it('lets an engine tell the senders along with the chat when the one that sends receipts is away', async () => {
    await open({ webjs });
    world.setEngine({ level: 'connecting', reason: 'connection-lost' });
    const { receipts, receiptsSent, served } = await mark();
    assert.deepEqual(
      [receipts, receiptsSent, served?.engine, asked],
      ['sent', 1, 'webjs', ['chat by webjs']],
    );
  });

  it('goes on where it was killed, and tells again only whom the last command may not have reached', async () => {
    await open();
    const senders = [anna.lid, bert.lid];
    await world.learn(
      Array.from({ length: 1_000 }, (_, n) =>
        message(club, 1_000 + n, 'x', { via: 'live', sender: senders[n % 2] ?? null }),
      ),
    );
    const first = new Error('killed behind the first command');
    let steps = 0;
    const onStep = () => {
      steps += 1;
      return steps === 2 ? Promise.reject(first) : Promise.resolve();
    };
    await assert.rejects(mark({ onStep, maxReceipts: 2_000 }), first);
    assert.deepEqual([asked.length, await unread()], [1, 1_002]);
    const { marked, told, receipts } = await mark({ maxReceipts: 2_000 });
    assert.deepEqual([marked, told, receipts], [1_002, 1_002, 'sent']);
    const ids = toldIds.flat();
    assert.deepEqual([ids.length, new Set(ids).size, await unread()], [1_002, 1_002, 0]);
  });

  it('says how many senders nobody can tell, because the history does not have their messages', async () => {
    await open();
    await world.learn([{ kind: 'chat', chat: club, unread: 200 }]);
    const { marked, told, notInHistory, skipped, receipts } = await mark();
    assert.deepEqual([marked, receipts, told + notInHistory, skipped], [200, 'partly', 200, notInHistory]);
    assert.equal(toldIds.flat().length, told);
    assert.ok(told > 0 && notInHistory > 0);
    await world.learn([{ kind: 'chat', chat: club, unread: 3 }]);
    const again = await mark();
    assert.deepEqual([again.told, toldIds.flat().length], [told, told], 'they were told before');
  });

  it('asks the engine that has told the senders for the mark, too', async () => {
    await open({ webjs, config: { routing: 'round-robin' } });
    await mark();
    await world.learn([message(club, 900, 'new', { via: 'live' })]);
    await mark();
    const once = ['receipts by baileys', 'chat by baileys'];
    assert.deepEqual(asked, [...once, ...once]);
  });

  it('tells only whom it was asked to tell', async () => {
    await open();
    await mark({ receipts: 'senders' });
    assert.deepEqual(asked, ['receipts by baileys']);
    await world.learn([message(club, 900, 'new', { via: 'live' })]);
    asked.length = 0;
    const { receipts } = await mark({ receipts: 'own-devices' });
    assert.deepEqual([receipts, asked], ['off', ['chat by baileys']]);
  });

  it('tells nobody twice when two mark the same chat at once', async () => {
    await open();
    const both = await Promise.all([mark(), mark({ receipts: 'senders' }), mark()]);
    assert.deepEqual(
      asked.filter((one) => one.startsWith('receipts')),
      ['receipts by baileys'],
    );
    assert.deepEqual(
      both.map(({ marked, receipts }) => [marked, receipts]),
      [
        [2, 'sent'],
        [0, 'none-needed'],
        [0, 'none-needed'],
      ],
    );
  });

  it('counts what it has marked, also where the engine has told the store first', async () => {
    await open();
    const { marked } = await mark({
      onStep: async (step) => {
        if (step === 'store') await world.learn([{ kind: 'chat', chat: club, unread: 0 }]);
      },
    });
    assert.equal(marked, 2);
  });

  it('keeps a message unread that arrives while it is at work', async () => {
    await open();
    await mark({
      onStep: async (step) => {
        if (step === 'store') await world.learn([message(club, 900, 'late', { via: 'live' })]);
      },
    });
    assert.equal(await unread(), 1);
  });

  it('puts the messages of one sender into one command, unless they are more than it takes', async () => {
    await open();
    const senders = [anna.lid, bert.lid];
    await world.learn(
      Array.from({ length: 1_300 }, (_, n) =>
        message(club, 1_000 + n, 'x', { via: 'live', sender: senders[n < 1_200 ? n % 2 : 1] ?? null }),
      ),
    );
    const chat = await world.history.chats.byJid(club);
    const batches = receiptBatches(await world.history.messages.unread(chat?.id ?? 0, 5_000));
    const shape = batches.map((batch) => countBySender(batch).join(' and '));
    assert.deepEqual(shape, ['500', '202', '500', '100']);
  });
});

function countBySender(batch: readonly MessageRecord[]): readonly number[] {
  return [...Map.groupBy(batch, ({ sender }) => sender?.jid).values()].map((refs) => refs.length);
}
