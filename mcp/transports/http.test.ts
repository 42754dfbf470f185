import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { createFixedClock } from '#kernel/clock.ts';
import { until } from '#kernel/testing/until.ts';
import { WATCHED_RESOURCES_MAX } from '../binders/common.ts';
import { type SampleOptions, type SampleService, startSampleService } from '../testing/sample-service.ts';
import { MCP_BODY_MAX_BYTES } from './request-body.ts';

const token = randomBytes(24).toString('hex');
const ACCEPT = 'application/json, text/event-stream';

describe('MCP over HTTP', () => {
  let service: SampleService;
  const clients: { close(): Promise<void> }[] = [];

  const start = async (options: SampleOptions = {}) => {
    service = await startSampleService(options);
    service.services.notes = ['first note', 'second note'];
    return service;
  };

  const connect = async (headers: Record<string, string> = {}) => {
    const client = new Client({ name: 'test', version: '1' });
    const url = new URL(`${service.url}/mcp`);
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
    clients.push(client);
    return client;
  };

  const connectModern = async () => {
    const client = new ModernClient({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new ModernTransport(new URL(`${service.url}/mcp`)));
    clients.push(client);
    return client;
  };

  const post = (body: unknown, headers: Record<string, string> = {}, path = '/mcp') =>
    fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { accept: ACCEPT, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  const hello = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
  };

  const refusal = async (response: Response) => {
    const { error } = (await response.json()) as { error: { code: number; data: { code: string } } };
    return { status: response.status, rpc: error.code, code: error.data.code };
  };

  afterEach(async () => {
    await Promise.allSettled(clients.splice(0).map((client) => client.close()));
    await service.close();
  });

  it('serves a client of 2025-11-25: tools, resources, empty lists, ping, log level', async () => {
    await start();
    const client = await connect();
    assert.equal(client.getServerVersion()?.name, 'tandem');
    assert.match(client.getInstructions() ?? '', /never instructions/);
    const { tools } = await client.listTools();
    assert.equal(tools.length, 5);
    assert.equal(tools[2]?.annotations?.readOnlyHint, true);
    const found = await client.callTool({ name: 'find_notes', arguments: { query: 'first' } });
    assert.deepEqual((found.structuredContent as { notes: unknown }).notes, [{ text: 'first note' }]);
    assert.deepEqual(found._meta?.['tandem/label'], { integrity: 'untrusted', confidentiality: 'private' });
    assert.deepEqual((await client.listPrompts()).prompts, []);
    const { resourceTemplates } = await client.listResourceTemplates();
    assert.deepEqual(
      resourceTemplates.map(({ uriTemplate, name }) => [uriTemplate, name]),
      [['whatsapp://notes/{id}', 'note']],
    );
    assert.equal((await client.listResources()).resources[0]?.uri, 'whatsapp://sync-status');
    const { contents } = await client.readResource({ uri: 'whatsapp://sync-status' });
    assert.deepEqual(contents[0], {
      uri: 'whatsapp://sync-status',
      mimeType: 'application/json',
      text: '{"notes":2}',
    });
    await client.ping();
    await client.setLoggingLevel('warning');
  });

  it('gives a client of 2025-11-25 failures that it accepts as results, with their code', async () => {
    await start();
    const client = await connect();
    await client.listTools(); // From now on the client checks results against the output schemas.
    const failed = await client.callTool({ name: 'fail_oddly', arguments: { how: 'typed' } });
    assert.equal(failed.isError, true);
    assert.equal((failed.structuredContent as { error: { code: string } }).error.code, 'CHAT_NOT_FOUND');
    const alias = await client.callTool({ name: 'grep_notes', arguments: { pattern: 'second' } });
    assert.equal((alias.structuredContent as { total: number }).total, 1);
    await assert.rejects(client.readResource({ uri: 'whatsapp://nothing' }), /no such resource/i);
    await assert.rejects(client.subscribeResource({ uri: 'whatsapp://nothing' }), /no such resource/i);
  });

  it('tells subscribers of a resource about changes until they unsubscribe', async () => {
    await start();
    const client = await connect();
    const heard: string[] = [];
    const first = new Promise<void>((resolve) => {
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
        heard.push(params.uri);
        resolve();
      });
    });
    await client.subscribeResource({ uri: 'whatsapp://sync-status' });
    await client.callTool({ name: 'add_note', arguments: { text: 'news' } });
    await first;
    await client.unsubscribeResource({ uri: 'whatsapp://sync-status' });
    await client.callTool({ name: 'add_note', arguments: { text: 'more news' } });
    await client.ping();
    assert.deepEqual(heard, ['whatsapp://sync-status']);
    assert.equal(service.services.listeners.size, 0);
  });

  it('serves resources of a template to a client of 2025-11-25, with their changes', async () => {
    await start();
    const client = await connect();
    const { contents } = await client.readResource({ uri: 'whatsapp://notes/1' });
    assert.deepEqual(contents, [
      { uri: 'whatsapp://notes/1', mimeType: 'application/json', text: '{"note":"second note"}' },
    ]);
    const unknown = [
      'whatsapp://notes/2',
      'whatsapp://notes/',
      'whatsapp://notes/0/x',
      'whatsapp://notes/__proto__',
    ];
    for (const uri of unknown) {
      await assert.rejects(client.readResource({ uri }), { code: -32_002 });
      await assert.rejects(client.subscribeResource({ uri }), { code: -32_002 });
    }
    for (const ask of [client.readResource.bind(client), client.subscribeResource.bind(client)]) {
      await assert.rejects(ask({ uri: 'whatsapp://notes/broken' }), (error: { data?: { code?: string } }) => {
        assert.equal(error.data?.code, 'DATABASE_ERROR');
        return true;
      });
    }
    const heard = new Promise<string>((resolve) => {
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => resolve(params.uri));
    });
    await client.subscribeResource({ uri: 'whatsapp://notes/0' });
    await client.subscribeResource({ uri: 'whatsapp://notes/0' });
    assert.equal(service.services.listeners.size, 1, 'a repeated subscription is one');
    await client.callTool({ name: 'add_note', arguments: { text: 'news' } });
    assert.equal(await heard, 'whatsapp://notes/0');
    await client.unsubscribeResource({ uri: 'whatsapp://notes/0' });
    assert.equal(service.services.listeners.size, 0);
  });

  it('watches no more resources for one session than the limit', async () => {
    await start();
    service.services.notes = Array.from({ length: WATCHED_RESOURCES_MAX + 1 }, (_, n) => `note ${n}`);
    const client = await connect();
    for (let n = 0; n < WATCHED_RESOURCES_MAX; n += 1) {
      await client.subscribeResource({ uri: `whatsapp://notes/${n}` });
    }
    const more = { uri: `whatsapp://notes/${WATCHED_RESOURCES_MAX}` };
    await assert.rejects(client.subscribeResource(more), /too many subscriptions/i);
    await client.unsubscribeResource({ uri: 'whatsapp://notes/0' });
    await client.subscribeResource(more);
  });

  it('passes progress on and stops a cancelled call', async () => {
    await start();
    const client = await connect();
    const steps: number[] = [];
    await client.callTool({ name: 'slow_count', arguments: { steps: 3 } }, undefined, {
      onprogress: ({ progress }) => steps.push(progress),
    });
    assert.deepEqual(steps, [1, 3]);
    const caller = new AbortController();
    const slow = { name: 'slow_count', arguments: { steps: 1, pause_ms: 60_000 } };
    const pending = client.callTool(slow, undefined, { signal: caller.signal });
    setTimeout(() => caller.abort(), 20);
    await assert.rejects(pending);
  });

  it('serves a client of 2026-07-28 on the same address, without a session (R:both-protocols)', async () => {
    await start();
    const client = await connectModern();
    assert.equal(client.getNegotiatedProtocolVersion(), '2026-07-28');
    const { tools } = await client.listTools();
    assert.equal(tools.length, 5);
    const found = await client.callTool({ name: 'find_notes', arguments: { query: 'first' } });
    assert.deepEqual((found.structuredContent as { notes: unknown }).notes, [{ text: 'first note' }]);
    const failed = await client.callTool({ name: 'fail_oddly', arguments: { how: 'typed' } });
    assert.equal((failed.structuredContent as { error: { code: string } }).error.code, 'CHAT_NOT_FOUND');
    assert.deepEqual((await client.listPrompts()).prompts, []);
    const { contents } = await client.readResource({ uri: 'whatsapp://sync-status' });
    assert.equal(contents[0]?.mimeType, 'application/json');
    const steps: number[] = [];
    await client.callTool(
      { name: 'slow_count', arguments: { steps: 3 } },
      { onprogress: ({ progress }) => steps.push(progress) },
    );
    assert.deepEqual(steps, [1, 3]);
    await assert.rejects(client.readResource({ uri: 'whatsapp://nothing' }));
    assert.equal(service.endpoint.sessions, 0);
  });

  it('tells subscribers of 2026-07-28 about changes on their own stream', async () => {
    await start();
    const client = await connectModern();
    const heard = new Promise<string>((resolve) => {
      client.setNotificationHandler('notifications/resources/updated', ({ params }) => resolve(params.uri));
    });
    const subscription = await client.listen({ resourceSubscriptions: ['whatsapp://sync-status'] });
    await client.callTool({ name: 'add_note', arguments: { text: 'news' } });
    assert.equal(await heard, 'whatsapp://sync-status');
    await service.endpoint.close();
    assert.notEqual(await subscription.closed, 'local');
  });

  it('serves resources of a template to a client of 2026-07-28, with their changes', async () => {
    await start();
    const client = await connectModern();
    const { resourceTemplates } = await client.listResourceTemplates();
    assert.deepEqual(
      resourceTemplates.map(({ uriTemplate }) => uriTemplate),
      ['whatsapp://notes/{id}'],
    );
    const { contents } = await client.readResource({ uri: 'whatsapp://notes/1' });
    assert.deepEqual((contents[0] as { text: string }).text, '{"note":"second note"}');
    await assert.rejects(client.readResource({ uri: 'whatsapp://notes/2' }), { code: -32_602 });
    const heard: string[] = [];
    const first = new Promise<void>((resolve) => {
      client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
        heard.push(params.uri);
        resolve();
      });
    });
    const asked = { resourceSubscriptions: ['whatsapp://notes/0', 'whatsapp://notes/77'] };
    const one = await client.listen(asked);
    const other = await connectModern();
    const two = await other.listen({ resourceSubscriptions: ['whatsapp://notes/0'] });
    assert.deepEqual(one.honoredFilter.resourceSubscriptions, ['whatsapp://notes/0'], 'what exists');
    assert.equal(service.services.listeners.size, 1, 'two streams watch together');
    await client.callTool({ name: 'add_note', arguments: { text: 'news' } });
    await first;
    await two.close();
    await other.close();
    await client.callTool({ name: 'add_note', arguments: { text: 'more news' } });
    await until(() => heard.length >= 2, 'second word');
    assert.deepEqual(heard, ['whatsapp://notes/0', 'whatsapp://notes/0'], 'each change is told once');
    await one.close();
    // Nobody listens, nothing is watched.
    await until(() => service.services.listeners.size === 0, 'end of the watch');
  });

  it('refuses a stream of changes when the resource cannot be read', async () => {
    await start();
    const client = await connectModern();
    await assert.rejects(
      client.listen({ resourceSubscriptions: ['whatsapp://notes/0', 'whatsapp://notes/broken'] }),
    );
    assert.equal(service.services.listeners.size, 0);
  });

  it('answers 404 for an unknown session and 400 for a missing one', async () => {
    await start();
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
    const unknown = await refusal(await post(list, { 'mcp-session-id': 'no-such-session' }));
    assert.deepEqual(unknown, { status: 404, rpc: -32_001, code: 'SESSION_NOT_FOUND' });
    const missing = await refusal(await post(list));
    assert.deepEqual(missing, { status: 400, rpc: -32_000, code: 'VALIDATION_ERROR' });
    const stream = await fetch(`${service.url}/mcp`, { headers: { accept: 'text/event-stream' } });
    assert.equal(stream.status, 400);
    await stream.body?.cancel();
  });

  it('ends a session on DELETE', async () => {
    await start();
    const response = await post(hello);
    const id = response.headers.get('mcp-session-id') ?? '';
    await response.text();
    assert.equal(service.endpoint.sessions, 1);
    const remove = () => fetch(`${service.url}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': id } });
    assert.equal((await remove()).status, 200);
    assert.equal(service.endpoint.sessions, 0);
    assert.equal((await remove()).status, 404);
  });

  it('holds no more sessions than allowed, and lets a forgotten one go for a new one', async () => {
    const clock = createFixedClock(1_000_000);
    await start({ config: { maxSessions: 2 }, clock });
    const open = async () => {
      const response = await post(hello);
      await response.clone().text();
      return response;
    };
    assert.deepEqual(
      (await Promise.all([open(), open(), open()])).map(({ status }) => status).sort(),
      [200, 200, 503],
    );
    assert.equal((await refusal(await open())).code, 'TOO_MANY_SESSIONS');
    clock.advance(61_000);
    assert.equal((await open()).status, 200);
    assert.equal(service.endpoint.sessions, 2);
  });

  it('asks for the token when there is one', async () => {
    await start({ config: { token } });
    const without = await post(hello);
    assert.match(without.headers.get('www-authenticate') ?? '', /^Bearer/);
    assert.deepEqual(await refusal(without), { status: 401, rpc: -32_000, code: 'ACCESS_DENIED' });
    for (const wrong of [token.slice(1), `${token}x`, token.toUpperCase()]) {
      assert.equal((await post(hello, { authorization: `Bearer ${wrong}` })).status, 401);
    }
    assert.equal((await post(hello, { authorization: `Basic ${token}` })).status, 401);
    const client = await connect({ authorization: `Bearer ${token}` });
    assert.equal((await client.listTools()).tools.length, 5);
    await client.callTool({ name: 'slow_count', arguments: { steps: 0 } });
    assert.equal(service.calls.at(-1)?.actor, 'token');
  });

  it('refuses bodies that are too large, no JSON, or no JSON-RPC, and other methods', async () => {
    await start();
    const large = await post(JSON.stringify({ pad: 'x'.repeat(MCP_BODY_MAX_BYTES) }));
    assert.deepEqual(await refusal(large), { status: 413, rpc: -32_000, code: 'TEXT_TOO_LONG' });
    assert.equal((await refusal(await post('{"jsonrpc":'))).rpc, -32_700);
    assert.equal((await post(hello, { 'content-type': 'text/plain' })).status, 415);
    for (const odd of ['null', '7', '"text"', '[]', '{}', '[{"jsonrpc":"2.0"}]']) {
      const { status } = await post(odd);
      assert.ok(status === 400 || status === 202, `${odd} gave ${status}`);
    }
    assert.equal((await fetch(`${service.url}/mcp`, { method: 'PUT', body: '{}' })).status, 405);
  });

  it('refuses a body without declared length as soon as it grows too large', async () => {
    await start();
    const chunk = new Uint8Array(64 * 1024).fill(32);
    let sent = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        sent += chunk.byteLength;
        if (sent > 4 * MCP_BODY_MAX_BYTES) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const outcome = await fetch(`${service.url}/mcp`, {
      method: 'POST',
      headers: { accept: ACCEPT, 'content-type': 'application/json' },
      body: endless,
      duplex: 'half',
    } as RequestInit).then(
      ({ status }) => status,
      () => 'cut',
    );
    assert.ok(outcome === 413 || outcome === 'cut');
    assert.ok(sent < 4 * MCP_BODY_MAX_BYTES);
  });

  it('closes every session and stream when it shuts down', async () => {
    await start();
    const client = await connect();
    await client.subscribeResource({ uri: 'whatsapp://sync-status' });
    await service.endpoint.close();
    assert.equal(service.endpoint.sessions, 0);
    assert.equal(service.services.listeners.size, 0);
    assert.equal((await refusal(await post(hello))).code, 'SHUTTING_DOWN');
  });
});
