import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineName } from '#engines/contract/capability.ts';
import { systemClock } from '#kernel/clock.ts';
import { type ErrorCode, TandemError, toErrorBody } from '#kernel/errors.ts';
import { systemIds } from '#kernel/ids.ts';
import { createLogger } from '#kernel/logger.ts';
import { until } from '#kernel/testing/until.ts';
import { startEngineChild } from './child.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

const logger = createLogger({ level: 'silent', program: 'test' });

/** Real processes that say one line, as engines do, and nothing else. */
describe('supervisor', function () {
  this.timeout(20_000);
  let dir: string;
  let supervisors: Supervisor[];
  let starts: number;

  function supervise(engine: EngineName, script: string): Supervisor {
    const entry = join(dir, `${engine}.mjs`);
    writeFileSync(entry, script);
    const made = createSupervisor({
      engine,
      launch: () => {
        starts += 1;
        return startEngineChild({
          engine,
          entry,
          env: process.env,
          startTimeoutMs: 10_000,
          logger,
          forwardLog: () => undefined,
        });
      },
      newSecret: () => systemIds.hex(8),
      clock: systemClock,
      logger,
      random: () => 0,
    });
    supervisors.push(made);
    return made;
  }
  const failing = (code: ErrorCode) => {
    const line = JSON.stringify({ event: 'failed', error: toErrorBody(new TandemError(code)) });
    return `process.stdout.write(${JSON.stringify(`${line}\n`)}, () => process.exit(1));`;
  };
  const ready = `process.stdout.write('{"event":"ready","port":9,"pid":1}\\n'); process.stdin.resume(); process.stdin.on('end', () => process.exit(0));`;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-supervisor-'));
    supervisors = [];
    starts = 0;
  });
  afterEach(async () => {
    await Promise.all(supervisors.map((one) => one.stop()));
    rmSync(dir, { recursive: true, force: true });
  });

  it('rests when the engine says that only a person can help, and starts again when asked', async () => {
    const webjs = supervise('webjs', failing('BROWSER_MISSING'));
    await assert.rejects(webjs.start(), { code: 'BROWSER_MISSING', engine: 'webjs' });
    const { state, error, nextStartAtMs } = webjs.view();
    assert.deepEqual([state, error?.code], ['resting', 'BROWSER_MISSING']);
    assert.ok((nextStartAtMs ?? 0) > Date.now() + 200_000);
    assert.equal(starts, 1);
    writeFileSync(join(dir, 'webjs.mjs'), ready);
    await webjs.restart('asked for');
    assert.deepEqual([webjs.view().state, webjs.view().error], ['running', null]);
  });

  it('neither delays nor restarts the other engine', async () => {
    const webjs = supervise('webjs', failing('ENGINE_START_FAILED'));
    const baileys = supervise('baileys', ready);
    const failed = webjs.start();
    failed.catch(() => undefined);
    await baileys.start();
    const { pid } = baileys.view();
    await assert.rejects(failed, { code: 'ENGINE_START_FAILED' });
    await until(() => webjs.view().deaths >= 2, 'second try');
    assert.deepEqual([baileys.view().pid, baileys.view().generation, baileys.view().deaths], [pid, 1, 0]);
  });
});
