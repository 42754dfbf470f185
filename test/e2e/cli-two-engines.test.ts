import assert from 'node:assert/strict';
import { z } from 'zod';
import { until } from '#kernel/testing/until.ts';
import { runTandem } from '../rig/tandem.ts';
import { bothEngines, createWorld, type World } from '../rig/world.ts';

const offerSchema = z.object({ event: z.literal('qr'), engine: z.string(), text: z.string() });

describe('the command line with two engines', function () {
  this.timeout(120_000);
  let world: World;
  beforeEach(async () => {
    world = await createWorld('tiny');
  });
  afterEach(() => world.close());

  const env = (more: Readonly<Record<string, string>> = {}) => ({
    ...world.env,
    ...bothEngines,
    TANDEM_DATA_DIR: world.dataDir,
    ...more,
  });
  /** The events so far, by name. */
  const events = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as { event: string });

  it('links one device after the other, tells what runs, and unlinks one alone', async () => {
    const service = await world.start(bothEngines);
    const link = runTandem(['link', '--json'], env());
    for (const engine of ['baileys', 'webjs']) {
      const found = await until(
        () => events(link.lines).find((one) => offerSchema.safeParse(one).data?.engine === engine),
        `QR code of ${engine}`,
        60_000,
      );
      // The second is offered only when the first is there.
      const linked = events(link.lines).filter(({ event }) => event === 'linked').length;
      assert.equal(linked, engine === 'baileys' ? 0 : 1);
      await world.simulator.phone.scanQr(offerSchema.parse(found).text);
    }
    assert.equal(await link.code, 0, link.errors());
    assert.equal(events(link.lines).filter(({ event }) => event === 'linked').length, 2);

    await until(
      async () => (await service.status()).engines.every(({ level }) => level === 'ready'),
      'both engines ready',
      60_000,
    );
    const status = runTandem(['status'], env());
    assert.equal(await status.code, 0);
    const text = status.lines.join('\n');
    assert.match(text, /baileys +ready/);
    assert.match(text, /webjs +ready.*Chrome.*pid \d+/);

    const doctor = runTandem(['doctor', '--json'], env());
    await doctor.code;
    const { checks } = JSON.parse(doctor.lines[0] ?? '{}') as { checks: { id: string; ok: boolean }[] };
    for (const id of ['browser', 'profile', 'account', 'devices', 'engine_baileys', 'engine_webjs'])
      assert.equal(checks.find((check) => check.id === id)?.ok, true, id);

    const again = runTandem(['link'], env());
    assert.equal(await again.code, 0, again.errors());
    assert.match(again.lines.join('\n'), /baileys: linked as .*\n.*webjs: linked as /);

    const logout = runTandem(['logout', '--engine', 'webjs', '--yes', '--json'], env());
    assert.equal(await logout.code, 0, logout.errors());
    const { engines } = await service.status();
    assert.deepEqual(
      engines.map(({ engine, linked }) => [engine, linked]),
      [
        ['baileys', true],
        ['webjs', false],
      ],
    );
  });

  it('goes on with one engine where the other has no browser, and says so', async () => {
    const noBrowser = { TANDEM_WEBJS_EXECUTABLE: '/nowhere/chromium' };
    const service = await world.start({ ...bothEngines, ...noBrowser });
    const link = runTandem(['link', '--json'], env(noBrowser));
    const found = await until(
      () => events(link.lines).find((one) => offerSchema.safeParse(one).success),
      'QR code of baileys',
      60_000,
    );
    await world.simulator.phone.scanQr(offerSchema.parse(found).text);
    assert.equal(await link.code, 0, link.errors());
    assert.deepEqual(events(link.lines).at(-1), {
      event: 'skipped',
      engine: 'webjs',
      code: 'BROWSER_MISSING',
    });
    const alone = runTandem(['link', '--json', '--engine', 'webjs'], env(noBrowser));
    assert.equal(await alone.code, 1);
    assert.match(alone.lines.at(-1) ?? '', /BROWSER_MISSING/);
    const { engines } = await service.status();
    const webjs = engines.find(({ engine }) => engine === 'webjs');
    assert.equal(webjs?.reason, 'browser-missing');
    const unknown = runTandem(['link', '--engine', 'other'], env(noBrowser));
    assert.equal(await unknown.code, 2);
  });
});
