import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TandemError } from '#kernel/errors.ts';
import { createLogger } from '#kernel/logger.ts';
import { until } from '#kernel/testing/until.ts';
import { createEngineClient, type EngineClient } from './client.ts';
import type { CommandHandlers } from './command.ts';
import { type EngineHost, serveEngine } from './host.ts';
import { type Outbox, openOutbox } from './outbox.ts';
import { sampleMessage } from './samples.ts';
import { createTestEngine, type TestEngine } from './test-engine.ts';

const SECRET = 'secret-of-this-test';
const logger = createLogger({ level: 'silent', program: 'test' });
const never = () => new Promise<never>(() => undefined);
const text = { chat: '4915112345678@s.whatsapp.net', messageId: '3EB0ABCDEF012345', text: 'hello' };
const sent = { messageId: text.messageId, chat: text.chat, sentAt: 1, status: 'sent' as const };

async function errorOf(action: Promise<unknown>): Promise<TandemError> {
  const thrown = await action.then(
    () => assert.fail('nothing was thrown'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof TandemError, String(thrown));
  return thrown;
}

describe('engine host and client', () => {
  let dir: string;
  let outbox: Outbox;
  let engine: TestEngine;
  let host: EngineHost;
  let client: EngineClient;
  let closers: (() => unknown)[];

  async function open(handlers: CommandHandlers = {}): Promise<void> {
    engine = createTestEngine(outbox, handlers);
    host = await serveEngine({ engine, secret: SECRET, port: 0, logger });
    client = createEngineClient({
      name: 'baileys',
      baseUrl: `http://127.0.0.1:${host.port}`,
      secret: SECRET,
    });
    closers.push(
      () => client.close(),
      () => host.close(),
    );
  }
  const url = (path: string) => `http://127.0.0.1:${host.port}${path}`;
  const auth = { authorization: `Bearer ${SECRET}` };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-host-'));
    outbox = openOutbox(join(dir, 'outbox.db'));
    closers = [];
  });
  afterEach(async () => {
    for (const close of closers) await close();
    outbox.close();
    rmSync(dir, { recursive: true, force: true });
  });

  describe('guards', () => {
    it('asks for the secret everywhere but on /health', async () => {
      await open();
      assert.equal((await fetch(url('/health'))).status, 200);
      for (const path of ['/ready', '/metrics', '/status', '/observations', '/nothing']) {
        for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: SECRET }]) {
          assert.equal((await fetch(url(path), { headers })).status, 401, path);
        }
      }
      assert.equal((await fetch(url('/commands/send.text'), { method: 'POST', body: '{}' })).status, 401);
      assert.equal((await fetch(url('/nothing'), { headers: auth })).status, 404);
      assert.equal((await fetch(url('/status?since=x'), { headers: auth })).status, 400);
    });

    it('tells the caller with the wrong secret that the processes disagree', async () => {
      await open();
      const stranger = createEngineClient({ name: 'baileys', baseUrl: url(''), secret: 'other' });
      closers.push(() => stranger.close());
      assert.equal((await errorOf(stranger.status())).code, 'ENGINE_SECRET_WRONG');
      const error = await errorOf(stranger.command('send.text', text));
      assert.deepEqual([error.code, error.details?.sent], ['ENGINE_SECRET_WRONG', false]);
    });

    it('ends the process for the caller with the secret, where something starts it again', async () => {
      await open();
      assert.equal((await errorOf(client.exit())).code, 'ROUTE_NOT_FOUND');
      let exits = 0;
      const onExit = () => {
        exits += 1;
      };
      const other = await serveEngine({ engine, secret: SECRET, port: 0, onExit, logger });
      const baseUrl = `http://127.0.0.1:${other.port}`;
      const alone = createEngineClient({ name: 'baileys', baseUrl, secret: SECRET });
      closers.push(
        () => alone.close(),
        () => other.close(),
      );
      assert.equal((await fetch(`${baseUrl}/exit`, { method: 'POST' })).status, 401);
      assert.equal(exits, 0);
      await alone.exit();
      assert.equal(exits, 1);
    });

    it('says PORT_IN_USE when the port is taken', async () => {
      await open();
      const error = await errorOf(serveEngine({ engine, secret: SECRET, port: host.port, logger }));
      assert.equal(error.code, 'PORT_IN_USE');
      assert.equal(error.details?.port, host.port);
    });
  });

  describe('status', () => {
    it('answers at once when something changed, else with the next change', async () => {
      await open();
      const first = await client.status();
      assert.equal(first.level, 'unlinked');
      const next = client.status(first.revision, 10_000);
      setTimeout(() => engine.setStatus({ level: 'linking' }), 20);
      assert.equal((await next).level, 'linking');
      assert.equal((await client.status(first.revision, 10_000)).level, 'linking');
      assert.equal((await client.status(first.revision + 1, 5)).level, 'linking');
    });

    it('shows readiness and metrics', async () => {
      await open();
      assert.equal((await fetch(url('/ready'), { headers: auth })).status, 503);
      engine.setStatus({ level: 'ready', reason: 'none' });
      assert.equal((await fetch(url('/ready'), { headers: auth })).status, 200);
      await errorOf(client.command('session.probe', {}));
      const metrics = await (await fetch(url('/metrics'), { headers: auth })).text();
      assert.match(metrics, /tandem_engine_level\{engine="baileys",level="ready"\} 1/);
      assert.match(
        metrics,
        /commands_total\{engine="baileys",command="session.probe",outcome="CAPABILITY_UNAVAILABLE"\} 1/,
      );
    });

    it('names the fields of a malformed answer, not the values', async () => {
      await open();
      engine.setStatus({ level: 'secret level' as 'ready' });
      const error = await errorOf(client.status());
      assert.equal(error.code, 'ENGINE_PROTOCOL');
      assert.match(error.message, /level/);
      assert.doesNotMatch(error.message, /secret level/);
    });
  });

  describe('observations', () => {
    const ask = (after: number, waitMs = 0, id: string | null = outbox.id) =>
      client.observations({ outbox: id, after, max: 500, waitMs });

    it('name the outbox first, then give entries, and forget what was committed', async () => {
      await open();
      outbox.append([sampleMessage(1)]);
      outbox.append([sampleMessage(2)]);
      assert.deepEqual(await ask(0, 10_000, null), { outbox: outbox.id, entries: [] });
      const all = await ask(0);
      assert.deepEqual(
        all.entries.map((entry) => entry.seq),
        [1, 2],
      );
      assert.equal(outbox.stats().entries, 2);
      assert.deepEqual(
        (await ask(1)).entries.map((entry) => entry.seq),
        [2],
      );
      assert.deepEqual(outbox.stats(), { id: outbox.id, firstSeq: 2, lastSeq: 2, entries: 1 });
      assert.deepEqual((await ask(2)).entries, []);
      assert.equal(outbox.stats().entries, 0);
    });

    it('are not forgotten for a reader of another outbox', async () => {
      await open();
      outbox.append([sampleMessage(1)]);
      assert.deepEqual(await ask(1, 10_000, 'another'), { outbox: outbox.id, entries: [] });
      assert.equal(outbox.stats().entries, 1);
    });

    it('wait for something new, and let go when host or caller stop', async () => {
      let polls = 0;
      const { waitFor } = outbox;
      outbox.waitFor = (...asked) => {
        polls += 1;
        return waitFor(...asked);
      };
      const arrived = (count: number) => until(() => polls === count, `poll ${count}`);
      await open();
      const waiting = ask(0, 10_000);
      await arrived(1);
      outbox.append([sampleMessage(1)]);
      assert.equal((await waiting).entries.length, 1);
      const abort = new AbortController();
      const aborted = errorOf(
        client.observations({ outbox: outbox.id, after: 1, max: 1, waitMs: 10_000 }, abort.signal),
      );
      await arrived(2);
      abort.abort();
      assert.equal((await aborted).code, 'ENGINE_TIMEOUT');
      const ended = errorOf(ask(1, 10_000));
      await arrived(3);
      await host.close();
      // A poll that close() had to cut off would have no answer.
      assert.equal((await ended).code, 'SHUTTING_DOWN');
    });
  });

  describe('commands', () => {
    it('carry input and output through their schemas', async () => {
      await open({ 'session.probe': () => Promise.resolve({ roundTripMs: 3 }) });
      assert.deepEqual(await client.command('session.probe', {}), { roundTripMs: 3 });
    });

    it('refuse input that does not fit before the engine sees it', async () => {
      let calls = 0;
      const handler = () => {
        calls += 1;
        return Promise.resolve(sent);
      };
      await open({ 'send.text': handler });
      for (const input of [
        {},
        { ...text, extra: 1 },
        { ...text, chat: 'x' },
        { ...text, text: '' },
        { ...text, text: 'x'.repeat(2_000_000) },
      ]) {
        const error = await errorOf(client.command('send.text', input as typeof text));
        assert.equal(error.code, 'VALIDATION_ERROR');
      }
      const raw = await fetch(url('/commands/send.text'), { method: 'POST', headers: auth, body: '{"torn' });
      assert.equal(raw.status, 400);
      assert.equal(
        (await fetch(url('/commands/toString'), { method: 'POST', headers: auth, body: '{}' })).status,
        404,
      );
      assert.equal(calls, 0);
    });

    it('say CAPABILITY_UNAVAILABLE for what the engine cannot do', async () => {
      await open();
      const error = await errorOf(
        client.command('history.page', {
          chat: text.chat,
          anchor: { id: 'x', fromMe: false, sender: null, sentAt: 1 },
          count: 5,
        }),
      );
      assert.equal(error.code, 'CAPABILITY_UNAVAILABLE');
      assert.equal(error.engine, 'baileys');
    });

    it('pass typed errors on with status, wait and details, and hide foreign ones', async () => {
      await open({
        'session.probe': () =>
          Promise.reject(new TandemError('RATE_LIMITED', { retryAfterSeconds: 4, details: { n: 1 } })),
        'group.read': () => Promise.reject(new Error('private words')),
      });
      const limited = await errorOf(client.command('session.probe', {}));
      assert.deepEqual(
        [limited.code, limited.retryAfterSeconds, limited.details],
        ['RATE_LIMITED', 4, { n: 1 }],
      );
      const foreign = await errorOf(client.command('group.read', {}));
      assert.equal(foreign.code, 'INTERNAL_ERROR');
      assert.doesNotMatch(JSON.stringify(foreign), /private words/);
    });

    it('end at the deadline even when the handler ignores its signal', async () => {
      let aborted = false;
      await open({
        'session.probe': (_input, signal) => {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
          return never();
        },
        'send.text': never,
      });
      const late = await errorOf(client.command('session.probe', {}, { deadlineMs: 50 }));
      assert.deepEqual([late.code, late.details], ['ENGINE_TIMEOUT', { deadlineMs: 50 }]);
      assert.ok(aborted);
      assert.equal(
        (await errorOf(client.command('send.text', text, { deadlineMs: 50 }))).code,
        'DELIVERY_UNKNOWN',
      );
    });

    it('tell the handler when the caller has gone', async () => {
      const gone = Promise.withResolvers<void>();
      await open({
        'session.probe': (_input, signal) => {
          signal.addEventListener('abort', () => gone.resolve());
          return never();
        },
      });
      const abort = new AbortController();
      const call = errorOf(client.command('session.probe', {}, { signal: abort.signal }));
      setTimeout(() => abort.abort(), 20);
      assert.equal((await call).details?.cancelled, true);
      await gone.promise;
    });
  });

  describe('a send', () => {
    it('is known not to have left when nothing listens or the caller was too late', async () => {
      await open({ 'send.text': () => Promise.resolve(sent) });
      const aborted = await errorOf(client.command('send.text', text, { signal: AbortSignal.abort() }));
      assert.equal(aborted.code, 'ENGINE_TIMEOUT');
      await host.close();
      const refused = await errorOf(client.command('send.text', text));
      assert.equal(refused.code, 'ENGINE_UNREACHABLE');
      assert.equal(refused.details?.sent, false);
    });

    it('keeps what the engine says about it', async () => {
      let code: 'NOT_CONNECTED' | 'SEND_FAILED' | 'CONNECTION_LOST' = 'NOT_CONNECTED';
      await open({ 'send.text': () => Promise.reject(new TandemError(code)) });
      assert.equal((await errorOf(client.command('send.text', text))).code, 'NOT_CONNECTED');
      code = 'SEND_FAILED';
      assert.equal((await errorOf(client.command('send.text', text))).code, 'SEND_FAILED');
      code = 'CONNECTION_LOST';
      assert.equal((await errorOf(client.command('send.text', text))).code, 'DELIVERY_UNKNOWN');
    });

    it('is unknown once it left and no answer of the engine came back', async () => {
      const answers = [
        (socket: { destroy(): void }) => socket.destroy(),
        (_socket: unknown, answer: { end(text: string): void }) => answer.end('<html>'),
        (_socket: unknown, answer: { end(text: string): void }) => answer.end('{"messageId":1}'),
      ];
      for (const reply of answers) {
        const server = createServer((request, response) => reply(request.socket, response));
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const { port } = server.address() as AddressInfo;
        const caller = createEngineClient({
          name: 'baileys',
          baseUrl: `http://127.0.0.1:${port}`,
          secret: SECRET,
        });
        try {
          assert.equal((await errorOf(caller.command('send.text', text))).code, 'DELIVERY_UNKNOWN');
        } finally {
          await caller.close();
          server.close();
          server.closeAllConnections();
        }
      }
    });
  });

  it('gives up on a process that accepts and never answers', async () => {
    const silent = createTcpServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const caller = createEngineClient({
      name: 'baileys',
      baseUrl: `http://127.0.0.1:${port}`,
      secret: SECRET,
    });
    try {
      assert.equal((await errorOf(caller.health(50))).code, 'ENGINE_TIMEOUT');
    } finally {
      await caller.close();
      silent.close();
    }
  });
});
