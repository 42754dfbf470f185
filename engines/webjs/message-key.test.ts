import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, launch, type Page } from 'puppeteer';
import { requireBrowser } from '#kernel/browser-path.ts';
import { fillKeys, restoreKeysInLibrary, restoreKeysInPage } from './message-key.ts';

describe('webjs: message keys in the page', function () {
  this.timeout(20_000);
  let dir: string;
  let browser: Browser;
  let page: Page;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tandem-keys-'));
    const { executable } = requireBrowser({ setting: null });
    browser = await launch({
      executablePath: executable,
      userDataDir: dir,
      pipe: true,
      args: ['--no-sandbox'],
    });
    page = await browser.newPage();
  });
  after(async () => {
    await browser.close();
    await rm(dir, { recursive: true, force: true });
  });
  beforeEach(() => page.goto('about:blank'));

  /** Puts a module of keys there; `keeping` is the part of the constructor that keeps the text of the key. */
  const withKeys = (keeping: string, methods: string, exported = 'Key') =>
    page.evaluate(`
      class Key {
        constructor(parts) {
          Object.assign(this, parts);
          const text = [parts.fromMe, parts.remote, parts.id, parts.participant, parts.self].filter((p) => p !== undefined).join('_');
          ${keeping}
        }
        ${methods}
      }
      globalThis.Key = Key;
      globalThis.require = (name) => { if (name !== 'WAWebMsgKey') throw new Error('unknown module'); return ${exported}; };
    `);
  const textOf = (parts: object) =>
    page.evaluate((given) => {
      const { Key } = globalThis as unknown as { Key: new (parts: object) => { _serialized?: unknown } };
      return new Key(given)._serialized;
    }, parts);
  const parts = { fromMe: false, remote: '49151@c.us', id: '3EB0AB' };

  for (const [what, keeping, methods, exported] of [
    ['an older build', 'this._serialized = text;', 'toString() { return this._serialized; }', 'Key'],
    ['a build that calls it $1', 'this.$1 = text;', 'toString() { return this.$1; }', 'Key'],
    [
      'a build that calls it anything',
      'this.qq = text;',
      'toString() { return this.qq; }',
      '({ default: Key })',
    ],
    ['a build whose keys do not write themselves', '', '', 'Key'],
  ] as const) {
    it(`have their text in ${what}`, async () => {
      await withKeys(keeping, methods, exported);
      assert.equal(await restoreKeysInPage(page), true);
      assert.equal(await restoreKeysInPage(page), true);
      assert.equal(await textOf(parts), 'false_49151@c.us_3EB0AB');
      const participant = '49152@lid';
      assert.equal(await textOf({ ...parts, participant }), 'false_49151@c.us_3EB0AB_49152@lid');
      if (methods !== '') {
        // The chat with oneself has a fifth part.
        assert.equal(await textOf({ ...parts, fromMe: true, self: 'out' }), 'true_49151@c.us_3EB0AB_out');
      }
    });
  }

  it('are left alone before there are any', async () => {
    assert.equal(await restoreKeysInPage(page), false);
    await page.evaluate(`globalThis.require = () => { throw new Error('unknown module'); }`);
    assert.equal(await restoreKeysInPage(page), false);
  });
});

describe('webjs: message keys in the library', () => {
  before(restoreKeysInLibrary);
  const id = { fromMe: true, remote: '49151@c.us', id: '3EB0AB' };
  const text = 'true_49151@c.us_3EB0AB';

  it('are filled from whatever the text is called now, or from the parts', () => {
    assert.deepEqual(fillKeys({ ...id, $1: `${text}_out` }), {
      ...id,
      $1: `${text}_out`,
      _serialized: `${text}_out`,
    });
    assert.deepEqual(fillKeys({ ...id, zz: text }), { ...id, zz: text, _serialized: text });
    assert.deepEqual(fillKeys({ ...id }), { ...id, _serialized: text });
    const remote = { server: 'c.us', user: '49151' };
    assert.equal((fillKeys({ ...id, remote }) as { _serialized?: string })._serialized, text);
    const kept = { ...id, _serialized: 'true_as_it_was' };
    assert.deepEqual(fillKeys({ ...kept }), kept);
  });

  it('are filled deep inside, and data that loops or is nothing does no harm', () => {
    const data: Record<string, unknown> = {
      id: { ...id },
      list: [{ quoted: { id: { ...id } } }],
      nothing: null,
    };
    data.self = data;
    fillKeys(data);
    const found = data as unknown as { list: { quoted: { id: { _serialized: string } } }[] };
    assert.equal(found.list[0]?.quoted.id._serialized, text);
    assert.equal(fillKeys(null), null);
    assert.equal(fillKeys('text'), 'text');
  });

  it('stand in messages and reactions that the library makes', () => {
    restoreKeysInLibrary();
    const structures = createRequire(import.meta.url)('whatsapp-web.js/src/structures');
    const make = (name: 'Message' | 'Reaction', data: object) =>
      Reflect.construct(structures[name], [{}, data]) as { id: { _serialized?: string } } & {
        msgId?: { _serialized?: string };
      };
    assert.equal(
      make('Message', { id: { ...id }, from: 'a@c.us', to: 'b@c.us', mentionedJidList: [] }).id._serialized,
      text,
    );
    const reaction = make('Reaction', {
      msgKey: { ...id },
      parentMsgKey: { ...id, id: 'AA' },
      reactionText: '.',
    });
    assert.equal(reaction.msgId?._serialized, 'true_49151@c.us_AA');
  });
});
