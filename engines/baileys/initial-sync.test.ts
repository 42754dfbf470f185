import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { proto } from '@whiskeysockets/baileys';
import { createStatusBoard, type StatusBoard, startingState } from '#engines/contract/kit/status-board.ts';
import { systemClock } from '#kernel/clock.ts';
import { until } from '#kernel/testing/until.ts';
import { createInitialSync, type InitialSync } from './initial-sync.ts';
import { createMarks } from './marks.ts';
import { openSessionDb, type SessionDb } from './session-db.ts';

const SETTLE_MS = 20;
const { RECENT, INITIAL_BOOTSTRAP } = proto.Message.HistorySyncType;

describe('baileys: the history that the phone pushes', () => {
  let dir: string;
  let db: SessionDb;
  let board: StatusBoard;
  let sync: InitialSync;
  let waiting = 0;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tandem-initial-sync-'));
    db = openSessionDb(dir);
    waiting = 0;
    board = createStatusBoard(
      { ...startingState({ synced: false, testServer: true }), level: 'syncing' },
      systemClock,
    );
    const marks = createMarks(db);
    sync = createInitialSync({ board, marks, waiting: () => waiting, stallMs: 10_000, settleMs: SETTLE_MS });
    sync.begin();
  });
  afterEach(async () => {
    sync.disconnected();
    db.close();
    await rm(dir, { recursive: true, force: true });
  });

  const chunk = (syncType: number, percent: number) =>
    sync.chunk({ syncType, percent, chats: ['1@lid'], messages: 3 });

  it('is over when the last chunk is done', () => {
    sync.connected();
    waiting = 1;
    chunk(RECENT, 100);
    sync.check();
    assert.equal(sync.pending(), true, 'one is still on the way');
    waiting = 0;
    sync.check();
    assert.deepEqual([sync.pending(), board.get().level], [false, 'ready']);
    assert.deepEqual(board.get().sync, { phase: 'done', percent: 100, chats: 1, messages: 3 });
  });

  it('is over when nothing follows the first chunk', async () => {
    sync.connected();
    chunk(INITIAL_BOOTSTRAP, 100);
    sync.check();
    assert.equal(sync.pending(), true);
    await until(() => !sync.pending(), 'end of the sync');
  });

  it('draws no conclusion from silence while it is not connected', async () => {
    sync.connected();
    sync.disconnected();
    // Announced before, processed after.
    chunk(INITIAL_BOOTSTRAP, 100);
    await delay(SETTLE_MS * 5);
    assert.equal(sync.pending(), true);
    sync.connected();
    chunk(INITIAL_BOOTSTRAP, 100);
    await until(() => !sync.pending(), 'end of the sync');
  });
});
