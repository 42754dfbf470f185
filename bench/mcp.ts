import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { LEAN_NODE_FLAGS } from '#kernel/node-flags.ts';
import { readServiceFile, SERVICE_FILE_NAME } from '#kernel/service-file.ts';
import { type BenchRow, median } from './row.ts';

const CALL_LIMIT = 2;
const START_LIMIT_MS = 700;

const START_ROUNDS = 7;
const CALL_BLOCKS = 10;
const CALLS_PER_BLOCK = 200;
const WARM_UP_CALLS = 500;
/** The engine process starts behind the service and would disturb the figure. */
const SETTLE_MS = 3_000;
const GIVE_UP_MS = 30_000;
const POLL_MS = 2;

const TOKEN = 'only-for-this-measurement-0123456789';

/** A server in a process of its own. */
interface Peer {
  readonly url: string;
  readonly token: string | null;
  stop(): Promise<void>;
}

/** A tool call with every check on, and the way from process start to the list of tools. */
export async function benchMcp(): Promise<readonly BenchRow[]> {
  return [await benchCall(), await benchStart()];
}

async function benchCall(): Promise<BenchRow> {
  const bare = await startBare();
  const tandem = await startTandem();
  try {
    await sleep(SETTLE_MS);
    const emptyTool = await caller(bare, 'empty');
    const ping = await caller(tandem, 'ping');
    const times = { bare: [] as number[], tandem: [] as number[] };
    await emptyTool.times(WARM_UP_CALLS);
    await ping.times(WARM_UP_CALLS);
    for (let block = 0; block < CALL_BLOCKS; block += 1) {
      times.bare.push(...(await emptyTool.times(CALLS_PER_BLOCK)));
      times.tandem.push(...(await ping.times(CALLS_PER_BLOCK)));
    }
    await emptyTool.close();
    await ping.close();
    const ratio = median(times.tandem) / median(times.bare);
    return {
      name: 'tools/call over HTTP, all checks on, p50',
      value: `${median(times.tandem).toFixed(2)} ms`,
      limit: `${CALL_LIMIT} × empty tool on the bare SDK server (${median(times.bare).toFixed(2)} ms)`,
      ratio,
      ok: ratio <= CALL_LIMIT,
    };
  } finally {
    await bare.stop();
    await tandem.stop();
  }
}

async function benchStart(): Promise<BenchRow> {
  const bare: number[] = [];
  const tandem: number[] = [];
  for (let round = 0; round < START_ROUNDS; round += 1) {
    bare.push(await timeToList(startBare));
    tandem.push(await timeToList(startTandem));
  }
  const more = median(tandem) - median(bare);
  return {
    name: 'process start to answered tools/list',
    value: `${(median(tandem) / 1_000).toFixed(2)} s`,
    limit: `bare SDK server (${(median(bare) / 1_000).toFixed(2)} s) + ${START_LIMIT_MS / 1_000} s`,
    ratio: median(tandem) / median(bare),
    ok: more <= START_LIMIT_MS,
  };
}

async function timeToList(start: () => Promise<Peer>): Promise<number> {
  const startedAt = performance.now();
  const peer = await start();
  try {
    await list(peer);
    return performance.now() - startedAt;
  } finally {
    await peer.stop();
  }
}

/** By hand, so that the client's own loading time is in neither figure. */
async function list({ url, token }: Peer): Promise<void> {
  const headers: Record<string, string> = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
  const post = (body: object, more: Record<string, string> = {}) =>
    fetch(url, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) });
  const clientInfo = { name: 'bench', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const hello = await post({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
  await hello.text();
  const session = { 'mcp-session-id': hello.headers.get('mcp-session-id') ?? '' };
  await (await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session)).text();
  const answer = await post({ jsonrpc: '2.0', id: 2, method: 'tools/list' }, session);
  if (!(await answer.text()).includes('inputSchema')) throw new Error('the list of tools did not come');
}

async function caller({ url, token }: Peer, tool: string) {
  const client = new Client({ name: 'bench', version: '1' });
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return {
    times: async (calls: number): Promise<number[]> => {
      const times: number[] = [];
      for (let i = 0; i < calls; i += 1) {
        const startedAt = performance.now();
        const result = await client.callTool({ name: tool, arguments: {} });
        times.push(performance.now() - startedAt);
        if (result.isError) throw new Error(`${tool} failed`);
      }
      return times;
    },
    close: () => client.close(),
  };
}

async function startBare(): Promise<Peer> {
  const script = fileURLToPath(new URL('./bare-mcp-server.ts', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const url of createInterface({ input: child.stdout })) {
    return { url, token: null, stop: () => stop(child) };
  }
  throw new Error('the bare server did not start');
}

async function startTandem(): Promise<Peer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-bench-'));
  const launcher = fileURLToPath(new URL('../cli/tandem.mjs', import.meta.url));
  const child = spawn(process.execPath, [...LEAN_NODE_FLAGS, launcher, 'up'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      TANDEM_DATA_DIR: dataDir,
      TANDEM_PORT: '0',
      TANDEM_TOKEN: TOKEN,
      // Nothing listens there: the figure must not depend on WhatsApp.
      TANDEM_UNSAFE_TEST_SERVER: '1',
      TANDEM_TEST_WA_URL: 'ws://127.0.0.1:9',
      TANDEM_TEST_WA_ROOT: '00'.repeat(32),
    },
  });
  const giveUpAt = performance.now() + GIVE_UP_MS;
  let info = null;
  while (info === null && child.exitCode === null && performance.now() < giveUpAt) {
    await sleep(POLL_MS);
    info = readServiceFile(join(dataDir, SERVICE_FILE_NAME));
  }
  const end = async () => {
    await stop(child);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  if (info === null) {
    await end();
    throw new Error('the service did not start');
  }
  return { url: `${info.url}/mcp`, token: TOKEN, stop: end };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
