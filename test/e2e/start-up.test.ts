import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '#kernel/testing/until.ts';
import { assertSame, compareStore } from '../rig/compare.ts';
import { startLinked, waitForHistory } from '../rig/linked.ts';
import { startService } from '../rig/service.ts';
import { createWorld, linkedDevice, scanWhenAsked, type World } from '../rig/world.ts';

const launcher = fileURLToPath(new URL('../../cli/tandem.mjs', import.meta.url));
const isRoot = process.getuid?.() === 0;

/** Runs a command that should end by itself. */
function tandem(args: readonly string[], env: Readonly<Record<string, string>>) {
  const done = spawnSync(process.execPath, [launcher, ...args], {
    env: { ...process.env, TANDEM_PORT: '0', ...env },
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { code: done.status, text: done.stdout + done.stderr };
}

describe('starting where Tandem cannot', () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-start-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it('refuses to listen beyond this machine without a token R:no-open-door', () => {
    const { code, text } = tandem(['up'], { TANDEM_DATA_DIR: dir, TANDEM_HOST: '0.0.0.0' });
    assert.equal(code, 1);
    assert.match(text, /INSECURE_LISTENER/);
    assert.match(text, /TANDEM_TOKEN/);
  });

  it('names every wrong setting', () => {
    const { code, text } = tandem(['up'], {
      TANDEM_DATA_DIR: dir,
      TANDEM_PORT: 'x',
      TANDEM_SENDING: 'maybe',
    });
    assert.equal(code, 1);
    assert.match(text, /CONFIG_INVALID/);
    assert.match(text, /TANDEM_PORT/);
    assert.match(text, /TANDEM_SENDING/);
  });

  it('does not let another server stand in for WhatsApp by accident', () => {
    const { code, text } = tandem(['up'], {
      TANDEM_DATA_DIR: dir,
      TANDEM_TEST_WA_URL: 'ws://127.0.0.1:9/ws',
    });
    assert.equal(code, 1);
    assert.match(text, /TANDEM_UNSAFE_TEST_SERVER/);
  });

  it('says who has the port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const address = server.address();
      assert.ok(address !== null && typeof address === 'object');
      const { code, text } = tandem(['up'], { TANDEM_DATA_DIR: dir, TANDEM_PORT: String(address.port) });
      assert.equal(code, 1);
      assert.match(text, /PORT_IN_USE/);
      assert.match(text, new RegExp(String(address.port)));
    } finally {
      server.close();
    }
  });

  it('a damaged history: says so and leaves the file alone', () => {
    const file = join(dir, 'history.db');
    writeFileSync(file, Buffer.alloc(16_384, 'not a database '));
    const before = readFileSync(file);
    const { code, text } = tandem(['up'], { TANDEM_DATA_DIR: dir });
    assert.equal(code, 1);
    assert.match(text, /DB_CORRUPT/);
    assert.match(text, /tandem repair/);
    assert.deepEqual(readFileSync(file), before);
  });

  it('a data directory that cannot be made', () => {
    writeFileSync(join(dir, 'file'), '');
    const { code, text } = tandem(['up'], { TANDEM_DATA_DIR: join(dir, 'file', 'data') });
    assert.equal(code, 1);
    assert.match(text, /DATA_DIR_UNUSABLE/);
  });

  it('a read-only disk', function () {
    if (!isRoot) return this.skip();
    const mount = join(dir, 'disk');
    mkdirSync(mount);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=1m', 'tmpfs', mount]);
    try {
      const { code, text } = tandem(['up'], { TANDEM_DATA_DIR: join(mount, 'data') });
      assert.equal(code, 1);
      assert.match(text, /DATA_DIR_UNUSABLE|DB_READ_ONLY/);
    } finally {
      execFileSync('umount', [mount]);
    }
  });

  it('keeps what it writes private', async () => {
    const world = await createWorld('tiny');
    try {
      const service = await startLinked(world);
      // While it runs: journals and the like are there only then.
      const written = readdirSync(world.dataDir, { recursive: true, encoding: 'utf8' });
      const open = written.filter((file) => modeOf(join(world.dataDir, file)) !== 0);
      await service.stop();
      assert.equal(statSync(world.dataDir).mode & 0o777, 0o700);
      assert.ok(written.includes(join('engines', 'baileys', 'outbox.db-wal')));
      assert.deepEqual(open, []);
    } finally {
      await world.close();
    }
  });
});

/** What others may do with it; a journal may be gone by now. */
function modeOf(file: string): number {
  return (statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o077;
}

describe('a second instance', () => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld('tiny');
  });
  afterEach(() => world.close());

  it('on the same data directory refuses and names the owner; the first is not disturbed R:one-owner', async () => {
    const service = await world.start();
    const { code, text } = tandem(['up'], { ...world.env, TANDEM_DATA_DIR: world.dataDir });
    assert.equal(code, 1);
    assert.match(text, /INSTANCE_ALREADY_RUNNING/);
    assert.match(text, new RegExp(`\\b${service.pid}\\b`));
    assert.ok((await fetch(`${service.url}/health`)).ok);
  });

  it('after a kill -9 takes over what the first left behind', async () => {
    const first = await world.start();
    await first.kill();
    const second = await world.start();
    assert.ok((await fetch(`${second.url}/health`)).ok);
    assert.equal(await second.stop(), 0);
  });
});

describe('the disk fills up while history streams in', () => {
  it('stops taking, loses nothing, and goes on when there is room', async function () {
    if (!isRoot) return this.skip();
    this.timeout(120_000);
    const disk = mkdtempSync(join(tmpdir(), 'tandem-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=700', 'tmpfs', disk]);
    const world = await createWorld('tiny', { messagesPerChat: 300, pushedPerChat: 300 });
    const service = await startService({ dataDir: disk, env: world.env });
    try {
      await until(async () => {
        await scanWhenAsked(world, service);
        const told = JSON.stringify(await service.status());
        return /DB_DISK_FULL|outbox-failed|session-store-failed/.test(told);
      }, 'a full disk');
      execFileSync('mount', ['-o', 'remount,size=200m', disk]);
      await waitForHistory(world, service);
      await service.stop();
      const truth = world.simulator.oracle.delivered(world.simulator.deliveries, linkedDevice(world));
      assertSame(await compareStore(disk, truth));
    } finally {
      await service.stop();
      await world.close();
      execFileSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true, force: true });
    }
  });
});
