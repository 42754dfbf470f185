import assert from 'node:assert/strict';
import { Hono } from 'hono';
import { type GuardSettings, hostAndOriginGuard } from './guards.ts';

const local: GuardSettings = { host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] };

async function ask(settings: GuardSettings, headers: Record<string, string>, method = 'GET') {
  const app = new Hono();
  let reached = false;
  app.use(hostAndOriginGuard(settings));
  app.all('*', () => {
    reached = true;
    return new Response('inside');
  });
  const response = await app.request('http://ignored/', { method, headers });
  return { status: response.status, reached, headers: response.headers };
}

describe('host and origin guard', () => {
  it('lets loopback names through, with any port', async () => {
    for (const host of ['127.0.0.1:8080', 'localhost:8080', 'localhost', '[::1]:8080', '127.0.0.9']) {
      assert.equal((await ask(local, { host })).status, 200, host);
    }
  });

  it('refuses names that were rebound to this machine, before anything else runs', async () => {
    for (const host of ['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', '192.168.1.5', '']) {
      const { status, reached } = await ask(local, { host });
      assert.equal(status, 403, host);
      assert.equal(reached, false);
    }
  });

  it('takes further names from the settings, and any address when listening on all', async () => {
    const open = { ...local, host: '0.0.0.0', allowedHosts: ['Tandem.example', 'proxy.example:8443'] };
    for (const host of ['tandem.example:80', 'proxy.example:8443', '192.168.1.5:8080', '[fe80::1]:8080']) {
      assert.equal((await ask(open, { host })).status, 200, host);
    }
    for (const host of ['other.example', 'proxy.example:1']) {
      assert.equal((await ask(open, { host })).status, 403, host);
    }
  });

  it('refuses pages of other origins, takes its own', async () => {
    const host = 'localhost:8080';
    for (const origin of ['http://localhost:8080', 'https://localhost:8080']) {
      assert.equal((await ask(local, { host, origin }, 'POST')).status, 200, origin);
    }
    for (const origin of ['http://evil.example', 'http://localhost:3000', 'null', 'http://localhost']) {
      const { status, reached } = await ask(local, { host, origin }, 'POST');
      assert.equal(status, 403, origin);
      assert.equal(reached, false);
    }
  });

  it('gives allowed origins what a browser asks for, and answers their preflight itself', async () => {
    const settings = { ...local, allowedOrigins: ['https://app.example'] };
    const headers = { host: 'localhost', origin: 'https://app.example' };
    const plain = await ask(settings, headers, 'POST');
    assert.equal(plain.headers.get('access-control-allow-origin'), 'https://app.example');
    assert.match(plain.headers.get('access-control-expose-headers') ?? '', /Mcp-Session-Id/);
    const preflight = await ask(settings, headers, 'OPTIONS');
    assert.equal(preflight.status, 204);
    assert.equal(preflight.reached, false);
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /Authorization/);
  });
});
