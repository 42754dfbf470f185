import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type StatusView, statusViewSchema } from '#console/view/status.ts';
import { accountOf } from '#engines/contract/conformance/testing/simulated-account.ts';
import { ENGINE_SECRET_ENV } from '#engines/contract/supervised.ts';
import { LEAN_NODE_FLAGS } from '#kernel/node-flags.ts';
import { settings } from '#kernel/settings.ts';
import { until } from '#kernel/testing/until.ts';
import { readCompose, readEnvFile, variablesOf } from '../rig/deploy/compose-file.ts';
import { type Container, createContainer, freePorts } from '../rig/deploy/containers.ts';
import { readDockerfile } from '../rig/deploy/dockerfile.ts';
import { filesBelow, layOut, readDockerignore } from '../rig/deploy/image-tree.ts';
import { readYaml } from '../rig/deploy/yaml.ts';
import { sorted } from '../rig/facts.ts';
import { waitForHistory } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { createWorld, type World } from '../rig/world.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const at = (path: string) => join(checkout, path);
const composeFile = at('docker-compose.yml');
const images = readDockerfile(at('Dockerfile'));
const isSeen = readDockerignore(at('.dockerignore'));
const imageOf = (target: string) => images.get(target) ?? assert.fail(`no target ${target}`);
const ourServices = ['engine-baileys', 'engine-webjs', 'tandem'] as const;

/** Names of an environment that are not settings of ours. */
const OTHERS = new Set(['REDISCLI_AUTH', 'NODE_ENV', 'NODE_COMPILE_CACHE', 'HOME']);
/** Variables that only compose itself reads. */
const OF_COMPOSE = new Set(['TANDEM_VERSION', 'REDIS_PASSWORD']);
const ours = new Set([...Object.values(settings).map(({ env }) => env), ENGINE_SECRET_ENV]);

