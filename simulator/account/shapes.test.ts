import assert from 'node:assert/strict';
import { createAccount } from './account.ts';
import type { AccountShape } from './model.ts';
import { communityShape, deepShape, PRESETS } from './presets.ts';
import { createFixedWorld } from './world.ts';

const make = (shape: AccountShape) => createAccount(shape, createFixedWorld(shape.now));

describe('shapes of accounts', () => {
  for (const [groups, unread] of [
    [5, 10],
    [60, 200],
  ] as const) {
    it(`make a community of ${groups} groups with ${unread} unread messages each, from several people`, () => {
      const shape = communityShape(groups, unread);
      assert.ok(groups !== 60 || shape.unreadPerLinkedGroup === PRESETS.community.unreadPerLinkedGroup);
      const account = make(shape);
      const linked = account.chats().filter(({ kind }) => kind === 'linked-group');
      assert.equal(linked.length, groups);
      for (const chat of linked) {
        assert.equal(chat.group?.parent, 'c0');
        assert.equal(chat.unreadCount, unread);
        const last = Array.from({ length: unread }, (_, n) => account.message(chat.key, chat.size - 1 - n));
        assert.ok(last.every((message) => message && !message.fromMe && message.revoked === null));
        assert.ok(new Set(last.map((message) => message?.sender)).size > 2);
      }
    });
  }

  it('make an account of which only the newest messages are pushed', () => {
    const account = make(deepShape(30, 70, 5));
    assert.equal(account.chats().length, 30);
    assert.ok(account.chats().every(({ size, pushedFrom }) => size === 70 && pushedFrom === 65));
  });

  it('make a million messages without keeping one', () => {
    const account = make(PRESETS.long);
    const chats = account.chats();
    assert.equal(
      chats.reduce((sum, { size }) => sum + size, 0),
      1_000_000,
    );
    const last = chats.at(-1);
    assert.ok(last);
    assert.notEqual(account.message(last.key, 250), account.message(last.key, 250));
    assert.deepEqual(account.message(last.key, 250), account.message(last.key, 250));
  });
});
