import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { CommandHandlers } from '#engines/contract/command.ts';
import { createFixedClock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { until } from '#kernel/testing/until.ts';
import { createBreakers } from '../health/breaker.ts';
import type { CallOutcome, RouterPort } from '../services/ports.ts';
import { createSeats, type Seats } from '../testing/engine-seats.ts';
import { createRouter } from './router.ts';

const groups = { groups: [] };
const hangs = () => new Promise<never>(() => undefined);

describe('failover', () => {
  let seats: Seats;
  let router: RouterPort;
  let troubled: string[];
  const clock = createFixedClock(0);
  const told = ({ attempts }: CallOutcome<unknown>) => attempts.map(({ engine, code }) => [engine, code]);
  const answers: CommandHandlers = { 'group.read': () => Promise.resolve(groups) };

  beforeEach(() => {
    seats = createSeats();
    troubled = [];
    router = createRouter({
      engines: seats.views,
      client: seats.client,
      breakers: createBreakers(clock),
      clock,
      onTrouble: (engine) => troubled.push(engine),
    });
  });
  afterEach(() => seats.close());

  it('costs the read that meets a killed engine next to nothing, and the next ones nothing', async () => {
    const first = await seats.open('baileys', answers);
    await seats.open('webjs', answers);
    for (let n = 0; n < 5; n += 1) assert.equal((await router.call('group.read', {})).engine, 'baileys');
    await first.kill();
    assert.deepEqual(told(await router.call('group.read', {})), [
      ['baileys', 'ENGINE_UNREACHABLE'],
      ['webjs', null],
    ]);
    assert.deepEqual(troubled, ['baileys']);
    for (let n = 0; n < 5; n += 1)
      assert.deepEqual(told(await router.call('group.read', {})), [['webjs', null]]);
  });

  it('goes on when the engine dies in the middle of a read', async () => {
    let begun = () => {};
    const asked = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const first = await seats.open('baileys', {
      'group.read': () => {
        begun();
        return hangs();
      },
    });
    await seats.open('webjs', answers);
    const call = router.call('group.read', {});
    await asked;
    void first.kill();
    assert.equal((await call).engine, 'webjs');
  });

  it('asks a second engine beside one that hangs, and stops the first', async () => {
    let stopped = false;
    await seats.open('baileys', {
      'group.read': (_input, signal) => {
        signal.addEventListener('abort', () => {
          stopped = true;
        });
        return hangs();
      },
    });
    await seats.open('webjs', answers);
    assert.deepEqual(told(await router.call('group.read', {})), [
      ['baileys', 'ENGINE_TIMEOUT'],
      ['webjs', null],
    ]);
    assert.equal((await router.call('group.read', {})).attempts.length, 1, 'the next one does not ask it');
    await until(() => stopped, 'word to the first');
    clock.advance(5_001);
    assert.equal((await router.call('group.read', {})).attempts[0]?.engine, 'baileys', 'it is tried again');
  });

  it('takes the answer of the first engine when that comes first after all', async () => {
    await seats.open('baileys', {
      'group.read': async () => {
        await delay(800);
        return groups;
      },
    });
    await seats.open('webjs', { 'group.read': hangs });
    const outcome = await router.call('group.read', {});
    assert.deepEqual(told(outcome), [
      ['baileys', null],
      ['webjs', 'ENGINE_TIMEOUT'],
    ]);
    assert.equal(outcome.engine, 'baileys');
    assert.deepEqual(troubled, [], 'the second one had less time');
  });

  it('does not give up on a slow engine because the second one failed', async () => {
    await seats.open('baileys', {
      'group.read': async () => {
        await delay(900);
        return groups;
      },
    });
    await seats.open('webjs', { 'group.read': () => Promise.reject(new TandemError('WHATSAPP_API_ERROR')) });
    assert.deepEqual(told(await router.call('group.read', {})), [
      ['baileys', null],
      ['webjs', 'WHATSAPP_API_ERROR'],
    ]);
  });

  it('never asks two engines at a time for what changes something', async () => {
    let asked = 0;
    await seats.open('baileys', {
      'chat.pin': async ({ pinned }) => {
        await delay(700);
        return { pinned };
      },
      'send.text': async ({ messageId, chat }) => {
        await delay(700);
        return { messageId, chat, sentAt: 1, status: 'sent' };
      },
    });
    const second = () => {
      asked += 1;
      return Promise.reject(new TandemError('INTERNAL_ERROR'));
    };
    await seats.open('webjs', { 'chat.pin': second, 'send.text': second });
    const chat = '4915112345678@s.whatsapp.net';
    const [pin, send] = await Promise.all([
      router.call('chat.pin', { chat, pinned: true }),
      router.call('send.text', { chat, messageId: '3EB0ABCDEF012345', text: 'hello' }),
    ]);
    assert.deepEqual([pin.engine, send.engine, asked], ['baileys', 'baileys', 0]);
  });

  it('does not send a forward again once it may have left', async () => {
    const input = {
      chat: '4915112345678@s.whatsapp.net',
      messageId: '3EB0ABCDEF012345',
      source: { chat: '4915112345678@s.whatsapp.net', id: 'A1', fromMe: true, sender: null },
      content: { type: 'text' as const, text: 'hello', media: null },
    };
    let sent = 0;
    const first = await seats.open('baileys', { 'message.forward': hangs });
    await seats.open('webjs', {
      'message.forward': ({ messageId, chat }) => {
        sent += 1;
        return Promise.resolve({ messageId, chat, sentAt: 1, status: 'sent' });
      },
    });
    const call = router.call('message.forward', input);
    setTimeout(() => void first.kill(), 50);
    await assert.rejects(call, { code: 'DELIVERY_UNKNOWN' });
    assert.equal(sent, 0);
    (first.engine.commands as { 'message.forward': unknown })['message.forward'] = undefined;
    assert.equal((await router.call('message.forward', input)).engine, 'webjs');
  });

  it('asks the other engine for a message that one has not at hand, and holds nothing against the first', async () => {
    const react = {
      message: { chat: '120363000000000001@g.us', id: 'A1', fromMe: true, sender: null },
      emoji: '👍',
    };
    await seats.open('baileys', {
      'message.react': () => Promise.reject(new TandemError('MESSAGE_NOT_FOUND')),
    });
    await seats.open('webjs', { 'message.react': () => Promise.resolve({ at: 1 }) });
    for (let n = 0; n < 2; n += 1)
      assert.deepEqual(told(await router.call('message.react', react)), [
        ['baileys', 'MESSAGE_NOT_FOUND'],
        ['webjs', null],
      ]);
    assert.deepEqual(troubled, []);
  });

  it('never moves what is about one engine to another', async () => {
    let loggedOut = 0;
    await seats.open('baileys', {
      'session.logout': () => Promise.reject(new TandemError('ENGINE_TIMEOUT')),
    });
    await seats.open('webjs', {
      'session.logout': () => {
        loggedOut += 1;
        return Promise.resolve({ unlinkedOnServer: true, sessionDeleted: true });
      },
    });
    await assert.rejects(router.call('session.logout', {}), { code: 'ENGINE_TIMEOUT' });
    assert.equal(loggedOut, 0);
  });

  it('leaves out an engine whose capability is impaired or failed its test, for that capability only', async () => {
    const first = await seats.open('baileys', {
      ...answers,
      'contact.blocklist': () => Promise.resolve({ blocked: [] }),
    });
    await seats.open('webjs', { ...answers, 'contact.blocklist': () => Promise.resolve({ blocked: [] }) });
    const error = { code: 'WHATSAPP_API_ERROR', message: 'm', hint: 'h', retryable: true } as const;
    first.engine.setStatus({ impaired: [{ capability: 'group.read', error, sinceMs: 1 }] });
    first.view = {
      ...first.view,
      status: first.engine.status(),
      selfTests: [
        {
          check: 'media',
          capability: 'contact.blocklist',
          state: 'failed',
          code: 'MEDIA_DOWNLOAD_FAILED',
          atMs: 1,
        },
      ],
    };
    assert.equal((await router.call('group.read', {})).engine, 'webjs');
    assert.equal((await router.call('contact.blocklist', {})).engine, 'webjs');
    const route = (name: string) => router.routes().find(({ capability }) => capability === name);
    assert.deepEqual(route('group.read')?.excluded, [{ engine: 'baileys', code: 'WHATSAPP_API_ERROR' }]);
    assert.deepEqual(route('contact.blocklist')?.excluded, [
      { engine: 'baileys', code: 'MEDIA_DOWNLOAD_FAILED' },
    ]);
    await assert.rejects(router.call('group.read', {}, { engine: 'baileys' }), {
      code: 'WHATSAPP_API_ERROR',
    });
  });
});
