import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { BinaryNode } from '@whiskeysockets/baileys';
import type { SimChat } from '#simulator/account/model.ts';
import { createBacklog } from './backlog.ts';
import { createIntake } from './intake.ts';
import { type Bench, createBench } from './testing/bench.ts';

const LONG_BYTES = 20_000;
const TURNS_MAX = 100_000;
const SETTLED_MS = 300;

describe('baileys: caught up after an absence', () => {
  let bench: Bench;
  let chat: SimChat;
  beforeEach(async () => {
    bench = await createBench();
    await bench.synced();
    const found = bench.simulator.account.chats().find(({ kind }) => kind === 'direct');
    if (found === undefined) throw new Error('no direct chat');
    chat = found;
  });
  afterEach(() => bench.close());

  const receive = (text: string) =>
    bench.simulator.account.receive({ chat: chat.key, content: { type: 'text', text } }).id;
  const told = () => bench.of('caught-up').length;
  /** Where the observations of each kind stand among all. */
  const places = (fits: (one: ReturnType<Bench['observations']>[number]) => boolean) =>
    bench.observations().flatMap((one, place) => (fits(one) ? [place] : []));
  const lastWord = () => places(({ kind }) => kind === 'caught-up').at(-1) ?? -1;
  const connectedAt = () =>
    places((one) => one.kind === 'connection' && (one.level === 'ready' || one.level === 'syncing')).at(-1) ??
    Number.POSITIVE_INFINITY;

  it('says so once for each login, behind all that had waited and behind the connection', async () => {
    await bench.until(() => told() === 1, 'word of the first login');
    const { account } = bench.simulator;
    let ids: readonly string[] = [];
    let lastSent = 0;
    await bench.restart(async () => {
      ids = Array.from({ length: 40 }, (_, n) => receive(`away ${n}`));
      lastSent = account.world.nowSeconds();
      await bench.simulator.wire.settled();
    });
    await bench.until(() => told() === 2, 'word of the second login');
    const backlog = places((one) => one.kind === 'message' && ids.includes(one.id));
    assert.equal(backlog.length, ids.length);
    assert.ok(lastWord() > Math.max(...backlog));
    assert.ok(lastWord() > connectedAt());
    // By the server's clock, not that of this machine.
    const at = bench.of('caught-up').at(-1)?.at ?? 0;
    assert.ok(at > lastSent && at <= account.world.nowSeconds());
    bench.simulator.faults.drop();
    await bench.level('recovering');
    await bench.level('ready');
    await bench.until(() => told() === 3, 'word after a lost connection');
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    assert.equal(told(), 3);
  });

  it('says nothing when the connection breaks in the middle, and says it when all has come', async () => {
    await bench.until(() => told() === 1, 'word of the first login');
    const { faults, wire } = bench.simulator;
    let ids: readonly string[] = [];
    await bench.restart(async () => {
      ids = [...Array.from({ length: 10 }, (_, n) => receive(`${n}`)), receive('x'.repeat(LONG_BYTES))];
      await wire.settled();
    });
    for (let turns = 0; faults.cutNextStanza(LONG_BYTES) === 0; turns += 1) {
      assert.ok(turns < TURNS_MAX, 'the engine did not come back');
      await turn();
    }
    faults.refuseConnections(503);
    await bench.level('recovering');
    const heard = () => ids.filter((id) => bench.of('message').some((one) => one.id === id));
    assert.ok(!heard().includes(ids.at(-1) ?? ''));
    assert.equal(told(), 1);
    faults.refuseConnections(null);
    await bench.until(() => told() === 2, 'word when all has come');
    assert.deepEqual(heard(), ids);
    assert.ok(lastWord() > Math.max(...places((one) => one.kind === 'message' && ids.includes(one.id))));
  });

  it('counts a message that it cannot read as there', async () => {
    await bench.until(() => told() === 1, 'word of the first login');
    let id = '';
    bench.simulator.faults.corruptNextMessage();
    await bench.restart(async () => {
      id = receive('damaged');
      await bench.simulator.wire.settled();
    });
    await bench.until(() => told() === 2, 'word of the second login');
    const [placeholder] = places(
      (one) => one.kind === 'message' && one.id === id && one.type === 'undecryptable',
    );
    assert.ok(placeholder !== undefined && lastWord() > placeholder);
  });
});

