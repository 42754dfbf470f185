import assert from 'node:assert/strict';
import { createFixedClock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { createLinkDesk } from './link-desk.ts';
import { createStatusBoard, startingState } from './status-board.ts';

describe('engine kit: link desk', () => {
  const never = new AbortController().signal;
  const setUp = () => {
    const clock = createFixedClock(1_000);
    const board = createStatusBoard(startingState({ synced: false, testServer: false }), clock);
    return { board, desk: createLinkDesk(board, clock, 'webjs') };
  };

  it('shows one QR to all who wait and to who comes later; the first lasts a minute, the next 20 seconds', async () => {
    const { board, desk } = setUp();
    const waiting = [desk.wait(5_000, never), desk.wait(5_000, never)];
    desk.showQr('first');
    const first = { state: 'offered', offer: { method: 'qr', text: 'first', expiresAtMs: 61_000 } };
    assert.deepEqual(await Promise.all([...waiting, desk.wait(5_000, never)]), [first, first, first]);
    assert.deepEqual([board.get().level, board.get().reason], ['linking', 'waiting-for-scan']);
    desk.showQr('second');
    assert.equal(board.get().offer?.expiresAtMs, 21_000);
    desk.clear();
    assert.deepEqual([board.get().offer, desk.offered()], [null, false]);
  });

  it('tells who waits how it ended', async () => {
    const { board, desk } = setUp();
    const linked = desk.wait(5_000, never);
    desk.linked();
    assert.deepEqual(await linked, { state: 'linked' });
    const over = assert.rejects(desk.wait(5_000, never), { code: 'AUTH_QR_EXPIRED' });
    desk.over(new TandemError('AUTH_QR_EXPIRED'));
    await over;
    desk.showCode('ABCD1234', 500);
    assert.deepEqual(board.get().offer, { method: 'code', code: 'ABCD1234', expiresAtMs: 1_500 });
  });

  it('lets nobody wait for ever', async () => {
    const { desk } = setUp();
    const late = { code: 'QR_NOT_AVAILABLE', engine: 'webjs' };
    await assert.rejects(desk.wait(5, never), late);
    await assert.rejects(desk.wait(5_000, AbortSignal.timeout(5)), late);
  });
});
