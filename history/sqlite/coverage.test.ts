import assert from 'node:assert/strict';
import type { EngineName } from '#engines/contract/capability.ts';
import type { HistoryAnchor, MessageObservation } from '#engines/contract/message.ts';
import type { Observation, ObservationOf } from '#engines/contract/observation.ts';
import type { EngineLevel } from '#engines/contract/state.ts';
import { ANNA_LID, ANNA_PN, BERT_PN, type Bench, GROUP, message, openBench, T0 } from '../test-support.ts';

const level = (name: EngineLevel, at: number): Observation => ({
  kind: 'connection',
  level: name,
  reason: 'none',
  at,
});
const progress = (phase: 'bootstrap' | 'recent' = 'recent'): Observation => ({
  kind: 'history-progress',
  phase,
  percent: 100,
  complete: true,
});
const anchor = (id: string, sentAt: number): HistoryAnchor => ({
  id,
  fromMe: false,
  sender: ANNA_PN,
  sentAt,
});
/** Messages named by their second, counted from T0. */
const at = (second: number, change: Partial<MessageObservation> = {}) =>
  message({ id: `M${second}`, sentAt: T0 + second, ...change });

describe('coverage', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
    bench.clock.advance(1_000_000);
  });
  afterEach(() => bench.close());

  const now = () => bench.clock.now() / 1_000;
  const chatId = async (jid: string) => (await bench.history.chats.byJid(jid))?.id ?? 0;
  /** Held intervals in seconds from T0, newest first; 0 as 'start'. */
  const held = async (jid: string = ANNA_PN) =>
    (await bench.history.coverage.ofChat(await chatId(jid))).held.map(({ from, to }) => [
      from === 0 ? 'start' : from - T0,
      to - T0,
    ]);
  const missing = async (jid: string = ANNA_PN) =>
    (await bench.history.coverage.ofChat(await chatId(jid))).missing.map(({ from, to, reason }) => [
      from === 0 ? 'start' : from - T0,
      to - T0,
      reason,
    ]);
  /** What is said of the gaps, newest first; a walk must find the same. */
  const askable = async (jid: string = ANNA_PN) => {
    const id = await chatId(jid);
    const { missing: found } = await bench.history.coverage.ofChat(id);
    const asked = (await bench.history.coverage.gaps(id, 100)).filter(({ anchors }) => anchors.length > 0);
    assert.deepEqual(
      found.map(({ askable }) => askable),
      found.map(({ from, to }) => asked.some(({ interval }) => interval.from >= from && interval.from < to)),
    );
    return found.map(({ askable }) => askable);
  };
  const anchors = async (jid: string = ANNA_PN) => {
    await askable(jid);
    return (await bench.history.coverage.gaps(await chatId(jid), 10)).map((gap) => [
      gap.interval.to - T0,
      ...gap.anchors.map(({ id }) => id),
    ]);
  };
  let requests = 0;
  /** The answer to a request that was asked from `before`: seconds of its messages, newest first. */
  const page = (
    before: number | HistoryAnchor | null,
    seconds: readonly number[],
    end: ObservationOf<'history-page'>['end'] = 'more-on-phone',
    change: Partial<ObservationOf<'history-page'>> = {},
  ): readonly Observation[] => {
    requests += 1;
    const requestId = change.requestId ?? `R${requests}`;
    const last = seconds.at(-1);
    const chat = change.chat ?? ANNA_PN;
    return [
      ...seconds.map((second) => at(second, { via: 'page', page: requestId, chat, sender: chat })),
      {
        kind: 'history-page',
        requestId,
        chat,
        messages: seconds.length,
        before: typeof before === 'number' ? anchor(`M${before}`, T0 + before) : before,
        oldest: last === undefined ? null : anchor(`M${last}`, T0 + last),
        end,
        ...change,
      },
    ];
  };
  const link = (seconds = 500, engine: EngineName = 'baileys') =>
    bench.ingest(
      [
        level('linking', T0 + seconds - 5),
        level('connecting', T0 + seconds - 1),
        level('syncing', T0 + seconds),
      ],
      engine,
    );

  describe('of pages', () => {
    it('claims what lies between the oldest message and the second before the anchor', async () => {
      await bench.ingest([at(100, { via: 'push' }), ...page(100, [90, 80])]);
      assert.deepEqual(await held(), [[80, 99]]);
      assert.deepEqual(await missing(), [
        [99, 1_000, 'engine-offline'],
        ['start', 80, 'unknown'],
      ]);
    });

    it('joins pages at the message at which the last one ended', async () => {
      await bench.ingest([at(100, { via: 'push' }), ...page(100, [90, 80]), ...page(80, [70, 60])]);
      assert.deepEqual(await held(), [[60, 99]]);
    });

    it('does not join at another message of the same second', async () => {
      await bench.ingest([
        at(100, { via: 'push' }),
        ...page(100, [90, 80]),
        message({ id: 'TWIN', sentAt: T0 + 80, via: 'push' }),
        ...page(anchor('TWIN', T0 + 80), [70]),
      ]);
      assert.deepEqual(await held(), [
        [80, 99],
        [70, 79],
      ]);
    });

    it('follows a second that holds more than a page', async () => {
      const burst = (ids: readonly string[], requestId: string) =>
        ids.map((id) => message({ id, sentAt: T0 + 80, via: 'page', page: requestId }));
      const ask = (requestId: string, before: HistoryAnchor, ids: readonly string[]) =>
        bench.ingest([
          ...burst(ids, requestId),
          ...page(before, [], 'more-on-phone', {
            requestId,
            messages: ids.length,
            oldest: anchor(ids.at(-1) ?? '', T0 + 80),
          }),
        ]);
      await link();
      bench.clock.advance(1_000);
      await bench.ingest([at(100, { via: 'push' })]);
      await ask('A', anchor('M100', T0 + 100), ['X9', 'X8']);
      assert.deepEqual(await held(), [
        [500, 1_001],
        [80, 99],
      ]);
      await ask('B', anchor('X8', T0 + 80), ['X7', 'X6']);
      assert.deepEqual(await anchors(), [[80, 'X6', 'M100']]);
      await bench.ingest(page(anchor('X6', T0 + 80), [70], 'start-reached'));
      assert.deepEqual(await held(), [
        [500, 1_001],
        ['start', 99],
      ]);
      assert.deepEqual(await anchors(), []);
    });

    it('does not claim a second that it has only followed downwards', async () => {
      const X = (n: number) => message({ id: `X${n}`, sentAt: T0 + 80, via: 'page', page: 'A' });
      // The phone has more of this second above the message that is known.
      await bench.ingest([message({ id: 'X4', sentAt: T0 + 80, via: 'push' })]);
      await bench.ingest([
        X(3),
        X(2),
        ...page(anchor('X4', T0 + 80), [], 'more-on-phone', {
          requestId: 'A',
          messages: 2,
          oldest: anchor('X2', T0 + 80),
        }),
      ]);
      assert.deepEqual(await held(), []);
      assert.deepEqual((await anchors())[0], [79, 'X2', 'X3', 'X4']);
      await bench.ingest(page(anchor('X2', T0 + 80), [70]));
      assert.deepEqual(await held(), [[70, 79]]);
    });

    it('proves the start by the word of the phone, with messages or without', async () => {
      await bench.ingest([at(100, { via: 'push' }), ...page(100, [90], 'start-reached')]);
      assert.deepEqual(await held(), [['start', 99]]);
      await bench.ingest([
        message({ id: 'B1', chat: BERT_PN, sentAt: T0 + 50, via: 'push' }),
        ...page(anchor('B1', T0 + 50), [], 'start-reached', { chat: BERT_PN }),
      ]);
      assert.deepEqual(await held(BERT_PN), [['start', 49]]);
    });

    it('takes an empty answer without that word for what it is', async () => {
      await bench.ingest([at(100, { via: 'push' }), ...page(100, [], 'unknown')]);
      assert.deepEqual(await held(), []);
    });

    it('claims only what the page itself shows when it does not know what was asked', async () => {
      await bench.ingest(page(null, [90, 80, 70]));
      assert.deepEqual(await held(), [[70, 89]]);
    });

    it('does so too when the answer is about another chat than the question', async () => {
      await bench.ingest([at(100, { via: 'push' }), ...page(100, [40, 30], 'unknown', { chat: BERT_PN })]);
      assert.deepEqual(await held(BERT_PN), [[30, 39]]);
      assert.deepEqual(await held(), []);
    });

    it('claims nothing when a message of the page did not arrive', async () => {
      await bench.ingest([at(100, { via: 'push' }), ...page(100, [90, 80], 'unknown', { messages: 3 })]);
      assert.deepEqual(await held(), []);
    });

    it('does not believe an anchor from the future', async () => {
      await bench.ingest([at(5_000, { via: 'push' }), ...page(5_000, [90, 80])]);
      assert.deepEqual(await held(), [[80, 89]]);
    });

    it('believes the date of an own message only as far as an engine was connected then', async () => {
      const sent = at(600, { via: 'echo', fromMe: true, sender: null });
      await bench.ingest([level('ready', T0 + 500), sent]);
      await bench.ingest(page({ ...anchor('M600', T0 + 600), fromMe: true }, [90]));
      assert.deepEqual(await held(), [[90, 1_000]]);
      await bench.ingest([level('starting', T0 + 700)]);
      assert.deepEqual(await held(), [[90, 500]]);
    });

    it('counts an answer once, whatever comes again', async () => {
      const id = await chatIdAfter([at(100, { via: 'push' }), at(90, { via: 'push' })]);
      await bench.history.backfills.begin('job', [id]);
      const answer = page(100, [90, 80], 'more-on-phone', { requestId: 'ONE' });
      await bench.ingest(answer);
      await bench.ingest(answer);
      const row = await bench.history.backfills.get(id);
      assert.deepEqual(
        [row?.pages, row?.fetched, row?.added, row?.deduplicated, row?.cursor?.id, row?.lastAnswer],
        [1, 2, 1, 1, 'M80', 'page'],
      );
      assert.deepEqual(await bench.history.backfills.page('baileys', 'ONE'), {
        engine: 'baileys',
        requestId: 'ONE',
        chatId: id,
        messages: 2,
        added: 1,
        end: 'more-on-phone',
      });
    });
  });

  const chatIdAfter = async (observations: readonly Observation[]) => {
    await bench.ingest(observations);
    return chatId(ANNA_PN);
  };

  describe('of what the phone pushes', () => {
    it('is claimed when the push is complete, from the oldest message until the link', async () => {
      await link();
      await bench.ingest([at(400, { via: 'push' }), at(300, { via: 'push' }), progress()]);
      assert.deepEqual(await held(), [[500, 1_000]]);
      await bench.ingest([level('ready', T0 + 510)]);
      assert.deepEqual(await held(), [[300, 1_000]]);
      assert.deepEqual(await missing(), [['start', 300, 'never-pushed']]);
      assert.deepEqual(await anchors(), [[300, 'M300', 'M400']]);
    });

    it('knows the oldest whatever order the parts come in', async () => {
      await link();
      await bench.ingest([at(200, { via: 'push' }), at(100, { via: 'push' })]);
      await bench.ingest([at(400, { via: 'push' }), at(300, { via: 'push' }), progress()]);
      await bench.ingest([level('ready', T0 + 510)]);
      assert.deepEqual(await held(), [[100, 1_000]]);
    });

    it('proves the start where the phone said so with the push', async () => {
      await link();
      await bench.ingest([
        { kind: 'chat', chat: ANNA_PN, historyEnd: 'start-reached' },
        at(300, { via: 'push' }),
        progress(),
        level('ready', T0 + 510),
      ]);
      assert.deepEqual(await held(), [['start', 1_000]]);
      const { startProven, missing: gaps } = await bench.history.coverage.ofChat(await chatId(ANNA_PN));
      assert.deepEqual([startProven, gaps], [true, []]);
    });

    it('does not take the word of a page for that of the push', async () => {
      await link();
      await bench.ingest([
        at(300, { via: 'push' }),
        { kind: 'chat', chat: ANNA_PN, historyEnd: 'start-reached' },
        ...page(200, [100], 'start-reached'),
        at(290, { via: 'push' }),
        progress(),
        level('ready', T0 + 510),
      ]);
      assert.deepEqual((await held())[0], [290, 1_000]);
    });

    it('does not take what a page holds for what was told of it', async () => {
      await link(500, 'webjs');
      await bench.ingest(
        [
          { kind: 'chat', chat: ANNA_PN, historyEnd: 'start-reached' },
          at(300, { via: 'push' }),
          progress(),
          level('ready', T0 + 510),
        ],
        'webjs',
      );
      assert.deepEqual(await held(), [[300, 1_000]]);
    });

    it('does not believe a clock that was set while linking', async () => {
      await bench.ingest([
        level('linking', T0 + 495),
        level('connecting', T0 + 499),
        level('syncing', T0 + 800),
        at(300, { via: 'push' }),
        progress(),
        level('ready', T0 + 810),
        level('recovering', T0 + 510),
      ]);
      assert.deepEqual(await held(), [[300, 498]]);
    });

    it('forgets a push that another link interrupted', async () => {
      await link();
      await bench.ingest([at(100, { via: 'push' })]);
      await link(600);
      await bench.ingest([at(550, { via: 'push' }), progress(), level('ready', T0 + 610)]);
      assert.deepEqual((await held())[0], [550, 1_000]);
    });
  });

  describe('of live traffic', () => {
    const up = (second: number, engine: EngineName = 'baileys') =>
      bench.ingest([level('ready', T0 + second)], engine);

    it('reaches from the connection until now, for every chat', async () => {
      await up(100);
      await bench.ingest([at(200)]);
      assert.deepEqual(await held(), [[100, 1_000]]);
      assert.deepEqual(await missing(), [['start', 100, 'engine-offline']]);
      assert.deepEqual(await bench.history.coverage.connected(now()), [{ from: T0 + 100, to: now() }]);
    });

    it('ends a minute before a loss was noticed, or with the last message', async () => {
      await up(100);
      await bench.ingest([at(200), level('recovering', T0 + 400)]);
      assert.deepEqual(await held(), [[100, 340]]);
      assert.deepEqual(await missing(), [
        [340, 1_000, 'engine-offline'],
        ['start', 100, 'engine-offline'],
      ]);
      await up(500);
      await bench.ingest([at(590), level('recovering', T0 + 600)]);
      assert.deepEqual(await held(), [
        [500, 589],
        [100, 340],
      ]);
    });

    it('ends with the last message of an engine that was killed, or was never there', async () => {
      await up(100);
      await bench.ingest([at(200), level('starting', T0 + 400), level('ready', T0 + 410)]);
      assert.deepEqual(await held(), [
        [410, 1_000],
        [100, 199],
      ]);
      await bench.ingest([level('starting', T0 + 700)]);
      assert.deepEqual(await held(), [[100, 199]]);
    });

    it('ends when somebody says that the engine is gone', async () => {
      await up(100);
      await bench.ingest([at(200)]);
      await bench.history.coverage.engineGone('webjs');
      assert.deepEqual(await held(), [[100, 1_000]]);
      await bench.history.coverage.engineGone('baileys');
      assert.deepEqual(await held(), [[100, 199]]);
    });

    it('goes on while one of two engines is connected', async () => {
      await up(100);
      await up(200, 'webjs');
      await bench.ingest([level('recovering', T0 + 400)]);
      await up(600);
      await bench.ingest([level('stopped', T0 + 900)], 'webjs');
      await bench.ingest([level('stopped', T0 + 1_000)]);
      assert.deepEqual(await bench.history.coverage.connected(now()), [{ from: T0 + 100, to: T0 + 940 }]);
    });

    it('is not extended by old messages that arrive after a reconnect', async () => {
      await up(100);
      await bench.ingest([level('recovering', T0 + 300)]);
      await up(400);
      await bench.ingest([at(350), at(260), level('starting', T0 + 450)]);
      assert.deepEqual(await held(), [[100, 240]]);
    });

    it('claims less when messages show that the clock is behind', async () => {
      await up(900);
      await bench.ingest([at(1_040)]);
      assert.deepEqual(await held(), [[940, 1_000]]);
    });

    it('is closed by a page that overlaps it', async () => {
      await up(100);
      await bench.ingest([at(150), at(310), level('recovering', T0 + 320)]);
      await up(500);
      await bench.ingest([at(600)]);
      assert.deepEqual(await anchors(), [
        [500, 'M600'],
        [100, 'M150', 'M310', 'M600'],
      ]);
      await bench.ingest(page(600, [450, 400, 310]));
      // Of the last second before the loss not everything may have come.
      assert.deepEqual(await anchors(), [
        [310, 'M310', 'M400', 'M450', 'M600'],
        [100, 'M150', 'M310', 'M400', 'M450'],
      ]);
      await bench.ingest(page(310, [150]));
      assert.deepEqual(await held(), [[100, 1_000]]);
    });
  });

  describe('gaps', () => {
    it('are asked from messages within when none stands above', async () => {
      await bench.ingest([at(100, { via: 'push' }), at(90, { via: 'push', type: 'system' })]);
      assert.deepEqual(await anchors(), [[99, 'M100', 'M90']]);
    });

    it('are not asked where nothing would come of it', async () => {
      await bench.ingest([level('ready', T0 + 100), at(200), level('starting', T0 + 300)]);
      await bench.ingest([level('ready', T0 + 400), ...page(200, [50], 'start-reached')]);
      assert.deepEqual(await held(), [
        [400, 1_000],
        ['start', 199],
      ]);
      assert.deepEqual(await anchors(), []);
      assert.deepEqual(await askable(), [false]);
      await bench.ingest([at(500)]);
      assert.deepEqual(await anchors(), [[400, 'M500']]);
      assert.deepEqual(await askable(), [true]);
    });

    it('are told apart, those that can be asked for and those that only a newer message opens', async () => {
      await bench.ingest([level('ready', T0 + 100), at(200), level('starting', T0 + 300)]);
      await bench.ingest([level('ready', T0 + 400)]);
      assert.deepEqual(await missing(), [
        [199, 400, 'engine-offline'],
        ['start', 100, 'engine-offline'],
      ]);
      assert.deepEqual(await askable(), [false, true]);
      await bench.ingest([at(500)]);
      assert.deepEqual(await askable(), [true, true]);
    });

    it('name the author in groups, as engines need it', async () => {
      await bench.ingest([
        { kind: 'identity-link', pn: ANNA_PN, lid: ANNA_LID, source: 'usync', at: T0 },
        message({ id: 'G1', chat: GROUP, sender: ANNA_PN, sentAt: T0 + 100, via: 'push' }),
      ]);
      const [gap] = await bench.history.coverage.gaps(await chatId(GROUP), 1);
      assert.deepEqual(gap?.anchors, [{ id: 'G1', fromMe: false, sender: ANNA_LID, sentAt: T0 + 100 }]);
    });

    it('remember why nothing came', async () => {
      await bench.ingest([at(100, { via: 'push' }), ...page(100, [90]), level('ready', T0 + 500), at(600)]);
      const id = await chatId(ANNA_PN);
      await bench.history.coverage.setGapReason(id, T0 + 90, 'phone-silent');
      await bench.history.coverage.setGapReason(id, T0 + 500, 'phone-empty');
      assert.deepEqual(await missing(), [
        [99, 500, 'phone-empty'],
        ['start', 90, 'phone-silent'],
      ]);
      await bench.ingest(page(90, [80]));
      assert.deepEqual((await missing()).at(-1), ['start', 80, 'unknown']);
    });

    it('end where retention has deleted', async () => {
      await bench.ingest([at(100, { via: 'push' }), ...page(100, [90, 80], 'start-reached')]);
      await bench.history.maintenance.purge(T0 + 90, 100);
      assert.deepEqual(await held(), [[89, 99]]);
      assert.deepEqual((await missing()).at(-1), ['start', 89, 'purged']);
      assert.deepEqual(await anchors(), []);
      assert.equal((await askable()).at(-1), false);
    });

    it('leave a chat complete when only what retention has deleted is not there', async () => {
      const { coverage, maintenance } = bench.history;
      const whole = async () => {
        const { complete, purgedBefore, startProven } = await coverage.ofChat(await chatId(ANNA_PN));
        const counted = await coverage.summary();
        return [
          complete,
          purgedBefore === null ? null : purgedBefore - T0,
          startProven,
          counted.chats - counted.complete,
        ];
      };
      await bench.ingest([level('ready', T0 + 95), at(100), ...page(100, [90, 80])]);
      assert.deepEqual(await whole(), [false, null, false, 1]);
      await maintenance.purge(T0 + 70, 100);
      assert.deepEqual(await whole(), [false, 70, false, 1], 'what lies between is to be kept');
      await maintenance.purge(T0 + 90, 100);
      assert.deepEqual(await whole(), [true, 90, false, 0]);
      await maintenance.purge(T0 + 200, 100);
      assert.deepEqual(await whole(), [true, 200, false, 0], 'nothing of its own is left');
    });
  });
});
