import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('main.mjs', import.meta.url));

const run = (...args: readonly string[]) => spawn(process.execPath, [MAIN, ...args], { stdio: 'pipe' });

const textOf = async (stream: AsyncIterable<Buffer>): Promise<string> => {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
};

describe('npm run simulator', () => {
  it('announces itself, answers, and stops cleanly on Ctrl-C', async () => {
    const child = run('--preset', 'tiny', '--seed', 'another', '--json');
    const lines = createInterface({ input: child.stdout });
    const [line] = (await once(lines, 'line')) as [string];
    const ready = JSON.parse(line);
    assert.equal(ready.event, 'ready');
    assert.match(ready.environment.TANDEM_TEST_WA_URL, /^ws:\/\/127\.0\.0\.1:\d+\/ws\/chat$/);
    assert.match(ready.environment.TANDEM_TEST_WA_ROOT, /^[0-9a-f]{64}$/);
    const about = (await (await fetch(ready.controlUrl)).json()) as { readonly seed: string };
    assert.equal(about.seed, 'another');
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
  });

  it('tidies up without a word when its parent is gone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tandem-orphan-'));
    try {
      const child = spawn(process.execPath, [MAIN, '--preset', 'tiny', '--json', '--with-parent'], {
        stdio: 'pipe',
        env: { ...process.env, TMPDIR: folder, TEMP: folder },
      });
      await once(createInterface({ input: child.stdout }), 'line');
      assert.notDeepEqual(await readdir(folder), []);
      const gone = Promise.all([textOf(child.stderr), once(child, 'exit')]);
      child.stdout.destroy();
      child.stdin.end();
      const [said, [code]] = await gone;
      assert.deepEqual([said, code, await readdir(folder)], ['', 0, []]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('explains itself, and what is wrong with an option', async () => {
    const help = run('--help');
    assert.match(await textOf(help.stdout), /npm run simulator/);
    const wrong = run('--preset', 'nonsense');
    const [said, [code]] = await Promise.all([textOf(wrong.stderr), once(wrong, 'exit')]);
    assert.match(said, /no preset "nonsense"/);
    assert.equal(code, 1);
  });
});
