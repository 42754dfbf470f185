import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { stripAnsi } from '#cli/render/text.ts';
import { isRunning } from '#kernel/processes.ts';
import { readServiceFile } from '#kernel/service-file.ts';
import { until } from '#kernel/testing/until.ts';
import { startLinked } from '../rig/linked.ts';
import { type Run, runTandem as tandem } from '../rig/tandem.ts';
import { drawTerminal } from '../rig/terminal-picture.ts';
import { createWorld, type World } from '../rig/world.ts';

describe('the command line', () => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld('tiny');
  });
  afterEach(() => world.close());

  const env = () => ({ ...world.env, TANDEM_DATA_DIR: world.dataDir });

  it('links through the running service and tells each step as JSON', async () => {
    const service = await world.start();
    const link = tandem(['link', '--json'], env());
    const offer = await until(() => link.lines[0], 'QR event');
    const { event, text } = z.object({ event: z.string(), text: z.string() }).parse(JSON.parse(offer));
    assert.equal(event, 'qr');
    await world.simulator.phone.scanQr(text);
    assert.equal(await link.code, 0, link.errors());
    assert.equal(JSON.parse(link.lines.at(-1) ?? '{}').event, 'linked');
    assert.equal((await service.status()).engines[0]?.linked, true);
  });

  it('links by a code typed on the phone, with a service of its own when none runs', async () => {
    const digits = (world.simulator.account.people().find((one) => one.key === 'me')?.pn ?? '').split('@')[0];
    const link = tandem(['link', '--json', '--phone', `+${digits}`], env());
    const line = await until(() => link.lines.find((one) => one.includes('"code"')), 'code event');
    const { code } = z.object({ code: z.string() }).parse(JSON.parse(line));
    await world.simulator.phone.enterCode(code);
    assert.equal(await link.code, 0, link.errors());
    assert.equal(readServiceFile(join(world.dataDir, 'service.json')), null, 'the service ended with it');
  });

  it('says what a phone number lacks, before it starts a service and by a running one', async () => {
    const alone = tandem(['link', '--json', '--phone', 'abc'], env());
    assert.equal(await alone.code, 2);
    assert.equal(JSON.parse(alone.lines.at(-1) ?? '{}').code, 'INVALID_PHONE_FORMAT');
    assert.equal(existsSync(join(world.dataDir, 'tandem.log')), false, 'no service was started');
    await world.start();
    const link = tandem(['link', '--json', '--phone', '0151 123'], env());
    assert.equal(await link.code, 2);
    assert.equal(JSON.parse(link.lines.at(-1) ?? '{}').code, 'INVALID_PHONE_FORMAT');
  });

  it('status, logout and history need a service and say so', async () => {
    for (const args of [
      ['status'],
      ['logout', '--yes'],
      ['history', 'fetch'],
      ['history', 'jobs'],
      ['history', 'coverage', '--json'],
    ]) {
      const run = tandem(args, env());
      assert.equal(await run.code, 3);
      const said = run.lines.join('') + run.errors();
      assert.match(said, /NOT_RUNNING/);
      assert.ok(said.includes(world.dataDir), `${args.join(' ')} names the folder`);
    }
    await world.start();
    const status = tandem(['status', '--json'], env());
    assert.equal(await status.code, 0);
    assert.equal(JSON.parse(status.lines[0] ?? '{}').test_server, true);
  });

  it('tells people and assistants the public address, and programs here its own', async () => {
    const publicUrl = 'https://tandem.example.org';
    const service = await world.start({ TANDEM_PUBLIC_URL: publicUrl });
    assert.equal((await service.status()).mcp_url, `${publicUrl}/mcp`);
    assert.match(await (await fetch(service.url)).text(), /https:\/\/tandem\.example\.org\/mcp/);
    await until(async () => (await service.status()).engines[0]?.level === 'linking', 'a running engine');
    const doctor = tandem(['doctor', '--json'], env());
    assert.equal(await doctor.code, 0, doctor.errors());
    const { checks } = JSON.parse(doctor.lines[0] ?? '{}') as { checks: { id: string; finding: string }[] };
    const ports = checks.find(({ id }) => id === 'ports')?.finding ?? '';
    assert.match(ports, new RegExp(`^${new URL(service.url).port}: this service`));
    const status = tandem(['status'], env());
    assert.equal(await status.code, 0, status.errors());
    assert.match(status.lines.join('\n'), /https:\/\/tandem\.example\.org\/mcp/);
  });

  it('doctor works with and without a service', async () => {
    const alone = tandem(['doctor', '--json'], env());
    assert.equal(await alone.code, 0, alone.errors());
    assert.ok(JSON.parse(alone.lines[0] ?? '{}').checks.length >= 5);
    const service = await world.start();
    await until(async () => (await service.status()).engines[0]?.level === 'linking', 'a running engine');
    const asked = tandem(['doctor', '--bundle'], env());
    assert.equal(await asked.code, 0, asked.errors());
    const found = JSON.parse(asked.lines[0] ?? '{}');
    assert.ok(found.checks.some((check: { id: string }) => check.id === 'engine_baileys'));
    assert.ok(found.bundle !== undefined);
    const file = join(world.dataDir, 'report.json');
    const written = tandem(['doctor', '--bundle', file], env());
    assert.equal(await written.code, 0, written.errors());
    assert.match(written.lines.join('\n'), /queue +The embedded queue sleeps/);
    assert.equal(statSync(file).mode & 0o077, 0, 'for its owner only');
    const report = readFileSync(file, 'utf8');
    assert.ok(JSON.parse(report).bundle.coverage !== undefined);
    assert.ok(!report.includes(world.dataDir), 'no paths');
    const nowhere = tandem(['doctor', '--bundle', join(world.dataDir, 'none', 'report.json')], env());
    assert.equal(await nowhere.code, 2);
  });

  it('the service outlives the reader of what it prints', async () => {
    const up = tandem(['up'], env());
    await until(() => up.lines[0], 'first line');
    up.stopReading();
    const file = await until(() => readServiceFile(join(world.dataDir, 'service.json')), 'service file');
    const offered = async () =>
      /"level":"linking"/.test(await (await fetch(new URL('/api/status', file.url))).text());
    await until(offered, 'an offer, which is printed');
    up.signal('SIGINT');
    assert.equal(await up.code, 0, up.errors());
    assert.doesNotMatch(up.errors(), /EPIPE/);
  });

  it('Ctrl-C ends the service and its engine, and takes the service file away', async () => {
    const service = await world.start();
    const engine = await until(async () => (await service.status()).engines[0]?.pid, 'engine process');
    process.kill(service.pid, 'SIGINT');
    assert.equal(await service.stop(), 0, service.output());
    await until(() => !isRunning(engine), 'end of the engine');
    assert.equal(readServiceFile(join(world.dataDir, 'service.json')), null);
  });
});

