import assert from 'node:assert/strict';
import { type Bench, createBench } from './testing/bench.ts';
import { type Cable, createCable } from './testing/cable.ts';

/** After upgrade, greeting and registration the client confirms the QR codes that it got, and asks for a code. */
const WHILE_ASKING_FOR_A_CODE = 4;

describe('baileys: a code, and a connection that breaks while it is made', () => {
  let bench: Bench;
  let cable: Cable;
  beforeEach(async () => {
    bench = await createBench(
      {},
      {
        waUrl: async (real) => {
          cable = await createCable(real);
          return cable.url;
        },
      },
    );
  });
  afterEach(async () => {
    await bench.close();
    await cable.close();
  });

  const askForCode = async () => {
    const phone = bench.simulator.account.person('me').pn?.split('@')[0] ?? '';
    return bench.engine.commands['link.code']?.({ phone }, AbortSignal.timeout(15_000));
  };

  it('asks once more, with fresh credentials, and links', async () => {
    cable.breakNextAt(WHILE_ASKING_FOR_A_CODE);
    const result = await askForCode();
    assert.ok(result?.state === 'offered' && result.offer.method === 'code');
    assert.equal(cable.connections(), 2);
    assert.equal(await bench.simulator.phone.enterCode(result.offer.code), 'linked');
    await bench.level('ready');
  }).timeout(20_000);

  it('gives up after the second time, and says why', async () => {
    cable.breakNextAt(WHILE_ASKING_FOR_A_CODE);
    const refused = assert.rejects(askForCode(), { code: 'AUTH_PAIRING_FAILED' });
    await bench.until(() => cable.connections() === 1, 'a first connection');
    cable.breakNextAt(WHILE_ASKING_FOR_A_CODE);
    await refused;
    assert.equal(cable.connections(), 2);
    assert.equal(bench.engine.status().level, 'unlinked');
  }).timeout(20_000);

  it('a QR attempt meanwhile wins', async () => {
    cable.breakNextAt(WHILE_ASKING_FOR_A_CODE);
    const refused = assert.rejects(askForCode(), { code: 'AUTH_PAIRING_FAILED' });
    await bench.until(
      () => cable.connections() === 1 && bench.engine.status().level === 'linking',
      'linking',
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    await bench.linkByQr();
    await refused;
    assert.equal(cable.connections(), 3, 'the code attempt, the QR attempt, the login');
  }).timeout(20_000);
});
