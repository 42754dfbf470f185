import { type Colours, createColours, wantsColour } from './colours.ts';
import { displayWidth } from './text.ts';

export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): boolean;
}

/** A place to print: lines that stay, and below them a live block that is redrawn in place. */
export interface Terminal {
  readonly colours: Colours;
  readonly interactive: boolean;
  readonly columns: number;
  /** Prints lines that stay. */
  print(...lines: readonly string[]): void;
  /**
   * Replaces the live block. Where nothing can be redrawn (a pipe, a log), `plain` is printed instead,
   * once per change; null prints nothing there.
   */
  live(lines: readonly string[], plain: string | null): void;
  /** Removes the live block. */
  clear(): void;
}

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

export function createTerminal(
  stream: OutputStream,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Terminal {
  const interactive = stream.isTTY === true && env.TERM !== 'dumb';
  // A terminal that was never given a size says 0.
  const columns = () => stream.columns || DEFAULT_COLUMNS;
  const rows = () => stream.rows || DEFAULT_ROWS;
  let shown: readonly string[] = [];
  let lastPlain: string | null = null;

  /** Long lines wrap; the cursor has to go up by what the terminal shows, not by what was written. */
  const height = (lines: readonly string[]) =>
    lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns())), 0);

  const erase = () => {
    if (shown.length === 0) return;
    stream.write(`\u001b[${height(shown)}A\r\u001b[0J${SHOW_CURSOR}`);
    shown = [];
  };

  return {
    colours: createColours(wantsColour(stream, env)),
    interactive,
    get columns() {
      return columns();
    },
    print: (...lines) => {
      const kept = shown;
      erase();
      stream.write(lines.map((line) => `${line}\n`).join(''));
      if (kept.length > 0) {
        stream.write(HIDE_CURSOR + kept.map((line) => `${line}\n`).join(''));
        shown = kept;
      }
    },
    live: (lines, plain) => {
      if (!interactive) {
        if (plain !== null && plain !== lastPlain) stream.write(`${plain}\n`);
        lastPlain = plain;
        return;
      }
      erase();
      if (lines.length === 0) return;
      // A block taller than the screen scrolls its head away and cannot be redrawn: it stays instead.
      const fits = height(lines) < rows();
      stream.write((fits ? HIDE_CURSOR : '') + lines.map((line) => `${line}\n`).join(''));
      if (fits) shown = lines;
    },
    clear: () => {
      erase();
      lastPlain = null;
    },
  };
}
