import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TandemError } from '#kernel/errors.ts';
import { type Bench, createBench } from './testing/bench.ts';

describe('webjs: session', function () {
  this.timeout(60_000);
  let bench: Bench;
  afterEach(() => bench.close());

  it('is unlinked without a browser, and links by QR', async () => {
    bench = await createBench();
    assert.equal(bench.engine.status().level, 'unlinked');
    assert.equal(bench.engine.status().browser, null);
    assert.deepEqual(bench.browsers(), []);
    await bench.synced();
    const status = bench.engine.status();
    const me = bench.simulator.account.person('me');
    assert.equal(status.account?.pn, me.pn);
    assert.equal(status.account?.lid, me.lid);
    assert.match(status.browser?.version ?? '', /^Chrome\/\d+/);
    assert.equal(status.browser?.pageVersion, '2.3000.1038112004');
    await bench.until(() => bench.browsers().length === 1, 'one browser');
  });

  it('keeps the link over a restart, and leaves no process behind', async () => {
    bench = await createBench();
    await bench.synced();
    const first = bench.browserPid();
    await bench.restart();
    await bench.level('ready');
    assert.notEqual(bench.browserPid(), first);
    assert.equal(bench.history().includes('linking/none'), true);
    assert.equal(bench.history().filter((one) => one === 'linking/none').length, 1);
    await bench.engine.close();
    assert.deepEqual(bench.browsers(), []);
  });

  it('unlinks itself: the phone sees it, the profile is gone', async () => {
    bench = await createBench();
    await bench.synced();
    const answer = await bench.engine.commands['session.logout']?.({}, AbortSignal.timeout(10_000));
    assert.deepEqual(answer, { unlinkedOnServer: true, sessionDeleted: true });
    const status = bench.engine.status();
    assert.equal(`${status.level}/${status.reason}`, 'unlinked/not-linked');
    assert.equal(existsSync(join(bench.engineDir, 'session')), false);
    assert.deepEqual(bench.simulator.web.pages(), []);
    assert.deepEqual(bench.browsers(), []);
    // And again from the start.
    await bench.synced();
  });

  it('refuses commands while it cannot serve them', async () => {
    bench = await createBench();
    const probe = () => bench.engine.commands['session.probe']?.({}, AbortSignal.timeout(5_000));
    const code = (wanted: string) => (error: unknown) =>
      error instanceof TandemError && error.code === wanted;
    await assert.rejects(async () => probe(), code('NOT_AUTHENTICATED'));
    await bench.synced();
    assert.ok(((await probe())?.roundTripMs ?? -1) >= 0);
  });

  it('links by code; the later of two requests wins', async () => {
    bench = await createBench();
    const first = bench.engine.commands['link.qr']?.({}, AbortSignal.timeout(20_000));
    const lost = assert.rejects(
      async () => first,
      (error) => error instanceof TandemError && error.code === 'AUTH_PAIRING_FAILED',
    );
    await bench.level('linking');
    const phone = bench.simulator.account.person('me').pn?.split('@')[0] ?? '';
    const result = await bench.engine.commands['link.code']?.({ phone }, AbortSignal.timeout(30_000));
    await lost;
    assert.ok(result?.state === 'offered' && result.offer.method === 'code');
    assert.equal(bench.engine.status().reason, 'waiting-for-code');
    assert.equal(await bench.simulator.phone.enterCode(result.offer.code), 'linked');
    await bench.level('ready');
    await bench.until(() => bench.browsers().length === 1, 'one browser');
  });

  it('loads its page again when it is asked to, and says when that is done', async () => {
    bench = await createBench();
    await bench.synced();
    const pid = bench.browserPid();
    const resync = bench.engine.commands['appstate.resync']?.({}, AbortSignal.timeout(30_000));
    await bench.until(() => bench.history().includes('connecting/restart-required'), 'reload');
    assert.equal((await resync)?.resynced.length, 5);
    assert.equal(bench.engine.status().level, 'ready');
    const again = await bench.engine.commands['session.reconnect']?.({}, AbortSignal.timeout(5_000));
    assert.deepEqual(again, { started: true });
    await bench.until(() => bench.engine.status().level !== 'ready', 'reload');
    await bench.level('ready');
    assert.equal(bench.browserPid(), pid);
  });

  it('stops when its session cannot be written, and goes on by itself', async () => {
    bench = await createBench();
    // What is written first has this name: no file can take its place.
    const inTheWay = join(bench.engineDir, 'session.json.new');
    await mkdir(join(inTheWay, 'x'), { recursive: true });
    const result = await bench.engine.commands['link.qr']?.({}, AbortSignal.timeout(20_000));
    assert.ok(result?.state === 'offered' && result.offer.method === 'qr');
    await bench.simulator.phone.scanQr(result.offer.text);
    await bench.level('failed');
    assert.equal(bench.engine.status().reason, 'session-store-failed');
    assert.equal(bench.engine.status().lastError?.code, 'DATABASE_ERROR');
    await rm(inTheWay, { recursive: true });
    await bench.level('ready');
  });

  it('keeps its level while it is looked at from all sides', async () => {
    bench = await createBench();
    await bench.synced();
    const before = bench.engine.status().revision;
    for (let round = 0; round < 20; round += 1) {
      assert.ok(await bench.engine.commands['session.probe']?.({}, AbortSignal.timeout(5_000)));
    }
    assert.equal(bench.engine.status().level, 'ready');
    assert.equal(bench.engine.status().revision, before);
  });
});
