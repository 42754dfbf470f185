import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TandemError } from '#kernel/errors.ts';
import { type Bench, createBench } from './testing/bench.ts';

describe('webjs: session', () => {
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
    assert.equal(bench.browsers().length, 1);
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
});
