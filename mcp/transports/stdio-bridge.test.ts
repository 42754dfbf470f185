import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernTransport } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { isRunning } from '#kernel/processes.ts';
import { readServiceFile, SERVICE_FILE_NAME } from '#kernel/service-file.ts';
import { until } from '#kernel/testing/until.ts';

const program = fileURLToPath(new URL('../testing/bridge-process.ts', import.meta.url));
const serviceProgram = fileURLToPath(new URL('../testing/service-process.ts', import.meta.url));

describe('stdio bridge', function () {
  this.timeout(60_000);
  let root: string;
  const clients: { close(): Promise<void> }[] = [];
  const pids = new Set<number>();

  const servicePid = (): number => {
    const pid = readServiceFile(join(root, SERVICE_FILE_NAME))?.pid;
    assert.ok(pid !== undefined, 'a service runs');
    pids.add(pid);
    return pid;
  };

  const connect = async () => {
    const client = new Client({ name: 'test', version: '1' });
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [program, root],
      stderr: 'ignore',
    });
    await client.connect(transport);
    clients.push(client);
    servicePid();
    return client;
  };

  const find = async (client: Client, query: string) => {
    const result = await client.callTool({ name: 'find_notes', arguments: { query } });
    return (result.structuredContent as { total: number }).total;
  };

  const gone = (pid: number) => until(() => !isRunning(pid), `end of process ${pid}`);

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'tandem-bridge-'));
  });

  afterEach(async () => {
    await Promise.allSettled(clients.splice(0).map((client) => client.close()));
    const left = readServiceFile(join(root, SERVICE_FILE_NAME))?.pid;
    if (left !== undefined) pids.add(left);
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    pids.clear();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  });

  it('starts the service when none runs, and a second bridge joins it (R:stdio-joins)', async () => {
    const [one, two] = await Promise.all([connect(), connect()]);
    assert.equal((await one.listTools()).tools.length, 5);
    assert.equal(await find(two, 'note'), 2);
    await one.callTool({ name: 'add_note', arguments: { text: 'a third note' } });
    assert.equal(await find(two, 'note'), 3, 'both talk to one service');
  });

  it('outlives a killed service: a new one is started and the session opened again', async () => {
    const client = await connect();
    await client.listTools();
    const updated = new Promise<void>((resolve) => {
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, () => resolve());
    });
    await client.subscribeResource({ uri: 'whatsapp://sync-status' });
    const before = servicePid();
    process.kill(before, 'SIGKILL');
    await gone(before);
    assert.equal(await find(client, 'note'), 2);
    assert.notEqual(servicePid(), before);
    await updated;
  });

  it('carries resources of a template and their changes, and subscribes again after a restart', async () => {
    const client = await connect();
    assert.equal(
      (await client.listResourceTemplates()).resourceTemplates[0]?.uriTemplate,
      'whatsapp://notes/{id}',
    );
    await assert.rejects(client.readResource({ uri: 'whatsapp://notes/9' }), { code: -32_002 });
    const heard = () =>
      new Promise<string>((resolve) => {
        client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => resolve(params.uri));
      });
    await client.subscribeResource({ uri: 'whatsapp://notes/0' });
    const change = heard();
    await client.callTool({ name: 'add_note', arguments: { text: 'news' } });
    assert.equal(await change, 'whatsapp://notes/0');
    const before = servicePid();
    const again = heard();
    process.kill(before, 'SIGKILL');
    await gone(before);
    await client.listTools();
    assert.equal(await again, 'whatsapp://notes/0', 'the reader is told to look again');
    const later = heard();
    await client.callTool({ name: 'add_note', arguments: { text: 'more news' } });
    assert.equal(await later, 'whatsapp://notes/0');
  });

  it('follows a service that was restarted by somebody else, on another port', async () => {
    const client = await connect();
    const before = servicePid();
    process.kill(before, 'SIGTERM');
    await gone(before);
    const restarted = spawn(process.execPath, [serviceProgram, root], { stdio: 'ignore' });
    pids.add(restarted.pid ?? 0);
    // On a slow machine the bridge may have started one before; that one owns the folder then, and is on another port as well.
    await until(
      () => ![undefined, before].includes(readServiceFile(join(root, SERVICE_FILE_NAME))?.pid),
      'service file of the new one',
    );
    assert.equal(await find(client, 'note'), 2);
    assert.notEqual(servicePid(), before);
  });

  it('says that the outcome is unknown when the service dies during a send, and repeats reads', async () => {
    const client = await connect();
    await client.listTools();
    const send = client.callTool({ name: 'add_note', arguments: { text: 'x', hold_ms: 50_000 } });
    const read = client.callTool({ name: 'slow_count', arguments: { steps: 1, pause_ms: 700 } });
    // Both are there when what is asked after them is answered.
    await find(client, 'note');
    process.kill(servicePid(), 'SIGKILL');
    const result = await send;
    assert.equal(result.isError, true);
    assert.equal((result.structuredContent as { error: { code: string } }).error.code, 'DELIVERY_UNKNOWN');
    assert.deepEqual((await read).structuredContent, {
      ...((await read).structuredContent as object),
      ok: true,
      counted: 1,
    });
  });

  it('carries the protocol without sessions as well', async () => {
    const client = new ModernClient({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    const transport = new ModernTransport({
      command: process.execPath,
      args: [program, root],
      stderr: 'ignore',
    });
    await client.connect(transport);
    clients.push(client);
    servicePid();
    assert.equal(client.getNegotiatedProtocolVersion(), '2026-07-28');
    assert.equal((await client.listTools()).tools.length, 5);
    const found = await client.callTool({ name: 'find_notes', arguments: { query: 'first' } });
    assert.equal((found.structuredContent as { total: number }).total, 1);
    const heard = new Promise<string>((resolve) => {
      client.setNotificationHandler('notifications/resources/updated', ({ params }) => resolve(params.uri));
    });
    const subscription = await client.listen({ resourceSubscriptions: ['whatsapp://sync-status'] });
    await client.callTool({ name: 'add_note', arguments: { text: 'news' } });
    assert.equal(await heard, 'whatsapp://sync-status');
    await subscription.close();
    assert.equal((await client.listResourceTemplates()).resourceTemplates.length, 1);
    const { contents } = await client.readResource({ uri: 'whatsapp://notes/0' });
    assert.equal((contents[0] as { text: string }).text, '{"note":"news"}');
    await assert.rejects(client.readResource({ uri: 'whatsapp://notes/9' }), { code: -32_602 });
    const noteHeard = new Promise<string>((resolve) => {
      client.setNotificationHandler('notifications/resources/updated', ({ params }) => resolve(params.uri));
    });
    const notes = await client.listen({ resourceSubscriptions: ['whatsapp://notes/0'] });
    await client.callTool({ name: 'add_note', arguments: { text: 'more news' } });
    assert.equal(await noteHeard, 'whatsapp://notes/0');
    await notes.close();
    const caller = new AbortController();
    const slow = { name: 'slow_count', arguments: { steps: 1, pause_ms: 60_000 } };
    const pending = client.callTool(slow, { signal: caller.signal });
    setTimeout(() => caller.abort(), 50);
    await assert.rejects(pending);
    assert.equal((await client.listTools()).tools.length, 5);
  });

  it('writes nothing but answers to stdout, also to nonsense, and ends with its input', async () => {
    const child: ChildProcess = spawn(process.execPath, [program, root], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const log: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => log.push(chunk));
    const clientInfo = { name: 'raw', version: '1' };
    const lines = [
      'this is not JSON',
      '{"no":"jsonrpc"}',
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
      }),
      JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
      JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' }),
      JSON.stringify({ jsonrpc: '2.0', id: 3, method: 'no/such/method' }),
    ];
    child.stdin?.end(`${lines.join('\n')}\n`);
    const [exitCode] = (await once(child, 'close')) as [number];
    servicePid();
    assert.equal(exitCode, 0);
    const answers = Buffer.concat(out)
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: number | null; error?: { code: number }; result?: object });
    const byId = new Map(answers.map((answer) => [answer.id, answer]));
    assert.equal(answers.filter(({ id, error }) => id === null && error?.code === -32_700).length, 2);
    assert.ok(byId.get(1)?.result);
    assert.ok(byId.get(2)?.result);
    assert.equal(byId.get(3)?.error?.code, -32_601);
    for (const line of Buffer.concat(log).toString().trim().split('\n')) JSON.parse(line);
  });
});
