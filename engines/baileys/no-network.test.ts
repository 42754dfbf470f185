import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createCertificate } from '#simulator/wire/media/certificate.ts';
import { type Bench, createBench } from './testing/bench.ts';
import { type Cable, createCable } from './testing/cable.ts';

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('baileys: without a network', () => {
  let bench: Bench;
  const cables: Cable[] = [];
  afterEach(async () => {
    await bench.close();
    for (const cable of cables.splice(0)) await cable.close();
  });

  const refusesToLink = async (code: string) => {
    const { level, reason } = bench.engine.status();
    assert.deepEqual([level, reason], ['unlinked', 'not-linked'], 'nothing is tried before somebody asks');
    for (const ask of [
      () => bench.run('link.qr', {}),
      () => bench.run('link.code', { phone: '4915112345678' }),
    ]) {
      await assert.rejects(ask, { code });
      const after = bench.engine.status();
      assert.deepEqual([after.level, after.reason], ['unlinked', 'network-unreachable']);
      assert.equal(after.lastError?.code, code);
      assert.equal(after.lastDisconnect?.reason, 'network-unreachable');
    }
  };

  it('says so when a name cannot be resolved', async () => {
    bench = await createBench({}, { waUrl: () => 'ws://no-such-host.invalid/ws/chat' });
    await refusesToLink('CONNECTION_DNS_FAILED');
  });

  it('says so when nobody answers', async () => {
    const port = await closedPort();
    bench = await createBench({}, { waUrl: () => `ws://127.0.0.1:${port}/ws/chat` });
    await refusesToLink('CONNECTION_REJECTED');
  });

  it('says so when somebody on the way opens secure connections', async () => {
    const { certPem, keyPem } = createCertificate(['127.0.0.1'], Date.now());
    const server = createTlsServer({ cert: certPem, key: keyPem }, (socket) => socket.end());
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    bench = await createBench({}, { waUrl: () => `wss://127.0.0.1:${port}/ws/chat` });
    try {
      await refusesToLink('CONNECTION_TLS_FAILED');
    } finally {
      server.close();
    }
  });

  it('while linked: keeps trying, from the start on too, and comes back with the network', async () => {
    bench = await createBench(
      {},
      {
        waUrl: async (real) => {
          const cable = await createCable(real);
          cables.push(cable);
          return cable.url;
        },
      },
    );
    await bench.synced();
    const cable = cables.pop() ?? assert.fail('no cable');
    await cable.close();
    const cutOff = await bench.until(() => {
      const status = bench.engine.status();
      return status.reason === 'network-unreachable' && status;
    }, 'a reason');
    assert.deepEqual([cutOff.level, cutOff.lastError?.code], ['recovering', 'CONNECTION_REJECTED']);
    assert.ok(cutOff.account !== null, 'still linked');
    await bench.restart();
    const restarted = await bench.until(() => {
      const status = bench.engine.status();
      return status.reason === 'network-unreachable' && status.reconnectAttempts > 1 && status;
    }, 'tries after a start');
    assert.equal(restarted.level, 'recovering');
    await assert.rejects(bench.run('session.probe', {}), { code: 'NOT_CONNECTED' });
    cables.push(await createCable(bench.simulator.waUrl, Number(new URL(cable.url).port)));
    const { lastError, reason } = await bench.level('ready');
    assert.deepEqual([lastError, reason], [null, 'none']);
  }).timeout(20_000);
});
