import type { Colours } from './colours.ts';

/** Seconds since 1970, half open `(from, to]`; from 0 = the beginning of the chat. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

export interface TimelineChat {
  /** In any order, not overlapping. */
  readonly held: readonly TimeSpan[];
  /** Nothing is older than the oldest stored message. */
  readonly startProven: boolean;
  /** Oldest stored message; null when there is none. */
  readonly firstAt: number | null;
}

/** What the left and the right end of the line stand for, the same for all chats of a table. */
export interface TimeAxis extends TimeSpan {
  readonly columns: number;
}

const HELD = '▇';
const MISSING = '░';
const START = '┃';
/** Between two looks at the same clock a second may pass. */
const SLACK_SECONDS = 2;

/**
 * Time from left to right: `  ┃▇▇▇░▇▇`. A column counts as held only when all of it is, so that a short gap is seen however
 * coarse the line is.
 */
export function renderTimeline(
  { held, startProven, firstAt }: TimelineChat,
  axis: TimeAxis,
  colours: Colours,
): string {
  const width = (axis.to - axis.from) / axis.columns;
  const start = startProven ? columnOf(firstAt ?? axis.to, axis) : -1;
  const cells = Array.from({ length: axis.columns }, (_, column) => {
    if (column < start) return ' ';
    if (column === start) return START;
    const from = axis.from + column * width;
    return isHeld(held, from, from + width) ? HELD : MISSING;
  });
  return paint(cells.join(''), colours);
}

/** From the oldest of these chats until now. */
export function axisOf(chats: readonly TimelineChat[], now: number, columns: number): TimeAxis {
  const begins = chats.flatMap(({ firstAt, held }) => [
    ...(firstAt === null ? [] : [firstAt]),
    ...held.map(({ from }) => from).filter((from) => from > 0),
  ]);
  const from = begins.reduce((least, at) => Math.min(least, at), now - 1);
  return { from, to: now, columns };
}

function columnOf(at: number, { from, to, columns }: TimeAxis): number {
  return Math.min(columns - 1, Math.max(0, Math.floor(((at - from) / (to - from)) * columns)));
}

function isHeld(held: readonly TimeSpan[], from: number, to: number): boolean {
  return held.some((one) => one.from <= from + SLACK_SECONDS && one.to >= to - SLACK_SECONDS);
}

function paint(line: string, colours: Colours): string {
  return line
    .replaceAll(/▇+/g, (cells) => colours.green(cells))
    .replaceAll(/░+/g, (cells) => colours.yellow(cells))
    .replace(START, colours.cyan(START));
}
