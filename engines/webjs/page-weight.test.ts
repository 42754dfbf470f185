import assert from 'node:assert/strict';
import { createLogger } from '#kernel/logger.ts';
import { createPageWeight } from './page-weight.ts';

describe('webjs/page-weight', () => {
  it('loads a heavy page again, once, and never under a command', async () => {
    let reloads = 0;
    const weight = createPageWeight({
      reload: () => {
        reloads += 1;
        return true;
      },
      logger: createLogger({ level: 'silent', program: 'test' }),
      maxMessages: 10,
    });
    weight.noted(10);
    assert.equal(reloads, 0);
    weight.noted(11);
    assert.equal(reloads, 1);
    const gate = Promise.withResolvers<{ started: boolean }>();
    const commands = weight.watch({ 'session.reconnect': () => gate.promise });
    const calls = [1, 2].map(() => commands['session.reconnect']?.({}, AbortSignal.timeout(1_000)));
    weight.noted(50);
    assert.equal(reloads, 1);
    gate.resolve({ started: true });
    await Promise.all(calls);
    assert.equal(reloads, 2);
  });
});
