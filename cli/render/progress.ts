import type { Colours } from './colours.ts';

const BAR_COLUMNS = 24;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of fixed width for 0–100; unknown progress (null) is an empty track. */
export function renderBar(percent: number | null, colours: Colours): string {
  const part = Math.min(100, Math.max(0, percent ?? 0)) / 100;
  const eighths = Math.round(part * BAR_COLUMNS * 8);
  const full = Math.floor(eighths / 8);
  const filled = '█'.repeat(full) + (EIGHTHS[eighths % 8] ?? '');
  const rest = BAR_COLUMNS - full - (eighths % 8 === 0 ? 0 : 1);
  return colours.green(filled) + colours.dim('░'.repeat(Math.max(0, rest)));
}

/** `██████░░░░ 42 %  3,120 messages in 84 chats` */
export function renderProgress(percent: number | null, words: string, colours: Colours): string {
  const figure = percent === null ? '   …' : `${Math.floor(percent).toString().padStart(3)} %`;
  return `${renderBar(percent, colours)} ${figure}  ${words}`;
}
