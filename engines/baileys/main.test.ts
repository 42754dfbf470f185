import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type QuietConsole, quietConsole } from '#engines/contract/kit/quiet-console.ts';
import {
  type EngineProcess,
  failToStart,
  startEngine,
} from '#engines/contract/kit/testing/engine-process.ts';
import type { Observation } from '#engines/contract/observation.ts';
import { ENGINE_SECRET_ENV } from '#engines/contract/supervised.ts';
import { until } from '#kernel/testing/until.ts';
import { shapeOf } from '#simulator/account/presets.ts';
import { createFixedWorld } from '#simulator/account/world.ts';
import { createSimulator, type Simulator } from '#simulator/simulator.ts';
import { chatDifferences, differences, fold } from './testing/fold.ts';

/** What the issue asks for; a few of them in the everyday run. */
const ROUNDS = Number(process.env.TANDEM_KILL_ROUNDS ?? 3);
const KILLS = 4;

describe('baileys: the process', () => {
  // The simulator has the same library inside.
  let quiet: QuietConsole;
  before(() => {
    quiet = quietConsole();
  });
  after(() => quiet.restore());

  let simulator: Simulator;
  let dataDir: string;
  let running: EngineProcess | null = null;

  beforeEach(async () => {
    const shape = shapeOf('tiny', { directChats: 20, pushedPerChat: 40 });
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    dataDir = await mkdtemp(join(tmpdir(), 'tandem-engine-'));
  });
  afterEach(async () => {
    await running?.kill('SIGKILL');
    running = null;
    await simulator.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = async (env?: Readonly<Record<string, string>>) => {
    running = await startEngine({
      engine: 'baileys',
      simulator,
      dataDir,
      ...(env === undefined ? {} : { env }),
    });
    return running;
  };
  const end = async (act: (engine: EngineProcess) => Promise<number | null>) => {
    const engine = running;
    running = null;
    return engine === null ? null : act(engine);
  };
  const link = async (engine: EngineProcess) => {
    const result = await engine.client.command('link.qr', {});
    if (result.state !== 'offered' || result.offer.method !== 'qr') throw new Error('no QR');
    assert.equal(await simulator.phone.scanQr(result.offer.text), 'linked');
  };

  // A busy machine may answer too late.
  const ready = (engine: EngineProcess, after = 0) =>
    until(async () => {
      const status = await engine.client.status().catch(() => null);
      return status?.level === 'ready' && (status.connectedSinceMs ?? 0) > after && status;
    }, 'readiness');

  it('serves the contract, and ends when its parent goes', async () => {
    const engine = await start();
    await link(engine);
    const status = await ready(engine);
    assert.equal(status.pid, engine.pid);
    assert.equal(status.testServer, true);
    assert.equal(await end((one) => one.abandon()), 0);
  });

  it('ends cleanly on SIGTERM', async () => {
    await start();
    assert.equal(await end((one) => one.kill('SIGTERM')), 0);
  });

  it('says why it cannot start', async () => {
    for (const [secret, problem] of [
      ['short', /TANDEM_ENGINE_SECRET: expected at least 32/],
      ['', /TANDEM_ENGINE_SECRET or TANDEM_ENGINE_SECRET_FILE: .*missing/],
    ] as const) {
      const refused = await failToStart({
        engine: 'baileys',
        simulator,
        dataDir,
        env: { [ENGINE_SECRET_ENV]: secret },
      });
      assert.ok(refused?.event === 'failed');
      assert.equal(refused.error.code, 'CONFIG_INVALID');
      assert.match(refused.error.message, problem);
    }
    await start();
    const second = await failToStart({ engine: 'baileys', simulator, dataDir });
    assert.equal(second?.event === 'failed' && second.error.code, 'INSTANCE_ALREADY_RUNNING');
    await end((one) => one.kill('SIGTERM'));
    const broken = join(dataDir, 'engines', 'baileys');
    mkdirSync(broken, { recursive: true });
    writeFileSync(join(broken, 'session.db'), 'this is not a database, however long it may be '.repeat(40));
    const corrupt = await failToStart({ engine: 'baileys', simulator, dataDir });
    assert.equal(corrupt?.event === 'failed' && corrupt.error.code, 'DB_CORRUPT');
  });

  it('writes no text, name, number or key anywhere', async () => {
    const engine = await start({ TANDEM_LOG_LEVEL: 'trace' });
    await link(engine);
    const { connectedSinceMs } = await ready(engine);
    const [chat] = simulator.account.chats();
    simulator.faults.corruptNextMessage();
    simulator.account.receive({
      chat: chat?.key ?? '',
      content: { type: 'text', text: 'xyzzy-secret-text' },
    });
    simulator.faults.drop();
    await ready(engine, connectedSinceMs ?? 0);
    await end((one) => one.kill('SIGTERM'));
    const log = engine.log();
    assert.ok(log.includes('engine state'));
    for (const message of simulator.oracle.messages()) {
      if (message.text !== null && message.text.length > 8) assert.equal(log.includes(message.text), false);
    }
    for (const person of simulator.account.people()) {
      for (const secret of [person.pn, person.lid, person.bookName]) {
        if (secret !== null) assert.equal(log.includes(secret.split('@')[0] ?? secret), false);
      }
    }
    assert.equal(/xyzzy|privKey|rootKey|_sessions|chainKey/.test(log), false);
  }).timeout(30_000);

  for (let round = 1; round <= ROUNDS; round += 1) {
    it(`loses nothing when it is killed in the middle of the history, round ${round}`, async () => {
      const { phone } = simulator.faults;
      phone.chunkDelayMs = 30;
      phone.delivery = round % 2 === 0 ? 'media' : 'inline';
      const taken: Observation[] = [];
      let outbox: string | null = null;
      let after = 0;
      /** As the service does: offset and data together, acknowledged with the next request. */
      const take = async (engine: EngineProcess) => {
        const answer = await engine.client.observations({ outbox, after, max: 500, waitMs: 0 });
        outbox = answer.outbox;
        for (const entry of answer.entries) {
          assert.deepEqual(entry.rejected, []);
          taken.push(...entry.observations);
          after = entry.seq;
        }
        return answer.entries.length;
      };
      const pushed = () => [...simulator.oracle.messages()].filter((message) => message.pushed);
      let me = '';

      let engine = await start();
      await link(engine);
      for (let kill = 0; kill < KILLS; kill += 1) {
        const life = Math.random() * 250;
        const deadline = Date.now() + life;
        while (Date.now() < deadline) {
          if (Math.random() < 0.3) await take(engine);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        await end((one) => one.kill('SIGKILL'));
        engine = await start();
      }
      await until(async () => {
        const status = await engine.client.status().catch(() => null);
        me = status?.account?.lid ?? me;
        while ((await take(engine).catch(() => 0)) > 0);
        return (
          status?.level === 'ready' &&
          differences(fold(taken), pushed(), me).length === 0 &&
          chatDifferences(taken, simulator.account.chats()).length === 0
        );
      }, 'whole history').catch(() => undefined);
      assert.deepEqual(differences(fold(taken), pushed(), me), []);
      assert.deepEqual(chatDifferences(taken, simulator.account.chats()), []);
      await end((one) => one.kill('SIGTERM'));
    }).timeout(60_000);
  }
});