describe('baileys: the end of a backlog', () => {
  const stanza = (tag: string, attrs: Record<string, string>, content?: BinaryNode[]): BinaryNode =>
    content === undefined ? { tag, attrs } : { tag, attrs, content };
  const word = (tag: string, attrs: Record<string, string>) => stanza('ib', {}, [stanza(tag, attrs)]);
  const setUp = () => {
    let waiting = 0;
    let filed: () => void = () => undefined;
    const told: number[] = [];
    const backlog = createBacklog({
      intake: {
        unfiled: () => waiting,
        onFiled: (listener) => {
          filed = listener;
        },
      },
      now: () => 7,
      onCaughtUp: (at) => told.push(at),
    });
    const hear = (...stanzas: readonly BinaryNode[]) => stanzas.forEach(backlog.heard);
    const waitFor = (count: number) => {
      waiting = count;
      filed();
    };
    return { backlog, told, hear, waitFor };
  };
  const login = stanza('success', { t: '1000' });
  const kept = stanza('message', { offline: '0' });

  it('is where the word is said, the connection open and all of it on disk', () => {
    const { backlog, told, hear, waitFor } = setUp();
    hear(login, kept, stanza('receipt', { offline: '1' }));
    waitFor(1);
    hear(word('offline', { count: '2' }));
    backlog.opened();
    assert.deepEqual(told, []);
    waitFor(0);
    waitFor(0);
    assert.deepEqual(told, [1_000]);
  });

  it('has not come when less was heard than was announced', () => {
    const { backlog, told, hear } = setUp();
    hear(login, kept, word('offline', { count: '2' }));
    backlog.opened();
    assert.deepEqual(told, []);
    const previewed = setUp();
    previewed.hear(login, word('offline_preview', { count: '3', message: '2' }), kept);
    previewed.hear(word('offline', { count: '1' }));
    previewed.backlog.opened();
    assert.deepEqual(previewed.told, []);
  });

  it('is dated by the own clock when the server tells no time', () => {
    const { backlog, told, hear } = setUp();
    hear(stanza('success', {}), word('offline', { count: '0' }));
    backlog.opened();
    assert.deepEqual(told, [7]);
  });
});

describe('baileys: messages that the library does not decrypt', () => {
  const PERSON = '4915100000001@s.whatsapp.net';
  const told: string[] = [];
  const intake = createIntake({
    ids: () => ({ pn: '4915100000009:1@s.whatsapp.net', lid: '900000000000009:1@lid' }),
    onMessage: ({ key, messageStubType }) => told.push(`${key.id} ${messageStubType === undefined}`),
    onHistory: () => undefined,
    onKeyShare: () => undefined,
  });
  const arrive = (id: string, content: BinaryNode[], attrs: Record<string, string> = {}) =>
    intake.arrived({
      tag: 'message',
      attrs: { id, from: PERSON, t: '1000', offline: '0', ...attrs },
      content,
    });
  const part = (type: string): BinaryNode => ({ tag: 'enc', attrs: { type }, content: Buffer.from('x') });

  it('are filed as unreadable when they arrive', () => {
    arrive('A', [{ tag: 'unavailable', attrs: { type: 'view_once' } }]);
    arrive('B', [part('msmsg')]);
    assert.deepEqual(told, ['A false', 'B false']);
    assert.equal(intake.unfiled(), 0);
  });

  it('are not waited for when nobody could file them', () => {
    arrive('C', [part('msg')], { from: 'status@broadcast', participant: PERSON });
    arrive('D', [part('msg')], { from: 'nobody' });
    assert.equal(intake.unfiled(), 0);
    arrive('E', [part('pkmsg'), part('skmsg')], { from: '120363000000000001@g.us', participant: PERSON });
    assert.equal(intake.unfiled(), 1);
    assert.equal(told.length, 2);
  });
});
