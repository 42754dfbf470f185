import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { engineView, NOW_MS, QR_TEXT, storeFacts } from '#console/testing/facts.ts';
import { buildStatus } from '#console/view/build-status.ts';
import type { StatusView } from '#console/view/status.ts';
import type { EngineStatus } from '#engines/contract/state.ts';
import { TandemError, toErrorBody } from '#kernel/errors.ts';
import { createTerminal } from '../render/terminal.ts';
import { createLinkWatch } from './link-events.ts';
import { createNarrator } from './narrator.ts';

function statusAt(...changes: readonly Partial<EngineStatus>[]): StatusView {
  return buildStatus({
    version: '0.1.0',
    pid: 1,
    startedAtMs: NOW_MS,
    sending: false,
    testServer: false,
    mcpUrl: 'http://127.0.0.1:8080/mcp',
    engines: changes.map((change) => engineView(change)),
    store: storeFacts(),
    storeError: null,
    messagesPerSecond: 0,
    pending: 0,
    sessions: 0,
  });
}

const unlinked = { account: null, connectedSinceMs: null } as const;
const qr = { method: 'qr', text: QR_TEXT, expiresAtMs: NOW_MS + 20_000 } as const;
const code = { method: 'code', code: 'ABCD1234', expiresAtMs: NOW_MS + 60_000 } as const;

describe('cli/story', () => {
  const tellAll = (isTTY: boolean, changes: readonly Partial<EngineStatus>[]) => {
    const out: string[] = [];
    const stream = { isTTY, columns: 120, rows: 60, write: (text: string) => out.push(text) > 0 };
    const narrator = createNarrator(createTerminal(stream, { NO_COLOR: '1' }), () => 'footer');
    for (const change of changes) narrator.tell(statusAt(change));
    return out.join('');
  };

  const story: readonly Partial<EngineStatus>[] = [
    { level: 'starting' },
    { level: 'linking', reason: 'waiting-for-scan', offer: qr, ...unlinked },
    { level: 'connecting', sync: { phase: 'waiting', percent: null, chats: 0, messages: 0 } },
    { level: 'syncing', sync: { phase: 'recent', percent: 42, chats: 51, messages: 7_120 } },
    { level: 'ready' },
    { level: 'recovering', reason: 'connection-lost' },
    { level: 'ready' },
  ];

  it('tells a pipe one plain line an event, and no secret', () => {
    const text = tellAll(false, story);
    assert.deepEqual(text.trimEnd().split('\n'), [
      'Starting the engine …',
      'A QR code waits to be scanned. footer',
      '✔ Linked as …5678.',
      'Connecting to WhatsApp …',
      'Taking in your history: 40 %',
      '✔ Ready. 12,345 messages in 84 chats. New messages arrive by themselves.',
      '… The connection was lost. Nothing to do: the engine reconnects by itself.',
      '✔ Connected again.',
    ]);
    assert.ok(!tellAll(false, [{ level: 'linking', offer: code, ...unlinked }]).includes('ABCD'));
  });

  it('draws the QR code on a terminal and takes it away afterwards', () => {
    const text = tellAll(true, story.slice(0, 3));
    assert.match(text, /█▀▀▀▀▀█|█ ▄▄▄▄▄ █/);
    assert.ok(text.includes('\u001b[0J'), 'what was live is erased');
    assert.match(text, /Linked as Ana \(…5678\)/);
  });

  it('names each of two engines, and which device a code is for', () => {
    const waiting = { level: 'unlinked', reason: 'not-linked', ...unlinked } as const;
    const linking = { level: 'linking', reason: 'waiting-for-scan', offer: qr, ...unlinked } as const;
    const webjs = (change: Partial<EngineStatus>) => ({ ...change, engine: 'webjs' }) as const;
    const out: string[] = [];
    const stream = { isTTY: false, write: (text: string) => out.push(text) > 0 };
    const narrator = createNarrator(createTerminal(stream, { NO_COLOR: '1' }), () => 'footer');
    for (const [first, second] of [
      [linking, waiting],
      [{}, linking],
      [{}, linking],
      [{}, {}],
      [{}, { level: 'recovering', reason: 'page-hung' }],
    ] satisfies readonly (readonly Partial<EngineStatus>[])[])
      narrator.tell(statusAt(first ?? {}, webjs(second ?? {})));
    assert.deepEqual(out.join('').trimEnd().split('\n'), [
      'The first of 2 devices, baileys. A QR code waits to be scanned. footer',
      '✔ baileys: Linked as …5678.',
      '✔ baileys: Ready. 12,345 messages in 84 chats. New messages arrive by themselves.',
      'The second device, webjs: once more, with the same phone. A QR code waits to be scanned. footer',
      '✔ webjs: Linked as …5678.',
      '✔ webjs: Ready. 12,345 messages in 84 chats. New messages arrive by themselves.',
      '… webjs: The page of WhatsApp Web stopped answering. Nothing to do: the browser is started again by itself.',
    ]);
  });

  it('says what to do where a person must act', () => {
    const text = tellAll(false, [{ level: 'conflict', reason: 'replaced' }]);
    assert.match(text, /Another process is connected.*Stop the other process/);
  });

  it('turns states into link events, each offer once', () => {
    const watch = createLinkWatch();
    const at = (change: Partial<EngineStatus>) => {
      const [engine] = statusAt(change).engines;
      assert.ok(engine !== undefined);
      return watch(engine);
    };
    assert.equal(at({ level: 'unlinked', reason: 'link-expired', ...unlinked }), null, 'an old reason');
    assert.equal(at({ level: 'linking', offer: qr, ...unlinked })?.event, 'offer');
    assert.equal(at({ level: 'linking', offer: qr, ...unlinked }), null);
    assert.equal(at({ level: 'linking', offer: code, ...unlinked })?.event, 'offer');
    assert.equal(at({ level: 'connecting' }), null, 'linked only when connected');
    assert.equal(at({ level: 'syncing' })?.event, 'linked');
    const stranger = toErrorBody(new TandemError('ACCOUNT_MISMATCH'));
    const mismatch = at({ level: 'unlinked', lastError: stranger, ...unlinked });
    assert.equal(mismatch?.event === 'failed' && mismatch.error.code, 'ACCOUNT_MISMATCH');
    const expired = at({ level: 'unlinked', reason: 'link-expired', ...unlinked });
    assert.equal(expired?.event === 'failed' && expired.error.code, 'AUTH_CODE_EXPIRED');
    const banned = at({ level: 'failed', reason: 'forbidden', ...unlinked });
    assert.equal(banned?.event === 'failed' && banned.error.code, 'ACCOUNT_BANNED');
  });
});
