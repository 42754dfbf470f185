import type { Colours } from './colours.ts';
import { displayWidth, padEnd, padStart } from './text.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

/** Rows under titles, columns as wide as their widest cell. Cells may be coloured. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  colours: Colours,
): string[] {
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? '';
        const width = widths[index] ?? 0;
        return column.align === 'right' ? padStart(cell, width) : padEnd(cell, width);
      })
      .join(GAP)
      .trimEnd();
  return [line(columns.map((column) => colours.dim(column.title))), ...rows.map(line)];
}

/** Label and value pairs, labels dimmed and aligned. */
export function renderPairs(pairs: readonly (readonly [string, string])[], colours: Colours): string[] {
  const width = Math.max(0, ...pairs.map(([label]) => displayWidth(label)));
  return pairs.map(([label, value]) => `${colours.dim(padEnd(label, width))}${GAP}${value}`);
}
