import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { TandemError } from '#kernel/errors.ts';
import { createColours, wantsColour } from './colours.ts';
import { renderError } from './error.ts';
import { formatAgo, formatBytes, formatCounted, formatDuration, formatTime } from './numbers.ts';
import { renderBar, renderProgress } from './progress.ts';
import { renderQr } from './qr.ts';
import { renderPairs, renderTable } from './table.ts';
import { createTerminal } from './terminal.ts';
import { displayWidth, safeInline, shellWord, stripAnsi, truncate } from './text.ts';

const plain = createColours(false);

describe('cli/render', () => {
  it('writes a folder as one word of a shell', () => {
    assert.equal(shellWord('/tmp/tandem-demo-1'), '/tmp/tandem-demo-1');
    assert.equal(shellWord("/home/me/it's here"), `'/home/me/it'\\''s here'`);
  });

  it('colours only a terminal, and NO_COLOR wins', () => {
    assert.equal(wantsColour({ isTTY: true }, {}), true);
    assert.equal(wantsColour({ isTTY: true }, { NO_COLOR: '1' }), false);
    assert.equal(wantsColour({ isTTY: true }, { NO_COLOR: '1', FORCE_COLOR: '1' }), false);
    assert.equal(wantsColour({}, {}), false);
    assert.equal(wantsColour({}, { FORCE_COLOR: '1' }), true);
    assert.equal(wantsColour({ isTTY: true }, { TERM: 'dumb' }), false);
    assert.equal(createColours(true).red('x'), '\u001b[31mx\u001b[39m');
    assert.equal(plain.red('x'), 'x');
  });

  it('writes numbers the way people read them', () => {
    assert.equal(formatCounted(1, 'chat'), '1 chat');
    assert.equal(formatCounted(12_345, 'message'), '12,345 messages');
    assert.equal(formatBytes(999), '999 B');
    assert.equal(formatBytes(1_500), '1.5 kB');
    assert.equal(formatBytes(48_200_000), '48 MB');
    assert.equal(formatDuration(0.8), '0.8 ms');
    assert.equal(formatDuration(420), '420 ms');
    assert.equal(formatDuration(125_000), '2 min 5 s');
    assert.equal(formatDuration(7_200_000), '2 h');
    assert.equal(formatAgo(0, 2_000), 'just now');
    assert.equal(formatAgo(0, 3 * 60_000), '3 min ago');
    assert.equal(formatTime(Date.UTC(2026, 2, 1, 9, 30), 'UTC'), '2026-03-01 09:30');
  });

  it('measures columns, not characters', () => {
    assert.equal(displayWidth('日本語'), 6);
    assert.equal(displayWidth('e\u0301'), 1);
    assert.equal(displayWidth('\u001b[31mred\u001b[39m'), 3);
    assert.equal(displayWidth('👍🏽'), 2);
    assert.equal(truncate('日本語のテキスト', 7), '日本語…');
    assert.equal(truncate('short', 7), 'short');
  });

  it('takes control characters out of account texts', () => {
    assert.equal(safeInline('a\u001b[2Jb\nc\u202ed'), 'a[2Jb cd');
    assert.equal(safeInline('  two\t\tspaces '), 'two spaces');
  });

  it('aligns tables by display width', () => {
    const lines = renderTable(
      [{ title: 'name' }, { title: 'n', align: 'right' }],
      [
        ['日本', '5'],
        ['ab', '1,200'],
      ],
      plain,
    );
    assert.deepEqual(lines, ['name      n', '日本      5', 'ab    1,200']);
    assert.deepEqual(
      renderPairs(
        [
          ['a', '1'],
          ['long', '2'],
        ],
        plain,
      ),
      ['a     1', 'long  2'],
    );
  });

  it('lists what one may choose from, a line each, and nobody moves the cursor', () => {
    const candidates = [
      { jid: '4915100000001@s.whatsapp.net', name: 'Olga\u001b[2J', type: 'direct', number: '4915100000001' },
      { jid: '1203630000@g.us', type: 'group' },
    ];
    const details = { field: 'chat', matching: 2, candidates, near: ['list_chats', 'get_chat'] };
    const lines = renderError(new TandemError('RECIPIENT_AMBIGUOUS', { details }), plain);
    assert.deepEqual(lines.slice(2), [
      '  field: chat',
      '  matching: 2',
      '  candidates:',
      '    4915100000001@s.whatsapp.net  Olga[2J (direct)',
      '    1203630000@g.us               (group)',
      '  near: list_chats, get_chat',
    ]);
  });

  it('draws bars of constant width', () => {
    for (const percent of [null, 0, 0.4, 33, 66.6, 99.9, 100, 140]) {
      assert.equal(displayWidth(renderBar(percent, plain)), 24, String(percent));
    }
    assert.match(renderProgress(42, '3 chats', plain), / 42 % {2}3 chats$/);
    assert.equal(renderBar(100, plain), '█'.repeat(24));
  });

  it('draws a QR code with its quiet zone, the same modules with and without colour', () => {
    const text = `2@${'A'.repeat(200)}`;
    const coloured = renderQr(text, true).map(stripAnsi);
    const bare = renderQr(text, false);
    assert.equal(coloured.length, bare.length);
    const swap: Record<string, string> = { '█': ' ', ' ': '█', '▀': '▄', '▄': '▀' };
    assert.deepEqual(
      coloured.map((line) => [...line].map((c) => swap[c]).join('')),
      bare,
    );
    // Two lines of quiet zone above; the finder pattern starts in the third.
    assert.equal(coloured[0]?.trim(), '');
    assert.equal(coloured[1]?.trim(), '');
    assert.match(coloured[2] ?? '', /^ {4}█▀▀▀▀▀█ /);
    assert.ok(coloured.every((line) => line.startsWith('    ') && line.endsWith('    ')));
  });

  it('redraws in place also on a terminal that does not know its size', () => {
    let text = '';
    const write = (part: string) => {
      text += part;
      return true;
    };
    const terminal = createTerminal({ isTTY: true, columns: 0, rows: 0, write }, {});
    terminal.live(['one', 'two'], null);
    terminal.live(['three'], null);
    assert.ok(text.includes('\u001b[2A\r\u001b[0J'), JSON.stringify(text));
    assert.equal(terminal.columns, 80);
  });

  it('redraws in place on a terminal and prints plain lines elsewhere', () => {
    const record = (isTTY: boolean) => {
      const out: string[] = [];
      const stream = { isTTY, columns: 20, rows: 10, write: (text: string) => out.push(text) > 0 };
      return { out, terminal: createTerminal(stream, {}) };
    };
    const tty = record(true);
    tty.terminal.live(['x'.repeat(25), 'two'], null);
    tty.terminal.live(['three'], null);
    assert.ok(tty.out.join('').includes('\u001b[3A\r\u001b[0J'), 'a wrapped line counts twice');
    tty.terminal.print('kept');
    assert.ok(tty.out.join('').endsWith('three\n'), 'the live block stays below what is printed');

    const pipe = record(false);
    pipe.terminal.live(['a', 'b'], 'syncing');
    pipe.terminal.live(['a', 'c'], 'syncing');
    pipe.terminal.live(['a'], 'ready');
    assert.equal(pipe.out.join(''), 'syncing\nready\n');
  });
});
