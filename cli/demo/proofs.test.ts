import assert from 'node:assert/strict';
import { anna, message, NOW_SECONDS } from '#orchestrator/services/testing/sample-history.ts';
import { createWorld, type World } from '#orchestrator/services/testing/world.ts';
import { createTerminal } from '../render/terminal.ts';
import { judgeGroup } from './community.ts';
import type { ReadMarks, TrueChat, TrueMessage } from './control.ts';
import { checkCoverage, printCoverageVerdict } from './coverage.ts';

const marks = (change: Partial<ReadMarks> = {}): ReadMarks => ({
  unreadCount: 0,
  unreadIds: [],
  told: [],
  repeatedIds: [],
  misdirectedIds: [],
  ...change,
});

describe('the proofs of the demo', () => {
  let world: World | null = null;
  afterEach(async () => {
    await world?.close();
    world = null;
  });

  it('a group is right when the senders of what was unread were told, and nobody else', () => {
    const before = marks({ unreadCount: 2, unreadIds: ['a', 'b'] });
    const isRight = (after: Partial<ReadMarks>, isUsed = false) =>
      judgeGroup('group', 2, { before, after: marks(after) }, isUsed).isRight;
    const told = [
      { senderJid: '1@lid', ids: ['a'] },
      { senderJid: '2@lid', ids: ['b'] },
    ];
    assert.equal(isRight({ told }), true);
    assert.equal(isRight({ told, unreadCount: 1 }), false);
    assert.equal(isRight({ told: told.slice(1) }), false);
    assert.equal(isRight({ told: [...told, { senderJid: '3@lid', ids: ['c'] }] }), false);
    assert.equal(isRight({ told, repeatedIds: ['a'] }), false);
    assert.equal(isRight({ told, misdirectedIds: ['b'] }), false);
    assert.equal(isRight({ told: told.slice(1) }, true), true);
    assert.equal(judgeGroup('group', 3, { before, after: marks({ told }) }, false).isRight, false);
  });

  it('what is stored but not claimed as held, or not stored at all, is not called held', async () => {
    world = await createWorld({ empty: true });
    await world.learn([message(anna.pn, 5_000, 'stored')]);
    const chat = await world.history.chats.byJid(anna.pn);
    assert.ok(chat !== null);
    const [stored] = (await world.history.messages.list({ chatId: chat.id, order: 'oldest', limit: 1 }))
      .items;
    assert.ok(stored !== undefined);
    const truth = (id: string): TrueMessage => ({
      chatJid: chat.jid,
      id,
      fromMe: false,
      senderJid: stored.sender?.jid ?? '',
      type: 'text',
      text: 'stored',
      revoked: false,
      timeSeconds: stored.sentAt,
      deletedForMe: false,
    });
    const chats: readonly TrueChat[] = [{ canonicalJid: chat.jid, name: 'Anna', messages: 2 }];
    const verdict = await checkCoverage(
      world.history,
      stream(chats),
      stream([truth(stored.id), truth('never-arrived')]),
      NOW_SECONDS,
    );
    assert.deepEqual(
      verdict.chats.map(({ name, expected, heldMessages, startProven }) => [
        name,
        expected,
        heldMessages,
        startProven,
      ]),
      [['Anna', 2, 0, false]],
    );
    assert.equal(verdict.ok, false);
    const parts: string[] = [];
    printCoverageVerdict(createTerminal({ write: (part) => parts.push(part) > 0 }), verdict);
    assert.match(
      parts.join(''),
      /✖ Held is not what the account has: 2 messages not held, .* 1 beginnings not proven/,
    );
  });
});

async function* stream<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
}
