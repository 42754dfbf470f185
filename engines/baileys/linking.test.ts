import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { TandemError } from '#kernel/errors.ts';
import { until } from '#kernel/testing/until.ts';
import { type Bench, createBench } from './testing/bench.ts';

describe('baileys: linking', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await createBench();
  });
  afterEach(() => bench.close());

  const phone = () => bench.simulator.account.person('me').pn?.split('@')[0] ?? '';
  const code = async () => {
    const result = await bench.engine.commands['link.code']?.(
      { phone: phone() },
      AbortSignal.timeout(10_000),
    );
    if (result?.state !== 'offered' || result.offer.method !== 'code') throw new Error('no code');
    return result.offer.code;
  };

  /** A person needs seconds to type it; until then the request has reached the server. */
  const enter = (typed: string) =>
    until(async () => {
      const answer = await bench.simulator.phone.enterCode(typed);
      return answer !== 'no-request' && answer;
    }, 'request for a code');

  it('waits for a person when there is no session', () => {
    const { level, reason, testServer } = bench.engine.status();
    assert.deepEqual([level, reason, testServer], ['unlinked', 'not-linked', true]);
    assert.deepEqual(bench.simulator.wire.devices.companions(), []);
  });

  it('refuses what needs a session', async () => {
    const run = bench.engine.commands['session.probe'];
    await assert.rejects(async () => run?.({}, AbortSignal.timeout(1_000)), { code: 'NOT_AUTHENTICATED' });
  });

  it('links by QR, and shows the same QR to all who ask', async () => {
    const ask = () => bench.engine.commands['link.qr']?.({}, AbortSignal.timeout(10_000));
    const [first, second] = await Promise.all([ask(), ask()]);
    assert.deepEqual(first, second);
    assert.equal(bench.engine.status().reason, 'waiting-for-scan');
    assert.equal(
      first?.state === 'offered' &&
        first.offer.method === 'qr' &&
        (await bench.simulator.phone.scanQr(first.offer.text)),
      'linked',
    );
    const { account, offer } = await bench.level('ready');
    assert.equal(account?.pn, bench.simulator.account.person('me').pn);
    assert.equal(account.lid, bench.simulator.account.person('me').lid);
    assert.equal(offer, null);
    assert.deepEqual(await ask(), { state: 'linked' });
  });

  it('links by code', async () => {
    assert.equal(await enter(await code()), 'linked');
    await bench.level('ready');
  });

  it('starts over after a wrong code', async () => {
    assert.equal(await enter(`${(await code()).startsWith('A') ? 'B' : 'A'}2345678`), 'wrong-code');
    assert.equal(await enter(await code()), 'linked');
    await bench.level('ready');
  });

  it('changes from QR to code', async () => {
    await bench.engine.commands['link.qr']?.({}, AbortSignal.timeout(10_000));
    const entered = await code();
    assert.equal(bench.engine.status().reason, 'waiting-for-code');
    assert.equal(await enter(entered), 'linked');
    await bench.level('ready');
  });

  it('goes with the later of two requests at once', async () => {
    const signal = AbortSignal.timeout(10_000);
    const byQr = bench.engine.commands['link.qr']?.({}, signal);
    const refused = assert.rejects(async () => byQr, { code: 'AUTH_PAIRING_FAILED' });
    const entered = await code();
    await refused;
    assert.equal(await enter(entered), 'linked');
    await bench.level('ready');
  });

  it('says so when the server cannot be reached', async () => {
    bench.simulator.faults.refuseConnections(503);
    const run = bench.engine.commands['link.qr'];
    await assert.rejects(
      async () => run?.({}, AbortSignal.timeout(10_000)),
      (error) => {
        assert.ok(error instanceof TandemError);
        assert.equal(error.code, 'CONNECTION_REJECTED');
        return true;
      },
    );
    assert.equal(bench.engine.status().level, 'unlinked');
    bench.simulator.faults.refuseConnections(null);
    await bench.synced();
  });

  it('keeps the session over a restart, in private files', async () => {
    await bench.synced();
    await bench.restart();
    await bench.level('ready');
    assert.equal(bench.simulator.wire.devices.companions().length, 1);
    for (const name of ['session.db', 'outbox.db']) {
      assert.equal(statSync(join(bench.engineDir, name)).mode & 0o777, 0o600, name);
    }
  });

  it('lets nobody else use the folder', async () => {
    const { createBaileysEngine } = await import('./engine.ts');
    const { createLogger } = await import('#kernel/logger.ts');
    const options = {
      engineDir: bench.engineDir,
      config: {
        testServer: null,
        linkTimeoutSeconds: 60,
        historyWaitMs: 30_000,
        baileysLogLevel: 'silent' as const,
      },
      logger: createLogger({ level: 'silent', program: 'test' }),
    };
    assert.throws(() => createBaileysEngine(options), { code: 'INSTANCE_ALREADY_RUNNING' });
  });

  it('logs out: gone on the server and on disk, outbox kept', async () => {
    await bench.synced();
    const before = bench.of('message').length;
    const run = bench.engine.commands['session.logout'];
    const result = await run?.({}, AbortSignal.timeout(10_000));
    assert.deepEqual(result, { unlinkedOnServer: true, sessionDeleted: true });
    assert.deepEqual(bench.simulator.wire.devices.companions(), []);
    const { level, reason, account } = bench.engine.status();
    assert.deepEqual([level, reason, account], ['unlinked', 'not-linked', null]);
    assert.equal(bench.of('message').length, before);
    assert.deepEqual(await run?.({}, AbortSignal.timeout(1_000)), {
      unlinkedOnServer: false,
      sessionDeleted: false,
    });
    await bench.synced();
  });
});
