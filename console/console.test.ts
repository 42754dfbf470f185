import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { TandemError } from '#kernel/errors.ts';
import type { EngineView } from '#orchestrator/services/ports.ts';
import type { LinkRequest } from './ports.ts';
import { createTestConsole, post } from './testing/app.ts';
import { BROWSER, engineView, NOW_MS, QR_TEXT } from './testing/facts.ts';
import { statusViewSchema } from './view/status.ts';

const TOKEN = 'k'.repeat(40);

function build(options: { readonly token?: string; readonly engines?: readonly EngineView[] } = {}) {
  const linked: LinkRequest[] = [];
  const built = createTestConsole(
    {
      engines: () => options.engines ?? [engineView()],
      link: (request) => {
        linked.push(request);
        if (request.phone === '12') throw new TandemError('INVALID_PHONE_FORMAT');
        return Promise.resolve({ engine: 'baileys', offer: null, codeRefused: null });
      },
      logout: () =>
        Promise.resolve([
          { engine: 'baileys', wasLinked: true, unlinkedOnServer: true, sessionDeleted: true },
        ]),
    },
    { token: options.token ?? null },
  );
  return { ...built, linked };
}

const webjs = (change: Parameters<typeof engineView>[0]) => engineView({ ...change, engine: 'webjs' });

