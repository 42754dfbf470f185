import assert from 'node:assert/strict';
import type { EngineName } from '#engines/contract/capability.ts';
import { createEngineClient } from '#engines/contract/client.ts';
import type { CommandHandlers } from '#engines/contract/command.ts';
import type { EngineLevel, EngineReason } from '#engines/contract/state.ts';
import { createFixedClock } from '#kernel/clock.ts';
import { type ErrorCode, TandemError, toErrorBody } from '#kernel/errors.ts';
import { createBreakers } from '../health/breaker.ts';
import type { RouterPort } from '../services/ports.ts';
import { createSeats, type Seat, type Seats } from '../testing/engine-seats.ts';
import { whyNot } from './policy.ts';
import { createRouter } from './router.ts';

const text = { chat: '4915112345678@s.whatsapp.net', messageId: '3EB0ABCDEF012345', text: 'hello' };
const sent = { messageId: text.messageId, chat: text.chat, sentAt: 1, status: 'sent' as const };
const groups = { groups: [] };
const fail =
  (code: ErrorCode, details = {}) =>
  () =>
    Promise.reject(new TandemError(code, { details }));

describe('router', () => {
  let seats: Seats;
  let router: RouterPort;
  const clock = createFixedClock(0);
  const seat = (name: EngineName, commands: CommandHandlers, level?: EngineLevel): Promise<Seat> =>
    seats.open(name, commands, level);

  beforeEach(() => {
    seats = createSeats();
    router = createRouter({
      engines: seats.views,
      client: seats.client,
      breakers: createBreakers(clock),
      clock,
    });
  });
  afterEach(() => seats.close());

  async function errorOf(action: Promise<unknown>): Promise<TandemError> {
    const thrown = await action.then(
      () => assert.fail('nothing was thrown'),
      (error: unknown) => error,
    );
    assert.ok(thrown instanceof TandemError);
    return thrown;
  }

  it('asks the preferred engine and says who answered', async () => {
    await seat('baileys', { 'group.read': () => Promise.resolve(groups) });
    await seat('webjs', { 'group.read': () => Promise.resolve(groups) });
    const outcome = await router.call('group.read', {});
    assert.deepEqual([outcome.output, outcome.engine, outcome.attempts.length], [groups, 'baileys', 1]);
    assert.equal((await router.call('group.read', {}, { engine: 'webjs' })).engine, 'webjs');
  });

  it('goes on to the next engine for reads, and reports every attempt', async () => {
    await seat('baileys', { 'group.read': fail('CONNECTION_LOST') });
    await seat('webjs', { 'group.read': () => Promise.resolve(groups) });
    const { engine, attempts } = await router.call('group.read', {});
    assert.equal(engine, 'webjs');
    assert.deepEqual(
      attempts.map(({ engine: asked, code }) => [asked, code]),
      [
        ['baileys', 'CONNECTION_LOST'],
        ['webjs', null],
      ],
    );
  });

  it('does not go on when the answer is an answer', async () => {
    let asked = 0;
    await seat('baileys', { 'group.read': fail('GROUP_NOT_FOUND') });
    await seat('webjs', {
      'group.read': () => {
        asked += 1;
        return Promise.resolve(groups);
      },
    });
    assert.equal((await errorOf(router.call('group.read', {}))).code, 'GROUP_NOT_FOUND');
    assert.equal(asked, 0);
  });

  it('repeats a send only while it is proven that nothing left', async () => {
    let sends = 0;
    const first = await seat('baileys', { 'send.text': fail('NOT_CONNECTED') });
    await seat('webjs', {
      'send.text': () => {
        sends += 1;
        return Promise.resolve(sent);
      },
    });
    assert.equal((await router.call('send.text', text)).engine, 'webjs');
    for (const code of [
      'DELIVERY_UNKNOWN',
      'SEND_FAILED',
      'CONNECTION_LOST',
      'ENGINE_TIMEOUT',
      'INTERNAL_ERROR',
    ] as const) {
      (first.engine.commands as { 'send.text': unknown })['send.text'] = fail(code);
      const error = await errorOf(router.call('send.text', text, {}));
      assert.equal(error.code, code === 'SEND_FAILED' ? 'SEND_FAILED' : 'DELIVERY_UNKNOWN', code);
    }
    assert.equal(sends, 1);
  });

  it('sends through the next engine when the first one does not even listen', async () => {
    const first = await seat('baileys', { 'send.text': () => Promise.resolve(sent) });
    await seat('webjs', { 'send.text': () => Promise.resolve(sent) });
    await first.client.close();
    first.client = createEngineClient({
      name: 'baileys',
      baseUrl: 'http://127.0.0.1:9',
      secret: 's'.repeat(32),
    });
    const { engine, attempts } = await router.call('send.text', text);
    assert.deepEqual([engine, attempts[0]?.code], ['webjs', 'ENGINE_UNREACHABLE']);
  });

  it('names the one reason when there is one candidate, and each when there are more', async () => {
    await seat('baileys', { 'group.read': () => Promise.resolve(groups) }, 'unlinked');
    const one = await errorOf(router.call('group.read', {}));
    assert.deepEqual([one.code, one.engine], ['NOT_AUTHENTICATED', 'baileys']);
    await seat('webjs', { 'group.read': () => Promise.resolve(groups) }, 'recovering');
    const two = await errorOf(router.call('group.read', {}));
    assert.equal(two.code, 'NO_HEALTHY_ENGINE');
    assert.deepEqual(two.details?.engines, [
      { engine: 'baileys', code: 'NOT_AUTHENTICATED' },
      { engine: 'webjs', code: 'NOT_CONNECTED' },
    ]);
  });

  it('names the one thing that helps when nobody is linked yet', async () => {
    const first = await seat('baileys', { 'group.read': () => Promise.resolve(groups) }, 'unlinked');
    const second = await seat('webjs', { 'group.read': () => Promise.resolve(groups) }, 'starting');
    for (const level of ['starting', 'unlinked'] as const) {
      second.engine.setStatus({ level });
      second.view = { ...second.view, status: second.engine.status() };
      const error = await errorOf(router.call('group.read', {}));
      assert.deepEqual([error.code, error.engine], ['NOT_AUTHENTICATED', 'baileys']);
      assert.ok(Array.isArray(error.details?.engines));
      assert.equal(error.details.engines.length, 2);
    }
    first.engine.setStatus({ level: 'recovering' });
    first.view = { ...first.view, status: first.engine.status() };
    assert.equal((await errorOf(router.call('group.read', {}))).code, 'NO_HEALTHY_ENGINE');
  });

  it('says who could when the engine asked for cannot', async () => {
    await seat('baileys', {});
    await seat('webjs', { 'group.read': () => Promise.resolve(groups) });
    const error = await errorOf(router.call('group.read', {}, { engine: 'baileys' }));
    assert.equal(error.code, 'CAPABILITY_UNAVAILABLE');
    assert.deepEqual(error.details?.could, [{ engine: 'webjs', level: 'ready', code: null }]);
    assert.equal((await errorOf(router.call('media.download', {} as never))).code, 'CAPABILITY_UNAVAILABLE');
  });

  it('leaves an engine alone after repeated failures', async () => {
    let asked = 0;
    await seat('baileys', {
      'group.read': () => {
        asked += 1;
        return Promise.reject(new TandemError('ENGINE_TIMEOUT'));
      },
    });
    for (let n = 0; n < 5; n += 1)
      assert.equal((await errorOf(router.call('group.read', {}))).code, 'ENGINE_TIMEOUT');
    assert.equal(asked, 3);
    const held = await errorOf(router.call('group.read', {}));
    assert.ok((held.retryAfterSeconds ?? 0) > 0);
    assert.deepEqual(router.routes().find((route) => route.capability === 'group.read')?.candidates, []);
    clock.advance(30_000);
    await errorOf(router.call('group.read', {}));
    assert.equal(asked, 4);
  });

  it('does not hold a caller that went away against the engine', async () => {
    await seat('baileys', { 'group.read': () => new Promise(() => undefined) });
    for (let n = 0; n < 4; n += 1) {
      await errorOf(router.call('group.read', {}, { signal: AbortSignal.timeout(20) }));
    }
    assert.deepEqual(router.routes().find((route) => route.capability === 'group.read')?.candidates, [
      'baileys',
    ]);
  });

  describe('reasons', () => {
    const levels: readonly (readonly [EngineLevel, EngineReason, ErrorCode | null])[] = [
      ['starting', 'none', 'ENGINE_STARTING'],
      ['unlinked', 'not-linked', 'NOT_AUTHENTICATED'],
      ['linking', 'waiting-for-scan', 'NOT_AUTHENTICATED'],
      ['connecting', 'none', 'NOT_CONNECTED'],
      ['syncing', 'none', null],
      ['ready', 'none', null],
      ['degraded', 'none', null],
      ['recovering', 'connection-lost', 'NOT_CONNECTED'],
      ['logged-out', 'logged-out', 'DEVICE_REMOVED'],
      ['conflict', 'replaced', 'SESSION_REPLACED'],
      ['failed', 'forbidden', 'ACCOUNT_BANNED'],
      ['failed', 'client-outdated', 'CLIENT_OUTDATED'],
      ['failed', 'multidevice-mismatch', 'MULTIDEVICE_MISMATCH'],
      ['failed', 'stream-error', 'NOT_CONNECTED'],
      ['stopped', 'none', 'ENGINE_UNREACHABLE'],
    ];

    it('follow the level of the engine', async () => {
      const { engine, view } = await seat('baileys', {
        'group.read': () => Promise.resolve(groups),
        'link.qr': () => Promise.resolve({ state: 'linked' as const }),
      });
      for (const [level, reason, code] of levels) {
        engine.setStatus({ level, reason });
        const now = { ...view, status: engine.status() };
        assert.equal(whyNot(now, 'group.read'), code, level);
        assert.equal(whyNot(now, 'link.qr'), null, 'linking needs no connection');
        assert.equal(whyNot(now, 'send.text'), 'CAPABILITY_UNAVAILABLE');
      }
    });

    it('follow the process and the account before the level', async () => {
      const { view } = await seat('baileys', {
        'group.read': () => Promise.resolve(groups),
        'session.logout': () => Promise.resolve({ unlinkedOnServer: true, sessionDeleted: true }),
      });
      const error = (code: ErrorCode) => toErrorBody(new TandemError(code));
      assert.equal(whyNot({ ...view, processUp: false }, 'group.read'), 'ENGINE_STARTING');
      assert.equal(
        whyNot({ ...view, processUp: false, error: error('ENGINE_START_FAILED') }, 'group.read'),
        'ENGINE_START_FAILED',
      );
      assert.equal(whyNot({ ...view, status: null }, 'group.read'), 'ENGINE_STARTING');
      assert.equal(whyNot({ ...view, reachable: false }, 'group.read'), 'ENGINE_UNREACHABLE');
      const elsewhere = { ...view, error: error('ACCOUNT_MISMATCH') };
      assert.equal(whyNot(elsewhere, 'group.read'), 'ACCOUNT_MISMATCH');
      assert.equal(whyNot(elsewhere, 'session.logout'), null);
    });
  });
});
