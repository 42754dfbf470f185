import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { TandemError } from '#kernel/errors.ts';
import { type LibrarySurface, readLibrarySurface, removedFrom } from './library-surface.ts';
import { pageModules } from './page-helpers.ts';
import { capabilitySurface } from './surface.ts';
import { type Bench, createBench } from './testing/bench.ts';

const recorded = JSON.parse(
  readFileSync(new URL('./library-surface.json', import.meta.url), 'utf8'),
) as LibrarySurface;

describe('webjs: surface', function () {
  this.timeout(30_000);

  it('the installed library still has everything that we use of it', () => {
    assert.deepEqual(removedFrom(recorded, readLibrarySurface()), []);
  });

  it('what is recorded of the library is what is installed', () => {
    assert.deepEqual(
      recorded,
      readLibrarySurface(),
      'read the difference, adapt the engine, then run: npx node scripts/library-surface.ts',
    );
  });

  it('names what an upgrade has removed', () => {
    const { inject = [], ...client } = recorded.client;
    const less: LibrarySurface = {
      ...recorded,
      client: { ...client, attachEventListeners: [] },
      events: recorded.events.filter((event) => event !== 'qr'),
    };
    const removed = removedFrom(recorded, less);
    assert.ok(inject.length > 0);
    assert.ok(removed.includes('client: inject'));
    assert.ok(removed.includes('client.attachEventListeners: WAWebCollections'));
    assert.ok(removed.includes('events: qr'));
  });

  it('our own code in the page uses no module that is not written down', () => {
    const folder = new URL('./inside/', import.meta.url);
    const used = new Set(
      readdirSync(folder).flatMap((name) =>
        [...readFileSync(new URL(name, folder), 'utf8').matchAll(/(?:require|module)\('(WAWeb\w+)'/g)].map(
          ([, module]) => module ?? '',
        ),
      ),
    );
    const known = new Set([
      ...Object.keys(pageModules),
      ...Object.values(capabilitySurface).flatMap((paths) => paths.map((path) => path.split('.')[0] ?? '')),
      // The session and the watchdog look there, too.
      'WAWebSocketModel',
    ]);
    assert.ok(used.size > 10);
    assert.deepEqual(
      [...used].filter((module) => !known.has(module)),
      [],
    );
  });

  describe('on a page', () => {
    let bench: Bench;
    afterEach(() => bench.close());

    it('nothing is missing on a page that is well; what goes missing impairs what needs it', async () => {
      bench = await createBench();
      await bench.synced();
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.deepEqual(bench.engine.status().impaired, []);
      assert.equal(bench.engine.status().level, 'ready');
      for (const capability of Object.keys(capabilitySurface)) {
        assert.ok(bench.engine.status().capabilities.includes(capability as 'send.text'), capability);
      }

      bench.simulator.web.faults.set({
        missingModules: ['WAWebSendReactionMsgAction', 'WAWebQueryExistsJob'],
      });
      await bench.restart();
      await bench.level('degraded');
      const { impaired, reason } = bench.engine.status();
      assert.equal(reason, 'page-changed');
      assert.deepEqual(
        impaired.map(({ capability }) => capability),
        ['message.react', 'contact.lookup'],
      );
      assert.equal(impaired[0]?.error.code, 'WHATSAPP_API_ERROR');
      const lookup = async () =>
        bench.engine.commands['contact.lookup']?.({ phones: ['4915112345678'] }, AbortSignal.timeout(5_000));
      await assert.rejects(
        lookup,
        (error) => error instanceof TandemError && error.details?.reason === 'page-changed',
      );

      // It was only late.
      bench.simulator.web.faults.reset();
      let works = false;
      const again = setInterval(() => {
        lookup().then(
          () => {
            works = true;
          },
          () => undefined,
        );
      }, 100);
      await bench.until(() => works, 'look-up').finally(() => clearInterval(again));
      await bench.level('ready');
      assert.deepEqual(bench.engine.status().impaired, []);
    });
  });
});