describe('console', () => {
  it('escapes every text of the account', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'&';
    const { app } = build({
      engines: [engineView({ account: { pn: '4915112345678@s.whatsapp.net', lid: null, pushName: evil } })],
    });
    const page = await (await app.request('/')).text();
    assert.ok(!page.includes('<img src=x'));
    assert.ok(page.includes('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;'));
    assert.ok(page.includes('…5678') && !page.includes('4915112345678'), 'the own number is masked');
  });

  it('finds its pages with a slash behind them, too', async () => {
    const { app } = build();
    for (const path of ['/coverage', '/queues'])
      assert.equal((await app.request(`${path}/`)).headers.get('location'), path);
    assert.equal((await app.request('/coverage')).status, 200);
  });

  it('shows commands as code, without backticks', async () => {
    const { app } = build({
      engines: [engineView({ level: 'failed', reason: 'start-failed', account: null })],
    });
    const page = await (await app.request('/')).text();
    assert.ok(page.includes('Run <code>tandem doctor</code>.'));
    assert.ok(!page.includes('`'));
  });

  it('offers the second device once the first is linked, and one code at a time before', async () => {
    const unlinked = { level: 'unlinked', reason: 'not-linked', account: null } as const;
    const offer = { method: 'qr', text: QR_TEXT, expiresAtMs: NOW_MS + 20_000 } as const;
    const pageOf = async (...engines: readonly EngineView[]) =>
      (await build({ engines }).app.request('/')).text();
    const codes = (page: string) => page.match(/<div class="qr">/g)?.length ?? 0;

    const before = await pageOf(engineView({ ...unlinked, level: 'linking', offer }), webjs(unlinked));
    assert.equal(codes(before), 1);
    assert.match(before, /<h2>Link your phone<\/h2><span class="chip">baileys</);
    assert.ok(!before.includes('Link the second device'));
    assert.equal(before.match(/No account is linked/g)?.length, 1, 'the code itself says what to do');

    const after = await pageOf(engineView(), webjs({ ...unlinked, level: 'linking', offer }));
    assert.equal(codes(after), 1);
    assert.match(after, /<h2>Link the second device<\/h2><span class="chip">webjs</);
    assert.match(after, /Ready on one engine/);

    const linked = await pageOf(engineView(), webjs({ browser: BROWSER }));
    assert.ok(!linked.includes('Link '));
    assert.ok(linked.includes(BROWSER.pageVersion) && linked.includes('pid 4712'));
    assert.match(linked, /Seen by no other<\/dt><dd>345</);
  });

  it('says what is missing instead of offering a code that cannot come', async () => {
    const { app } = build({
      engines: [engineView(), webjs({ level: 'failed', reason: 'browser-missing', account: null })],
    });
    const page = await (await app.request('/')).text();
    assert.match(page, /No browser was found.*TANDEM_WEBJS_EXECUTABLE/s);
    assert.ok(!page.includes('Link the second device'));
  });

  it('gives the code of the engine that is asked for', async () => {
    const offer = { method: 'qr', text: QR_TEXT, expiresAtMs: NOW_MS + 20_000 } as const;
    const { app } = build({ engines: [engineView(), webjs({ level: 'linking', account: null, offer })] });
    assert.equal((await app.request('/api/qr?engine=baileys')).status, 204);
    assert.equal((await app.request('/api/qr?engine=webjs')).status, 200);
  });

  it('allows nothing inline and nothing from elsewhere', async () => {
    const { app } = build({
      engines: [
        engineView({
          level: 'linking',
          account: null,
          offer: { method: 'qr', text: QR_TEXT, expiresAtMs: NOW_MS + 20_000 },
        }),
      ],
    });
    const answer = await app.request('/');
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.ok(!policy.includes('unsafe-inline'));
    const page = await answer.text();
    assert.ok(!/\sstyle="|\son\w+="|<style/.test(page));
    assert.match(page, /<svg [^>]*>/, 'the QR code is on the page');
    assert.ok(!page.includes(QR_TEXT), 'its text is not');
    for (const [, path] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
      assert.equal((await app.request(path ?? '')).status, 200, path);
    }
  });

  it('answers the status in the promised shape', async () => {
    const { app } = build();
    const status = statusViewSchema.parse(await (await app.request('/api/status')).json());
    assert.equal(status.ready, true);
    assert.equal(status.store?.messages, 12_345);
    assert.equal(status.engines[0]?.account?.number, '…5678');
  });

  it('gives the QR code as a picture, or nothing', async () => {
    assert.equal((await build().app.request('/api/qr')).status, 204);
    const offer = { method: 'qr', text: QR_TEXT, expiresAtMs: NOW_MS + 20_000 } as const;
    const answer = await build({ engines: [engineView({ offer })] }).app.request('/api/qr');
    assert.equal(answer.headers.get('content-type'), 'image/png');
    assert.deepEqual([...new Uint8Array(await answer.arrayBuffer()).slice(1, 4)], [...Buffer.from('PNG')]);
  });

  it('refuses changes without its header, and bodies that do not fit', async () => {
    const { app, linked } = build();
    assert.equal((await app.request('/api/link', post({}, {}))).status, 403);
    assert.equal((await app.request('/api/logout', post({ confirm: true }, {}))).status, 403);
    assert.equal((await app.request('/api/logout', post({}))).status, 400);
    assert.equal((await app.request('/api/link', post({ engine: 'other' }))).status, 400);
    assert.equal((await app.request('/api/link', post({ phone: '1'.repeat(5_000) }))).status, 400);
    assert.deepEqual(linked, []);
    assert.equal((await app.request('/api/link', post({ phone: '+49 151' }))).status, 200);
    assert.deepEqual(linked, [{ engine: null, phone: '+49 151' }]);
    const refused = await app.request('/api/link', post({ phone: '12' }));
    assert.equal(refused.status, 400);
    assert.equal(((await refused.json()) as { error: { code: string } }).error.code, 'INVALID_PHONE_FORMAT');
  });

  it('keeps page and routes behind the token, and health open', async () => {
    const { app } = build({ token: TOKEN });
    assert.equal((await app.request('/')).status, 401);
    assert.equal((await app.request('/api/status')).status, 401);
    assert.equal(
      (await app.request('/api/status', { headers: { authorization: `Bearer ${TOKEN}x` } })).status,
      401,
    );
    assert.equal(
      (await app.request('/api/status', { headers: { authorization: `Bearer ${TOKEN}` } })).status,
      200,
    );
    for (const path of ['/health', '/livez', '/healthz', '/readyz']) {
      assert.equal((await app.request(path)).status, 200, path);
    }
    const form = (token: string) => ({ method: 'POST', body: new URLSearchParams({ token }) });
    assert.equal((await app.request('/login', form('wrong'))).status, 401);
    const signedIn = await app.request('/login', form(TOKEN));
    const cookie = signedIn.headers.get('set-cookie') ?? '';
    assert.match(cookie, /HttpOnly; SameSite=Strict/);
    assert.ok(!cookie.includes(TOKEN));
    assert.equal((await app.request('/', { headers: { cookie: cookie.split(';')[0] ?? '' } })).status, 200);
  });

  it('leads after signing in to the page that was asked for, and nowhere else', async () => {
    const { app } = build({ token: TOKEN });
    const nextOf = async (path: string) =>
      / name="next" type="hidden" value="([^"]*)"/.exec(await (await app.request(path)).text())?.[1];
    const signIn = (next: string, token = TOKEN) =>
      app.request('/login', { method: 'POST', body: new URLSearchParams({ token, next }) });
    for (const path of [
      '/',
      '/coverage',
      '/coverage/table',
      '/queues',
      '/queues/queue/history?status=active',
    ]) {
      assert.equal(await nextOf(path), path);
      assert.equal((await signIn(path)).headers.get('location'), path);
    }
    const again = await (await signIn('/queues', 'wrong')).text();
    assert.match(again, /name="next" type="hidden" value="\/queues"/);
    for (const elsewhere of [
      'https://a.example/',
      '//a.example',
      '/\\a.example',
      '/.//a.example',
      'queues',
      '',
    ])
      assert.equal((await signIn(elsewhere)).headers.get('location'), '/', elsewhere);
  });

  it('does not send the reader of the page to the page', async () => {
    const offer = { method: 'qr', text: QR_TEXT, expiresAtMs: NOW_MS + 20_000 } as const;
    const unlinked = { level: 'unlinked', reason: 'not-linked', account: null } as const;
    const { app } = build({
      engines: [
        engineView({ level: 'linking', reason: 'waiting-for-scan', account: null, offer }),
        webjs(unlinked),
      ],
    });
    const page = await (await app.request('/')).text();
    assert.match(page, /No account is linked\./);
    assert.doesNotMatch(page, /open the status page/);
  });

  it('shows what an assistant is given: with the header of the token where one is set, never the token', async () => {
    const configOf = async (token: string | null) => {
      const { app } = build(token === null ? {} : { token });
      const authorization = { authorization: `Bearer ${token}` };
      const page = await (await app.request('/', token === null ? {} : { headers: authorization })).text();
      const [, shown = ''] = /<pre id="client-config">([^<]*)</.exec(page) ?? [];
      const { mcpServers } = JSON.parse(shown.replaceAll('&quot;', '"'));
      return { page, headers: mcpServers.tandem.headers };
    };
    const open = await configOf(null);
    assert.equal(open.headers, undefined);
    assert.ok(!open.page.includes('tandem status --token'));
    const guarded = await configOf(TOKEN);
    assert.match(guarded.headers?.Authorization ?? '', /^Bearer [A-Z-]+$/);
    assert.match(guarded.page, /tandem status --token/);
    assert.ok(!guarded.page.includes(TOKEN));
  });

  it('streams the status as events', async () => {
    const { app, close } = build();
    const reader = (await app.request('/api/events')).body?.getReader();
    const chunk = new TextDecoder().decode((await reader?.read())?.value);
    assert.match(chunk, /^event: status\ndata: \{/);
    await reader?.cancel();
    close();
  });

  it('answers unknown addresses with a typed error', async () => {
    const answer = await build().app.request('/nothing/here');
    assert.equal(answer.status, 404);
    assert.equal(((await answer.json()) as { error: { code: string } }).error.code, 'ROUTE_NOT_FOUND');
  });
});
