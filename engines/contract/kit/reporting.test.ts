import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFixedClock } from '#kernel/clock.ts';
import { createLogger } from '#kernel/logger.ts';
import type { Observation } from '../observation.ts';
import { openOutbox } from '../outbox.ts';
import { engineStatusSchema } from '../state.ts';
import { createReporting } from './reporting.ts';
import { createStatusBoard, startingState } from './status-board.ts';

describe('engine kit: reporting', () => {
  it('says what the contract asks for, and each change of level once', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tandem-reporting-'));
    const clock = createFixedClock(7_000);
    const outbox = openOutbox(join(dir, 'outbox.db'));
    const board = createStatusBoard(startingState({ synced: false, testServer: false }), clock);
    const told: Observation[] = [];
    const reporting = createReporting({
      engine: 'webjs',
      board,
      commands: { 'session.probe': () => Promise.resolve({ roundTripMs: 1 }) },
      outbox,
      sink: { deliver: (observations) => told.push(...observations) },
      clock,
      logger: createLogger({ level: 'silent', program: 'test' }),
    });
    const heard: string[] = [];
    const stop = reporting.onStatus(({ level }) => heard.push(level));
    const status = engineStatusSchema.parse(reporting.status());
    assert.deepEqual(
      [status.engine, status.capabilities, status.pid],
      ['webjs', ['session.probe'], process.pid],
    );
    board.set({ level: 'connecting' });
    board.set({ reconnectAttempts: 1 });
    // A process that died said nothing of its end: that a new one begins has to tell it.
    assert.deepEqual(told, [
      { kind: 'connection', level: 'starting', reason: 'none', at: 7 },
      { kind: 'connection', level: 'connecting', reason: 'none', at: 7 },
    ]);
    reporting.close();
    stop();
    board.set({ level: 'ready' });
    assert.deepEqual([told.length, heard], [2, ['connecting', 'connecting']]);
    outbox.close();
    await rm(dir, { recursive: true, force: true });
  });

  it('does not fill the outbox with tries to link that lead nowhere', () => {
    const clock = createFixedClock(7_000);
    const board = createStatusBoard(startingState({ synced: false, testServer: false }), clock);
    const told: string[] = [];
    const reporting = createReporting({
      engine: 'baileys',
      board,
      commands: {},
      outbox: { stats: () => ({ id: 'x', firstSeq: 1, lastSeq: 0, entries: 0 }) },
      sink: {
        deliver: (all) => {
          for (const one of all) if (one.kind === 'connection') told.push(`${one.level}/${one.reason}`);
        },
      },
      clock,
      logger: createLogger({ level: 'silent', program: 'test' }),
    });
    const tryInVain = () => {
      board.set({ level: 'linking', reason: 'none' });
      board.set({ level: 'unlinked', reason: 'network-unreachable' });
    };
    for (let n = 0; n < 20; n += 1) tryInVain();
    assert.deepEqual(told, ['starting/none', 'linking/none', 'unlinked/network-unreachable']);
    board.set({ level: 'ready', reason: 'none', account: { pn: null, lid: null, pushName: null } });
    board.set({ level: 'unlinked', reason: 'not-linked', account: null });
    tryInVain();
    tryInVain();
    assert.deepEqual(told.slice(3), [
      'ready/none',
      'unlinked/not-linked',
      'linking/none',
      'unlinked/network-unreachable',
    ]);
    reporting.close();
  });
});
