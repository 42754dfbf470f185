import type { Command } from 'commander';
import type { Terminal } from './render/terminal.ts';
import { shellWord } from './render/text.ts';

/** `status`, `history fetch`, …: each of them takes --data-dir. */
export function namesOf({ commands }: Pick<Command, 'commands'>): readonly string[] {
  return commands.flatMap((one) =>
    one.commands.length === 0 ? [one.name()] : namesOf(one).map((name) => `${one.name()} ${name}`),
  );
}

/**
 * Puts `--data-dir` behind every command that advice names, because a command that is copied should act on the account that it
 * was given for. Rooms that know nothing of this command line word the advice, so it is completed where it is printed. A name
 * of a chat that reads like a command gets the same words, which do no harm.
 */
export function commandCompleter(names: readonly string[], dataDir: string): (text: string) => string {
  // Behind the beginning, a space, a quote or a colour; what names a folder already is complete.
  const command = new RegExp(
    `(?<=^|[\\s"'\`(]|\\u001b\\[[0-9;]*m)tandem (?:${names.join('|')})(?![\\w-])(?! --data-dir)`,
    'g',
  );
  const option = `--data-dir ${shellWord(dataDir)}`;
  return (text) => text.replaceAll(command, (found) => `${found} ${option}`);
}

/** A terminal that passes every line through `edit` before it is measured and printed. */
export function edited(terminal: Terminal, edit: (line: string) => string): Terminal {
  return {
    colours: terminal.colours,
    interactive: terminal.interactive,
    get columns() {
      return terminal.columns;
    },
    print: (...lines) => terminal.print(...lines.map(edit)),
    live: (lines, plain) => terminal.live(lines.map(edit), plain === null ? null : edit(plain)),
    clear: terminal.clear,
  };
}
