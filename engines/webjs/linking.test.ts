import assert from 'node:assert/strict';
import { createLinkDesk } from '#engines/contract/kit/link-desk.ts';
import { createStatusBoard, startingState } from '#engines/contract/kit/status-board.ts';
import { systemClock } from '#kernel/clock.ts';
import type { Life } from './life.ts';
import { createLinking } from './linking.ts';

describe('webjs: linking', () => {
  it('knows the word of the phone from the page’s own steps, once for each QR', () => {
    const board = createStatusBoard(
      { ...startingState({ synced: false, testServer: false }), level: 'linking' },
      systemClock,
    );
    let confirmed = 0;
    const linking = createLinking({
      desk: createLinkDesk(board, systemClock, 'webjs'),
      onConfirmed: () => {
        confirmed += 1;
      },
      onFailed: assert.fail,
    });
    // Neither a QR nor these states ask anything of the browser.
    const life = {} as Life;
    const pulse = (state: string | null) =>
      linking.onPulse({ state, hasSynced: false, version: null, listening: true }, life);
    linking.begin({ method: 'qr' });
    // The page opens before it shows a QR.
    for (const state of [null, 'OPENING', 'UNPAIRED']) pulse(state);
    linking.onQr('first', life);
    pulse('UNPAIRED');
    assert.equal(confirmed, 0);
    for (const state of ['PAIRING', 'OPENING', 'CONNECTED']) pulse(state);
    assert.equal(confirmed, 1);
    // It came to nothing.
    linking.onQr('second', life);
    pulse('PAIRING');
    assert.equal(confirmed, 2);
    linking.end();
    pulse('CONNECTED');
    assert.equal(confirmed, 2);
  });
});