describe('docker-compose.yml', () => {
  const compose = readCompose(composeFile);
  const services = Object.entries(compose.services);

  it('gives every service the same hardening, a health check and an end', () => {
    assert.deepEqual(Object.keys(compose.services), ['redis', ...ourServices]);
    for (const [name, service] of services) {
      assert.deepEqual(service.cap_drop, ['ALL'], name);
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
      assert.deepEqual(service.logging.options, { 'max-size': '10m', 'max-file': '3' }, name);
      assert.match(service.healthcheck.test[0] ?? '', /^CMD(-SHELL)?$/, name);
      assert.ok(Number.parseInt(service.stop_grace_period, 10) >= 30, name);
    }
  });

  it('runs nobody as root', () => {
    assert.match(compose.services.redis?.user ?? '', /^[1-9]\d*:[1-9]\d*$/);
    for (const name of ourServices) assert.match(imageOf(name).user, /^[1-9]\d*:[1-9]\d*$/, name);
  });

  it('publishes one port, on loopback only', () => {
    const published = services.flatMap(([, { ports }]) => ports ?? []);
    assert.deepEqual(published, ['127.0.0.1:8080:8080']);
    const { ports } = readCompose(composeFile, { TANDEM_PORT: '9090' }).services.tandem ?? assert.fail();
    assert.deepEqual(ports, ['127.0.0.1:9090:8080']);
  });

  it('says where it is reached: the published port, or what is set', () => {
    const told = (variables: Readonly<Record<string, string>>) =>
      readCompose(composeFile, variables).services.tandem?.environment.TANDEM_PUBLIC_URL;
    assert.equal(told({}), 'http://127.0.0.1:8080');
    assert.equal(told({ TANDEM_PORT: '9090' }), 'http://127.0.0.1:9090');
    assert.equal(told({ TANDEM_PUBLIC_URL: 'https://tandem.example.org' }), 'https://tandem.example.org');
  });

  it('names only networks, volumes, secrets and services that there are, and uses all of them', () => {
    const used = { networks: new Set<string>(), volumes: new Set<string>(), secrets: new Set<string>() };
    for (const [name, service] of services) {
      for (const network of service.networks) used.networks.add(network);
      for (const volume of service.volumes) {
        const source = volume.split(':')[0] ?? '';
        assert.ok(!used.volumes.has(source), `${name}: ${source} has another owner`);
        used.volumes.add(source);
      }
      for (const secret of service.secrets ?? []) used.secrets.add(secret);
      for (const other of Object.keys(service.depends_on ?? {})) assert.ok(other in compose.services, other);
      assert.ok(service.build === undefined || images.has(service.build.target), name);
    }
    for (const kind of ['networks', 'volumes', 'secrets'] as const)
      assert.deepEqual(sorted([...used[kind]]), sorted(Object.keys(compose[kind])), kind);
  });

  it('lets Redis be reached by the service alone, and lets it forget nothing', () => {
    const { redis, tandem } = compose.services;
    assert.deepEqual(redis?.networks, ['queue']);
    assert.equal(compose.networks.queue?.internal, 'true');
    assert.deepEqual(
      services.filter(([, { networks }]) => networks.includes('queue')).map(([name]) => name),
      ['redis', 'tandem'],
    );
    assert.match(redis?.command?.join(' ') ?? '', /--appendonly yes --maxmemory-policy noeviction/);
    assert.equal(tandem?.depends_on?.redis?.condition, 'service_healthy');
    assert.equal(tandem?.environment.TANDEM_REDIS_URL, 'redis://redis:6379/0');
    const guarded = readCompose(composeFile, { REDIS_PASSWORD: 'word' }).services;
    assert.equal(guarded.tandem?.environment.TANDEM_REDIS_URL, 'redis://:word@redis:6379/0');
    assert.deepEqual(guarded.redis?.command?.slice(-2), ['--requirepass', 'word']);
  });

  it('sets nothing that is no setting, and no secret but by its file', () => {
    const secret = Object.values(settings).filter((one) => one.secret && one !== settings.redisUrl);
    for (const [name, { environment }] of services) {
      for (const key of Object.keys(environment)) {
        assert.ok(ours.has(key) || OTHERS.has(key), `${name}: ${key}`);
        assert.ok(!secret.some(({ env }) => env === key) && key !== ENGINE_SECRET_ENV, `${name}: ${key}`);
      }
      for (const [key, value] of Object.entries(environment)) {
        const file = /^\/run\/secrets\/(.+)$/.exec(value)?.[1];
        assert.equal(file !== undefined, key.endsWith('_FILE'), key);
        if (file !== undefined) assert.ok(service(name).secrets?.includes(file), `${name}: ${file}`);
      }
    }
    function service(name: string) {
      return compose.services[name] ?? assert.fail(name);
    }
  });

  it('asks for health with an address, and says how when there is none', () => {
    for (const args of [[], ['8080'], ['http://']]) {
      const run = spawnSync(process.execPath, [at('deploy/health.mjs'), ...args], { encoding: 'utf8' });
      assert.deepEqual(
        [run.status, run.stderr],
        [1, 'usage: node deploy/health.mjs http://HOST:PORT/PATH\n'],
      );
    }
  });

  it('agrees with .env.example, whose values are all valid', () => {
    const example = readEnvFile(at('.env.example'));
    assert.deepEqual(sorted([...variablesOf(composeFile)]), sorted(Object.keys(example)));
    for (const [name, value] of Object.entries(example)) {
      const known = Object.values(settings).find(({ env }) => env === name);
      assert.ok(known !== undefined || OF_COMPOSE.has(name), name);
      if (value !== '' && known !== undefined) assert.ok(known.schema.safeParse(value).success, name);
    }
    const lines = readFileSync(at('.env.example'), 'utf8').split('\n');
    lines.forEach((line, index) => {
      if (/^[A-Z]/.test(line)) assert.match(lines[index - 1] ?? '', /^# .{10}/, `${line} is not explained`);
    });
  });

  it('is read strictly: what the reader does not know is no compose file of ours', () => {
    for (const text of [
      'a: 1\na: 2',
      'a:\n  b: 1\n   c: 2',
      'a: {b: c}',
      'a: *none',
      "a: 'b'",
      '- a\nb: 1',
      'a:',
    ])
      assert.throws(() => readYaml(text), text);
  });
});

describe('Dockerfile', () => {
  it('copies only what there is, and what the builder gets to see', () => {
    for (const [name, { copies }] of images)
      for (const { sources } of copies.filter(({ from }) => from === null))
        for (const source of sources) {
          statSync(at(source));
          const files = statSync(at(source)).isDirectory() ? filesBelow(at(source)) : [at(source)];
          const seen = files.map((file) => file.slice(checkout.length + 1)).filter(isSeen);
          assert.ok(seen.length > 0, `${name}: ${source}`);
          assert.deepEqual(
            seen.filter((file) => /\.test\.ts$|\/testing\//.test(file)),
            [],
          );
        }
    for (const path of [
      'secrets/access_token',
      '.env',
      'node_modules/zod/package.json',
      '.git/config',
      'test/rig/world.ts',
    ])
      assert.equal(isSeen(path), false, path);
  });

  it('starts and checks what the compose file starts and checks', () => {
    const { services } = readCompose(composeFile);
    for (const name of ourServices) {
      const { command, healthcheck, env, labels } = imageOf(name);
      assert.deepEqual(services[name]?.healthcheck.test, ['CMD', ...healthcheck]);
      assert.ok(labels.includes('org.opencontainers.image.licenses'));
      for (const key of Object.keys(env)) assert.ok(ours.has(key) || OTHERS.has(key), key);
      const lean = name === 'engine-baileys' ? [] : LEAN_NODE_FLAGS;
      assert.deepEqual(command.slice(0, 1 + lean.length), ['node', ...lean]);
    }
  });
});

describe('secrets', () => {
  it('are made once, in a folder that only its owner enters', () => {
    const dir = mkdtempSync(join(tmpdir(), 'tandem-secrets-'));
    try {
      const folder = join(dir, 'secrets');
      const make = () =>
        spawnSync(process.execPath, [at('deploy/make-secrets.mjs'), folder], { encoding: 'utf8' });
      const read = () =>
        Object.keys(readCompose(composeFile).secrets).map((name) => readFileSync(join(folder, name), 'utf8'));
      assert.match(make().stdout, /^made .*engine_secret/);
      const first = read();
      assert.equal(new Set(first).size, 2);
      for (const text of first) assert.match(text, /^[0-9a-f]{64}\n$/);
      assert.equal(statSync(folder).mode & 0o777, 0o700);
      const again = make();
      assert.deepEqual([again.status, read()], [0, first]);
      assert.doesNotMatch(again.stdout, /made/);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

/** The images' own files and commands, and what the compose file says of them, without Docker. */
describe('services as compose starts them', function () {
  this.timeout(120_000);
  let world: World;
  let dir: string;
  let containers: Record<(typeof ourServices)[number], Container>;
  let redis: ReturnType<typeof spawn> | null = null;
  let token: string;
  let service: Service;
  const laidOut = new Map<string, readonly string[]>();
  const namesBelow = (root: string) => filesBelow(root).map((file) => file.slice(root.length));

  before(async () => {
    world = await createWorld('tiny');
    dir = mkdtempSync(join(tmpdir(), 'tandem-compose-'));
    const secrets = join(dir, 'secrets');
    spawnSync(process.execPath, [at('deploy/make-secrets.mjs'), secrets]);
    token = readFileSync(join(secrets, 'access_token'), 'utf8').trim();
    const compose = readCompose(composeFile, {
      TANDEM_SELF_TEST: 'off',
      TANDEM_LOG_LEVEL: 'debug',
      TANDEM_TOOLSETS: 'default,admin',
    });
    const ports = await freePorts(['engine-baileys', 'engine-webjs', 'tandem', 'redis']);
    redis = await startRedis(compose.services.redis?.command ?? [], ports.redis);
    const env = simulatedAccount();
    const create = (name: (typeof ourServices)[number], own: number): Container => {
      const tree = join(dir, name, 'app');
      layOut(imageOf(name), checkout, isSeen, tree);
      laidOut.set(name, namesBelow(tree));
      return createContainer({
        service: compose.services[name] ?? assert.fail(name),
        image: imageOf(name),
        tree,
        folder: join(dir, name),
        port: ports[name],
        places: [
          ['/run/secrets', secrets],
          ['0.0.0.0', '127.0.0.1'],
          ['http://engine-baileys:8081', `http://127.0.0.1:${ports['engine-baileys']}`],
          ['http://engine-webjs:8082', `http://127.0.0.1:${ports['engine-webjs']}`],
          ['redis://redis:6379/0', redis === null ? '' : `redis://127.0.0.1:${ports.redis}/0`],
          ['/usr/bin/chromium', ''],
          [String(own), String(ports[name])],
        ],
        env,
      });
    };
    containers = {
      'engine-baileys': create('engine-baileys', 8081),
      'engine-webjs': create('engine-webjs', 8082),
      tandem: create('tandem', 8080),
    };
    service = serviceFace();
  });
  after(async () => {
    for (const container of Object.values(containers)) await container.kill();
    if (redis !== null && redis.exitCode === null) {
      redis.kill('SIGKILL');
      await once(redis, 'close');
    }
    await world.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Compose has no such names, and passes none of them on: they stand for WhatsApp itself. */
  function simulatedAccount(): Readonly<Record<string, string>> {
    const { TANDEM_ENGINES: _engines, TANDEM_SELF_TEST: _selfTest, ...env } = world.env;
    return env;
  }

  async function startRedis(command: readonly string[], port: number) {
    const [program = '', ...args] = command;
    if (spawnSync(program, ['--version']).error !== undefined) return null;
    const data = join(dir, 'redis');
    mkdirSync(data);
    const started = spawn(program, [...args, '--port', String(port), '--bind', '127.0.0.1', '--dir', data], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let printed = '';
    started.stdout.on('data', (chunk) => (printed += String(chunk)));
    await until(() => /Ready to accept connections/.test(printed), 'Redis');
    return started;
  }

  const headers = () => ({ authorization: `Bearer ${token}` });
  const base = () => `http://127.0.0.1:${containers.tandem.port}`;

  async function status(): Promise<StatusView> {
    const answer = await fetch(`${base()}/api/status`, { headers: headers() });
    return statusViewSchema.parse(await answer.json());
  }
  function serviceFace(): Service {
    const post = (path: string, body: unknown) =>
      fetch(`${base()}${path}`, {
        method: 'POST',
        headers: { ...headers(), 'content-type': 'application/json', 'x-tandem-console': '1' },
        body: JSON.stringify(body),
      });
    const { tandem } = containers;
    return {
      pid: 0,
      url: base(),
      status,
      pids: () => [],
      output: tandem.output,
      stop: tandem.stop,
      kill: tandem.kill,
      killEngine: () => Promise.resolve(false),
      post,
    };
  }
  const levelOf = async (name: string) =>
    (await status()).engines.find(({ engine }) => engine === name)?.level;
  const isReady = async (name: string) => (await levelOf(name)) === 'ready';

  async function callTool(name: string, args: Record<string, unknown>) {
    const client = new Client({ name: 'e2e', version: '1' });
    const requestInit = { headers: headers() };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${base()}/mcp`), { requestInit }));
    try {
      return (await client.callTool({ name, arguments: args })).structuredContent as Record<string, unknown>;
    } finally {
      await client.close();
    }
  }

  it('come up in any order, healthy before anything is linked, and ask for the token', async () => {
    containers.tandem.start();
    await until(() => containers.tandem.isHealthy(), 'the service before its engines');
    await until(async () => (await levelOf('baileys')) === 'recovering', 'engines that are away');
    const away = (await status()).engines.map(({ reason, pid }) => [reason, pid]);
    assert.deepEqual(away, [
      ['away', null],
      ['away', null],
    ]);
    assert.equal(await containers['engine-baileys'].isHealthy(), false);
    containers['engine-baileys'].start();
    containers['engine-webjs'].start();
    for (const name of ourServices) await until(() => containers[name].isHealthy(), `${name} healthy`);
    assert.equal((await fetch(`${base()}/api/status`)).status, 401);
    assert.equal((await fetch(`${base()}/mcp`, { method: 'POST', body: '{}' })).status, 401);
    const engine = `http://127.0.0.1:${containers['engine-baileys'].port}`;
    assert.equal((await fetch(`${engine}/status`)).status, 401);
  });

  it('link, sync and answer an assistant, with each engine in a place of its own', async () => {
    await waitForHistory(world, service);
    const { engines, store } = await status();
    assert.deepEqual(
      engines.map(({ engine, level, pid }) => [engine, level, pid]),
      [
        ['baileys', 'ready', null],
        ['webjs', 'ready', null],
      ],
    );
    assert.ok((store?.messages ?? 0) >= world.simulator.oracle.counts().pushed);
    const answer = await callTool('list_chats', {});
    assert.ok(Array.isArray(answer.chats) && answer.chats.length > 0, JSON.stringify(answer));
    const told = await containers.tandem.exec(['node', 'cli/tandem.mjs', 'status', '--token']);
    assert.deepEqual([told.code, told.output.trim()], [0, token]);
    const session = (name: (typeof ourServices)[number]) => namesBelow(join(dir, name, 'data'));
    assert.ok(session('engine-baileys').some((file) => file.startsWith('/account/engines/baileys/')));
    assert.ok(session('tandem').every((file) => !file.startsWith('/account/engines/')));
  });

  it('hand files over between containers that share no disk', async () => {
    const { id, bytes, sha256Base64 } = accountOf(world.simulator).friendSendsFile();
    const known = async () => (await callTool('get_message_by_id', { message_id: id })).ok;
    await until(known, 'the message with the file');
    const file = await callTool('download_media', { message_id: id });
    const sha256 = Buffer.from(sha256Base64, 'base64').toString('hex');
    assert.deepEqual([file.ok, file.size, file.sha256], [true, bytes, sha256], JSON.stringify(file));
    const kept = filesBelow(join(dir, 'tandem', 'data')).filter((path) => statSync(path).size === bytes);
    assert.equal(kept.length, 1);
  });

  it('survive the end of an engine: killed, away for a while, and back with what came meanwhile', async () => {
    await containers['engine-baileys'].kill();
    await until(async () => (await levelOf('baileys')) === 'recovering', 'the engine to be missed');
    const chat = [...world.simulator.oracle.chats()].find(({ kind }) => kind === 'direct') ?? assert.fail();
    const { id } = world.simulator.account.receive({
      chat: chat.chatKey,
      content: { type: 'text', text: 'while a container was away' },
    });
    await until(
      async () => (await callTool('get_message_by_id', { message_id: id })).ok,
      'it by the other engine',
    );
    containers['engine-baileys'].start();
    await until(() => isReady('baileys'), 'the engine back', 40_000);
    const seenBy = async () => {
      const { message } = await callTool('get_message_by_id', { message_id: id });
      return (message as { sources?: readonly unknown[] }).sources?.length;
    };
    await until(async () => (await seenBy()) === 2, 'both witnesses');
  });

  it('restart an engine on request: it ends, and its restart policy brings it back', async () => {
    const container = containers['engine-baileys'];
    const before = container.pid();
    const restarted = await callTool('restart_engine', {
      engine: 'baileys',
      mode: 'restart',
      wait_seconds: 20,
    });
    assert.deepEqual([restarted.ok, restarted.status], [true, 'done'], JSON.stringify(restarted));
    assert.equal(container.restarts(), 1);
    assert.notEqual(container.pid(), before);
    await until(() => isReady('baileys'), 'the engine ready', 40_000);
  });

  it('change nothing in their images, and end in good order', async () => {
    for (const name of ['tandem', 'engine-webjs', 'engine-baileys'] as const) {
      assert.equal(await containers[name].stop(), 0, containers[name].output().slice(-2_000));
      assert.equal(await containers[name].isHealthy(), false);
      assert.deepEqual(namesBelow(join(dir, name, 'app')), laidOut.get(name));
    }
    for (const name of ourServices) assert.doesNotMatch(containers[name].output(), new RegExp(token));
  });
});
