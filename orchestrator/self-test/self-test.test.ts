import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { CommandHandlers, CommandInput } from '#engines/contract/command.ts';
import { sampleMessage } from '#engines/contract/samples.ts';
import { createFixedClock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { createSequentialIds } from '#kernel/ids.ts';
import { until } from '#kernel/testing/until.ts';
import { type EngineSeat, openEngineSeat } from '../testing/engine-seat.ts';
import { openTestHistory, silentLogger, type TestHistory } from '../testing/history.ts';
import { createSelfTest, type SelfTest } from './self-test.ts';

const ME = { pn: '4915100000000@s.whatsapp.net', lid: null, pushName: null };
const KEYS = { mediaKey: 'AAAA', directPath: '/x' };

describe('self-test of an engine', () => {
  const clock = createFixedClock(1_700_000_100_000);
  let home: TestHistory;
  let seat: EngineSeat;
  let selfTest: SelfTest;
  let pages: CommandInput<'history.page'>[];
  let files: CommandInput<'media.download'>[];
  let sends: CommandInput<'send.text'>[];
  let outcome: 'answered' | 'silent';
  let mediaErrors: ErrorCode[];

  const handlers: CommandHandlers = {
    'history.page': (input) => {
      pages.push(input);
      const rest = { requestId: 'r', messages: 1, end: 'unknown', oldest: null, seq: null } as const;
      return Promise.resolve({ ...rest, outcome });
    },
    'media.download': (input) => {
      files.push(input);
      const code = mediaErrors.shift();
      if (code !== undefined) return Promise.reject(new TandemError(code));
      return Promise.resolve({ base64: '', bytes: 0, sha256: '' });
    },
    'send.text': (input) => {
      sends.push(input);
      return Promise.resolve({ messageId: input.messageId, chat: input.chat, sentAt: 1, status: 'sent' });
    },
  };

  function open(mode: Config['selfTest'] = 'on'): void {
    selfTest = createSelfTest({
      engine: 'baileys',
      mode,
      history: home.history,
      rates: home.history.rates,
      sendsPerMinute: 60,
      client: () => seat.client,
      clock,
      ids: createSequentialIds(),
      logger: silentLogger,
      pauses: { settleMs: 1, apartMs: 60_000, retryMs: 10, longestRetryMs: 40 },
    });
  }
  function connects(sinceMs: number, level: 'ready' | 'syncing' | 'recovering' = 'ready'): void {
    seat.engine.setStatus({
      level,
      account: ME,
      connectedSinceMs: level === 'recovering' ? null : sinceMs,
      capabilities: ['history.page', 'media.download', 'send.text'],
    });
    selfTest.judge(seat.engine.status());
  }
  const found = () =>
    Object.fromEntries(selfTest.results().map(({ check, state, code }) => [check, code ?? state]));
  const becomes = (wanted: Record<string, string>) =>
    until(
      () => Object.entries(wanted).every(([check, value]) => found()[check] === value),
      JSON.stringify(wanted),
    );

  beforeEach(async () => {
    home = await openTestHistory(clock);
    seat = await openEngineSeat(join(home.dir, 'outbox.db'), handlers);
    pages = [];
    files = [];
    sends = [];
    outcome = 'answered';
    mediaErrors = [];
    open();
  });
  afterEach(async () => {
    selfTest.stop();
    await seat.close();
    await home.close();
  });

  async function fill(): Promise<void> {
    const other = '4917000000000@s.whatsapp.net';
    const image = (n: number, bytes: number) =>
      sampleMessage(n, { chat: other, sender: other, type: 'image', media: { ...KEYS, bytes } });
    await home.history.ingest.apply({
      engine: 'baileys',
      outboxId: 'box',
      seq: 1,
      observations: [
        ...[1, 2, 3].map((n) => sampleMessage(n)),
        image(11, 900),
        image(12, 500),
        image(13, 5_000_000),
        image(14, 700),
      ],
    });
  }

  it('asks for one known message of the smallest chat and for the smallest file, once for each connection', async () => {
    await fill();
    connects(1, 'syncing');
    assert.deepEqual(selfTest.results(), []);
    connects(2);
    connects(2);
    await becomes({ history: 'passed', media: 'passed' });
    assert.deepEqual(
      pages.map(({ anchor, count }) => [anchor.id, anchor.sentAt, count]),
      [[sampleMessage(2).id, sampleMessage(2).sentAt, 1]],
    );
    assert.deepEqual(
      files.map(({ media }) => media.bytes),
      [500],
    );
    assert.equal(sends.length, 0);
    connects(2, 'recovering');
    assert.deepEqual(selfTest.results(), []);
    connects(3);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(pages.length, 1, 'not again so soon');
  });

  it('sends to the own chat only when that is wanted, and does nothing when it is off', async () => {
    open('echo');
    connects(1);
    await becomes({ echo: 'passed', history: 'NO_ANCHOR_MESSAGE', media: 'skipped' });
    assert.deepEqual(
      sends.map(({ chat }) => chat),
      [ME.pn],
    );
    selfTest.stop();
    open('off');
    connects(2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(selfTest.results(), []);
  });

  it('speaks against a capability until it works again', async () => {
    await fill();
    mediaErrors = Array.from({ length: 1_000 }, () => 'MEDIA_DOWNLOAD_FAILED');
    connects(1);
    await becomes({ media: 'MEDIA_DOWNLOAD_FAILED' });
    const seen = new Set<unknown>();
    const look = setInterval(
      () => seen.add(selfTest.results().find(({ check }) => check === 'media')?.state),
      1,
    );
    try {
      const tried = files.length;
      await until(() => files.length >= tried + 2, 'two more tries');
      assert.deepEqual([...seen], ['failed'], 'it stays out of the way meanwhile');
      mediaErrors = [];
      await becomes({ media: 'passed' });
    } finally {
      clearInterval(look);
    }
    assert.equal(pages.length, 1, 'what passed is not asked again');
  });

  it('takes another file when one is gone', async () => {
    await fill();
    mediaErrors = ['MEDIA_EXPIRED'];
    connects(1);
    await becomes({ media: 'passed' });
    assert.deepEqual(
      files.map(({ media }) => media.bytes),
      [500, 700],
    );
  });

  it('holds a silent phone against the engine only when it stays silent', async () => {
    await fill();
    outcome = 'silent';
    connects(1);
    await until(
      () => selfTest.results().find(({ check }) => check === 'history')?.state === 'failed',
      'count',
    );
    assert.ok(pages.length >= 3);
    assert.deepEqual(found().history, 'PHONE_OFFLINE');
    outcome = 'answered';
    await becomes({ history: 'passed' });
  });
});
