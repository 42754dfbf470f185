import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTandem } from '../rig/tandem.ts';

describe('tandem demo --chaos', () => {
  it('--once goes through every fault, proves that nothing was lost, and leaves nothing behind', async function () {
    this.timeout(300_000);
    const scratch = mkdtempSync(join(tmpdir(), 'tandem-chaos-demo-'));
    try {
      const demo = runTandem(['demo', '--chaos', '--once', '--seed', '5'], { TMPDIR: scratch });
      const code = await demo.code;
      const text = demo.lines.join('\n');
      assert.equal(code, 0, text + demo.errors());
      for (const fault of ['baileys process killed', 'browser killed', 'page hangs', 'both processes killed'])
        assert.match(text, new RegExp(`^${fault} +\\d`, 'm'));
      assert.match(text, /each in the store exactly once/);
      assert.match(text, /arrived twice 0, lost 0/);
      assert.match(text, /Every process has ended/);
      assert.deepEqual(readdirSync(scratch), []);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
});