describe('tandem history', () => {
  /** Slow enough to be caught in the middle. */
  const SLOW = { TANDEM_HISTORY_DELAY_MS: '400', TANDEM_HISTORY_PARALLEL: '1' };
  let world: World;

  beforeEach(async () => {
    world = await createWorld('deep', { directChats: 6, messagesPerChat: 120, pushedPerChat: 20 });
  });
  afterEach(() => world.close());

  const history = (...args: readonly string[]) =>
    tandem(['history', ...args], { ...world.env, TANDEM_DATA_DIR: world.dataDir });
  const answer = async (...args: readonly string[]) => {
    const run = history(...args);
    const code = await run.code;
    return { code, rows: run.lines.map((line) => JSON.parse(line)), errors: run.errors() };
  };

  it('fetches, survives Ctrl-C, is cancelled, goes on and ends complete', async function () {
    this.timeout(120_000);
    await startLinked(world, SLOW);
    const before = await answer('coverage', '--json');
    assert.deepEqual(
      before.rows.filter(({ messages }) => messages > 0).map(({ state, messages }) => [state, messages]),
      Array.from({ length: 6 }, () => ['partial', 20]),
    );

    const first = history('fetch', '--json');
    await until(() => first.lines.find((line) => JSON.parse(line).done > 0), 'a chat that is done', 40_000);
    // However long the commands below take to start, the job is still at work.
    const { phone } = world.simulator.faults;
    phone.onDemandDelayMs = 10_000;
    first.signal('SIGINT');
    assert.equal(await first.code, 130, first.errors());
    const { event, job_id: id } = JSON.parse(first.lines.at(-1) ?? '{}');
    assert.equal(event, 'left');
    const joined = await answer('fetch', '--no-wait', '--json');
    assert.deepEqual([joined.code, joined.rows[0].job_id, joined.rows[0].reused], [0, id, true]);

    const cancelled = history('cancel', id);
    assert.equal(await cancelled.code, 0, cancelled.errors());
    assert.match(cancelled.lines.join('\n'), new RegExp(`tandem history resume ${id}`));
    await until(async () => (await answer('jobs', id, '--json')).rows[0].status === 'cancelled', 'its end');
    const again = await answer('cancel', id, '--json');
    assert.deepEqual([again.code, again.rows[0].code], [1, 'JOB_ENDED']);

    assert.equal((await answer('resume', id, '--json')).code, 0);
    const rest = history('fetch', '--json');
    await until(() => rest.lines.length > 0, 'the first line of it');
    phone.onDemandDelayMs = 0;
    assert.equal(await rest.code, 0, rest.errors());
    const end = JSON.parse(rest.lines.at(-1) ?? '{}');
    assert.deepEqual([end.event, end.job_id, end.result.complete], ['ended', id, 6]);
    // Between push and connection a moment may be missing in which nobody wrote.
    const after = await answer('coverage', '--json');
    assert.deepEqual(
      after.rows
        .filter(({ messages }) => messages > 0)
        .map(({ start_proven, messages }) => [start_proven, messages]),
      Array.from({ length: 6 }, () => [true, 120]),
    );
  });

  it('fetches one chat by its name, shows each of its intervals, and says what cannot be', async function () {
    this.timeout(90_000);
    await startLinked(world, { TANDEM_HISTORY_DELAY_MS: '0' });
    const { rows } = await answer('coverage', '--json', '--worst', '1');
    const name: string = rows[0].name;
    const fetched = history('fetch', name, '--max', '50');
    assert.equal(await fetched.code, 0, fetched.errors());
    assert.match(fetched.lines.join('\n'), /1 up to the limit/);
    const limited = history('coverage', name);
    assert.equal(await limited.code, 0, limited.errors());
    assert.match(limited.lines.join('\n'), /user-limit: a limit was reached/);
    const resumed = history('fetch', name);
    assert.equal(await resumed.code, 0, resumed.errors());
    const complete = history('coverage', name);
    assert.equal(await complete.code, 0);
    assert.match(complete.lines.join('\n'), /┃▇+/);
    assert.match(complete.lines.join('\n'), /the beginning .* held +push, page/);

    const unknown = await answer('fetch', 'nobody of this name', '--json');
    assert.deepEqual([unknown.code, unknown.rows[0].code], [1, 'CHAT_NOT_FOUND']);
    const idle = history('cancel', name);
    assert.equal(await idle.code, 1);
    assert.match(idle.errors(), /`tandem history fetch`/);
    const all = history('fetch', '--max', '5');
    assert.equal(await all.code, 2);
  });
});

