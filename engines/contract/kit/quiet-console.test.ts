import assert from 'node:assert/strict';
import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { quietConsole } from './quiet-console.ts';

describe('engine kit: quiet console', () => {
  it('swallows every way to print, until it is restored', () => {
    const out = new PassThrough();
    const target = new Console(out, out) as unknown as globalThis.Console;
    const quiet = quietConsole(target);
    for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const) {
      target[method]('a key');
    }
    assert.equal(out.read(), null);
    assert.equal(quiet.count(), 7);
    quiet.restore();
    target.info('after');
    assert.equal(String(out.read()), 'after\n');
  });
});
