import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExportDeps } from '#orchestrator/services/export/contract.ts';
import { createExports } from '#orchestrator/services/export/exports.ts';
import { createTimes } from '#orchestrator/services/present/times.ts';
import { club, message } from '#orchestrator/services/testing/sample-history.ts';
import { dieAt, EVERY_DEATH_MS, everyDeath } from '../testing/deaths.ts';
import { createJobWorld, type Death, type JobWorld } from '../testing/world.ts';
import { exportKind } from './export.ts';

const MESSAGES = 30;
const SECRET_WORD = 'umbrella';
const args = {
  chat: club,
  format: 'csv',
  includeMedia: false,
  after: null,
  before: null,
  maxMessages: 1_000,
} as const;

describe('writing a chat into a file, as a job', () => {
  let world: JobWorld;
  let write: ExportDeps['write'];
  const open = async () => {
    write = undefined;
    world = await createJobWorld({
      kinds: (ports) => [
        exportKind({
          ...ports,
          media: { stored: () => Promise.resolve(null) },
          times: createTimes('UTC'),
          write: (file, content) => (write ?? ((one, bytes) => one.writeFile(bytes)))(file, content),
          exports: createExports({
            dir: join(ports.folder, 'exports'),
            secret: new Uint8Array(32),
            clock: ports.clock,
          }),
        }),
      ],
    });
    await world.learn(Array.from({ length: MESSAGES }, (_, n) => message(club, n, `${SECRET_WORD} ${n}`)));
  };
  beforeEach(open);
  afterEach(() => world.close());

  const folder = () => join(world.folder, 'exports');
  const start = async (change: Partial<Record<keyof typeof args, unknown>> = {}) =>
    (await world.start('export', { ...args, ...change } as never)).id;

  it('names the file by the job, and says what is in it without a word of it', async () => {
    const id = await start();
    const job = await (await world.live()).run(id);
    const content = readFileSync(join(folder(), `${id}.csv`));
    assert.deepEqual(job.result, {
      export_id: id,
      filename: `${id}.csv`,
      bytes: content.byteLength,
      sha256: createHash('sha256').update(content).digest('hex'),
      messages: MESSAGES,
      media: 0,
      media_missing: 0,
      coverage: 'partial',
    });
    assert.deepEqual([job.state, job.done, job.total], ['completed', MESSAGES, MESSAGES]);
    assert.equal(content.toString().split(SECRET_WORD).length, MESSAGES + 1);
    assert.equal(JSON.stringify(job).includes(SECRET_WORD), false);
  });

  it('begins anew after a kill, and removes what the dead one left', async () => {
    const whole = await world.live();
    await whole.run(await start());
    for (const death of everyDeath(whole.calls())) {
      await world.close();
      await open();
      await killedAt(death);
    }
  }).timeout(EVERY_DEATH_MS);

  async function killedAt(death: Death): Promise<void> {
    const id = await start();
    await dieAt(death, world, id);
    const isDone = (await world.job(id)).state === 'completed';
    if (existsSync(folder()) && !isDone) writeFileSync(join(folder(), `${id}.csv.0123456789ab.part`), 'half');
    const job = await (await world.live()).run(id);
    assert.equal(job.state, 'completed');
    assert.deepEqual(readdirSync(folder()), [`${id}.csv`]);
  }

  it('stops in the middle when it is cancelled, and leaves no half file', async () => {
    const id = await start();
    write = async (file, content) => {
      await world.jobs.cancel(id, null);
      await file.writeFile(content);
    };
    const job = await (await world.live()).run(id);
    assert.equal(job.state, 'cancelled');
    assert.equal(
      readdirSync(folder()).some((name) => name.endsWith('.part')),
      false,
    );
  });

  it('stops when the service closes, and the next start takes it up', async () => {
    const id = await start();
    const closing = new AbortController();
    write = (file, content) => {
      closing.abort();
      return file.writeFile(content);
    };
    await (await world.live()).turn(id, closing.signal);
    assert.equal((await world.job(id)).state, 'interrupted');
    assert.deepEqual(readdirSync(folder()), []);
    write = undefined;
    assert.equal((await (await world.live()).run(id)).state, 'completed');
  });

  it('ends with a name when the disk is full or the chat is gone', async () => {
    const lost = await start({ chat: '120363000000000077@g.us' });
    assert.equal((await (await world.live()).run(lost)).error?.code, 'CHAT_NOT_FOUND');
    const id = await start();
    write = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    const life = await world.live();
    assert.equal(await life.turn(id), true);
    const waiting = await world.job(id);
    assert.deepEqual([waiting.state, waiting.reason], ['waiting', 'DB_DISK_FULL']);
    write = undefined;
    assert.equal((await life.run(id)).state, 'completed');
  });
});
