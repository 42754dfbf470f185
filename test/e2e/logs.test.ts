import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLinked } from '../rig/linked.ts';
import { createWorld } from '../rig/world.ts';

/** Shorter texts ("ok", "yes") stand in every log by chance. */
const TELLING_TEXT_CHARS = 12;

describe('logs', () => {
  it('hold no message text, no number and no key, even at level debug R:no-text-in-logs', async () => {
    const world = await createWorld('tiny', { pushedPerChat: 40 });
    try {
      const service = await startLinked(world, { TANDEM_LOG_LEVEL: 'trace', TANDEM_SENDING: 'on' });
      world.simulator.faults.drop();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await service.stop();
      const log = service.output() + logFiles(world.dataDir);
      assert.ok(log.length > 1_000, 'the log is suspiciously short');

      let checked = 0;
      for (const message of world.simulator.oracle.messages()) {
        if (message.text === null || message.text.length < TELLING_TEXT_CHARS) continue;
        checked += 1;
        assert.equal(log.includes(message.text), false, `the text of ${message.id} stands in the log`);
      }
      assert.ok(checked > 50, `only ${checked} texts were looked for`);
      for (const person of world.simulator.account.people()) {
        for (const jid of [person.pn, person.lid]) {
          const digits = jid?.split('@')[0];
          if (digits) assert.equal(log.includes(digits), false, 'a number stands in the log');
        }
      }
      // Serialised Signal sessions and credentials give themselves away by these names.
      assert.doesNotMatch(log, /privKey|rootKey|chainKey|advSecretKey|ephemeralKeyPair|"private"|<Buffer/);
      for (const secret of secretsOf(world.dataDir)) {
        assert.equal(log.includes(secret), false, 'key material stands in the log');
      }
    } finally {
      await world.close();
    }
  });
});

function logFiles(dataDir: string): string {
  return readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.log'))
    .map((file) => readFileSync(join(dataDir, file), 'utf8'))
    .join('\n');
}

/** Every base64 value of the stored credentials. */
function secretsOf(dataDir: string): readonly string[] {
  const file = join(dataDir, 'engines', 'baileys', 'session.db');
  assert.ok(existsSync(file));
  const strings = execFileSync('strings', ['-n', '20', file], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const found = [...strings.matchAll(/"data":"([A-Za-z0-9+/]{40,}={0,2})"/g)].map((match) => match[1] ?? '');
  assert.ok(found.length > 10, 'no key material was found to look for');
  return found;
}