describe('tandem mcp', () => {
  it('starts a service when none runs, and a second client joins it R:stdio-joins', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'tandem-e2e-mcp-'));
    const bridges = [tandem(['mcp'], { TANDEM_DATA_DIR: dataDir })];
    try {
      assert.ok((await listTools(bridges[0])) > 10);
      const service = readServiceFile(join(dataDir, 'service.json'));
      assert.ok(service !== null);
      bridges.push(tandem(['mcp'], { TANDEM_DATA_DIR: dataDir }));
      assert.ok((await listTools(bridges[1])) > 10);
      assert.equal(readServiceFile(join(dataDir, 'service.json'))?.pid, service.pid);
      for (const bridge of bridges) {
        bridge.closeInput();
        assert.equal(await bridge.code, 0);
        for (const line of bridge.lines)
          assert.doesNotThrow(() => JSON.parse(line), 'stdout is protocol only');
      }
      assert.ok(isRunning(service.pid), 'the service outlives its clients');
    } finally {
      const service = readServiceFile(join(dataDir, 'service.json'));
      if (service !== null) {
        process.kill(service.pid, 'SIGTERM');
        await until(() => !isRunning(service.pid), 'end of the service');
      }
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

async function listTools(bridge: Run | undefined): Promise<number> {
  assert.ok(bridge !== undefined);
  const send = (message: object) => bridge.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const clientInfo = { name: 'test', version: '1' };
  send({
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
  });
  send({ method: 'notifications/initialized' });
  send({ id: 2, method: 'tools/list' });
  const line = await until(() => bridge.lines.find((one) => JSON.parse(one).id === 2), 'tools/list', 30_000);
  return z.object({ result: z.object({ tools: z.array(z.unknown()) }) }).parse(JSON.parse(line)).result.tools
    .length;
}

describe('tandem demo', () => {
  it('--once checks every message, ends well and leaves nothing behind R:demo-complete', async function () {
    this.timeout(180_000);
    const scratch = mkdtempSync(join(tmpdir(), 'tandem-e2e-demo-'));
    try {
      const demo = tandem(['demo', '--once'], { TMPDIR: scratch, FORCE_COLOR: '1' });
      assert.equal(await demo.code, 0, demo.lines.join('\n') + demo.errors());
      const text = demo.lines.map(stripAnsi).join('\n');
      assert.match(text, /missing +0\nunexpected +0\ntwice +0\ndifferent +0/);
      assert.match(text, /Every message is there exactly once/);
      assert.match(text, /21 chats: 21 complete to their beginning/);
      assert.match(text, /✔ Held is what the account has: .* in 21 chats, each to its proven beginning/);
      assert.match(text, /✔ The account says the same: nothing unread, \d+ receipts/);
      assert.deepEqual(readdirSync(scratch), []);
      if (process.env.TANDEM_UPDATE_PICTURES === '1') await drawTerminal(demo.lines, 'demo');
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });

  it('interrupted in the middle leaves nothing behind either', async function () {
    this.timeout(60_000);
    const scratch = mkdtempSync(join(tmpdir(), 'tandem-e2e-demo-'));
    try {
      const demo = tandem(['demo'], { TMPDIR: scratch });
      await until(() => demo.lines.find((line) => line.includes('linked as')), 'link', 40_000);
      demo.signal('SIGINT');
      assert.equal(await demo.code, 130, demo.errors());
      assert.deepEqual(readdirSync(scratch), []);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
});
