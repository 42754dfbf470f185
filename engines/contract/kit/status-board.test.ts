import assert from 'node:assert/strict';
import { createFixedClock } from '#kernel/clock.ts';
import { createStatusBoard, startingState } from './status-board.ts';

describe('engine kit: status board', () => {
  it('moves on only when something differs; the level keeps its age', () => {
    const clock = createFixedClock(1_000);
    const board = createStatusBoard(startingState({ synced: false, testServer: false }), clock);
    const heard: string[] = [];
    const stop = board.onChange((now, before) => heard.push(`${before.level} → ${now.level}`));
    clock.advance(50);
    board.set({ level: 'starting', sync: { ...board.get().sync } });
    assert.deepEqual([board.get().revision, board.get().sinceMs, heard], [1, 1_000, []]);
    board.set({ reconnectAttempts: 1 });
    assert.deepEqual([board.get().revision, board.get().sinceMs], [2, 1_000]);
    board.set({ reason: 'not-linked', level: 'unlinked' });
    assert.deepEqual([board.get().revision, board.get().sinceMs], [3, 1_050]);
    stop();
    board.set({ level: 'linking' });
    assert.deepEqual(heard, ['starting → starting', 'starting → unlinked']);
  });

  it('begins where the last life ended', () => {
    assert.deepEqual(startingState({ synced: true, testServer: true }).sync, {
      phase: 'done',
      percent: 100,
      chats: 0,
      messages: 0,
    });
  });
});
