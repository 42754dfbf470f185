import { fileURLToPath } from 'node:url';
import { startVisitor } from './browser.ts';

/** Colours of the terminal in the picture, by the codes that the command line uses. */
const STYLES: Readonly<Record<string, string>> = {
  '1': 'color:#fff;font-weight:bold',
  '2': 'color:#7f849c',
  '31': 'color:#f38ba8',
  '32': 'color:#a6e3a1',
  '33': 'color:#f9e2af',
  '36': 'color:#94e2d5',
};
/** Progress of a pipe, one line a step; in a terminal it is redrawn and gone at the end. */
const PASSING = /^ {2}(?:pushed|history|mark-community) \d+ %$/;

/** Draws what a command printed with FORCE_COLOR=1 as it stands in a terminal, into docs/pictures. */
export async function drawTerminal(lines: readonly string[], name: string): Promise<void> {
  const text = lines
    .filter((line) => !PASSING.test(line))
    .map(toHtml)
    .join('\n');
  const html = `<!doctype html><meta charset="utf-8"><style>
    body{margin:0;padding:24px;background:#11111b;width:max-content}
    main{background:#1e1e2e;border-radius:10px;padding:16px 22px 24px;box-shadow:0 4px 24px #0008}
    i{display:inline-block;width:12px;height:12px;border-radius:50%;margin:0 8px 16px 0}
    s{display:inline-block;width:2ch}
    pre{margin:0;color:#cdd6f4;font:14px/20px "DejaVu Sans Mono",monospace}
  </style><main><i style="background:#f38ba8"></i><i style="background:#f9e2af"></i><i style="background:#a6e3a1"></i>
  <pre>${text}</pre></main>`;
  const visitor = await startVisitor();
  try {
    const { page } = await visitor.open('about:blank');
    await page.setContent(html);
    const body = await page.$('body');
    const path = fileURLToPath(new URL(`../../docs/pictures/${name}.png`, import.meta.url));
    await body?.screenshot({ path: path as `${string}.png` });
  } finally {
    await visitor.close();
  }
}

function toHtml(line: string): string {
  const safe = line.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  // Where there is no font for it a box of another width would push the line out of its columns.
  const even = safe.replaceAll(/\p{Emoji_Presentation}/gu, '<s></s>');
  return even.replaceAll(ANSI, (_all, code: string) =>
    code in STYLES ? `<span style="${STYLES[code]}">` : '</span>',
  );
}

// Escape sequences are control characters; matching them is the purpose of this pattern.
// biome-ignore lint/suspicious/noControlCharactersInRegex: see above
const ANSI = /\u001b\[(\d+)m/g;
