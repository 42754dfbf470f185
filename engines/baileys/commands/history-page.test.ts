import assert from 'node:assert/strict';
import { TandemError } from '#kernel/errors.ts';
import { createPages } from '../pages.ts';
import type { WASocket } from '../socket.ts';
import type { CommandDeps } from './deps.ts';
import { historyPageCommand } from './history-page.ts';

/** Refusals that no simulated server gives, at moments that cannot be arranged on a wire. */
describe('baileys: refused requests for older messages', () => {
  const input = {
    chat: '1@g.us',
    anchor: { id: 'A', fromMe: false, sender: null, sentAt: 1_700_000_000 },
    count: 50,
  };
  const setUp = (fetchMessageHistory: () => Promise<string>) => {
    const pages = createPages();
    const lost = new AbortController();
    const socket = { fetchMessageHistory } as unknown as WASocket;
    const deps = {
      session: { open: () => socket },
      pages,
      historyWaitMs: 10_000,
      connectionEnd: () => lost.signal,
    } as unknown as CommandDeps;
    const run = historyPageCommand(deps)['history.page'];
    const codeOf = () =>
      run(input, AbortSignal.timeout(10_000)).then(
        ({ outcome }) => outcome,
        (error: unknown) => (error instanceof TandemError ? error : assert.fail(String(error))),
      );
    return { pages, lost, codeOf };
  };

  it('hears a refusal that overtakes the id of its request', async () => {
    const sent = Promise.withResolvers<string>();
    const { pages, codeOf } = setUp(() => sent.promise);
    const outcome = codeOf();
    pages.refused('R', '429');
    sent.resolve('R');
    const error = await outcome;
    assert.ok(error instanceof TandemError);
    assert.equal(error.code, 'RATE_LIMITED');
  });

  it('calls other refusals what they are', async () => {
    const { pages, codeOf } = setUp(async () => 'R');
    const outcome = codeOf();
    setImmediate(() => pages.refused('R', '479'));
    const error = await outcome;
    assert.ok(error instanceof TandemError);
    assert.deepEqual([error.code, error.details?.upstream], ['WHATSAPP_API_ERROR', '479']);
  });

  it('leaves refusals of other stanzas alone', async () => {
    const { pages, codeOf } = setUp(async () => 'R');
    const outcome = codeOf();
    setImmediate(() => {
      pages.refused('another', '429');
      pages.answered('R', { messages: 0, end: 'unknown', oldest: null, seq: 1 });
    });
    assert.equal(await outcome, 'answered');
  });

  it('does not wait for a request that a lost connection leaves without an end', async () => {
    const { pages, lost, codeOf } = setUp(() => new Promise<never>(() => undefined));
    const outcome = codeOf();
    lost.abort(new TandemError('CONNECTION_LOST', { engine: 'baileys' }));
    const error = await outcome;
    assert.ok(error instanceof TandemError);
    assert.equal(error.code, 'CONNECTION_LOST');
    // Answers of earlier requests, which nobody remembers, are not held up by it.
    assert.equal(await pages.askedFrom('earlier'), null);
  });
});
