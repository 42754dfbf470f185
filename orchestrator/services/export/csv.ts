import type { ExportRow } from './row.ts';

/** A comma-separated file per RFC 4180: CRLF between records, quotes doubled inside quotes. */
const LINE_END = '\r\n';

const columns: readonly (readonly [name: string, of: (row: ExportRow) => unknown])[] = [
  ['id', ({ id }) => id],
  ['chat_jid', ({ chat_jid }) => chat_jid],
  ['timestamp', ({ timestamp }) => timestamp],
  ['from_me', ({ from_me }) => from_me],
  ['sender_jid', ({ sender }) => sender?.jid],
  ['sender_name', ({ sender }) => sender?.name],
  ['type', ({ type }) => type],
  ['text', ({ text }) => text],
  ['media_mime', ({ media }) => media?.mime],
  ['media_filename', ({ media }) => media?.filename],
  ['media_bytes', ({ media }) => media?.bytes],
  ['quoted_id', ({ quoted }) => quoted?.id],
  ['reactions', ({ reactions }) => reactions?.map(({ emoji }) => emoji).join(' ')],
  ['status', ({ status }) => status],
  ['edited_at', ({ edited_at }) => edited_at],
  ['deleted_at', ({ deleted_at }) => deleted_at],
  ['forwarded', ({ forwarded }) => forwarded],
];

export function csvHeader(): string {
  return lineOf(columns.map(([name]) => name));
}

export function csvLine(row: ExportRow): string {
  return lineOf(columns.map(([, of]) => of(row)));
}

function lineOf(cells: readonly unknown[]): string {
  return `${cells.map(cellOf).join(',')}${LINE_END}`;
}

/** Spreadsheets run a cell that begins like this as a formula; the apostrophe makes it text. */
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

export function cellOf(value: unknown): string {
  const text = value === undefined ? '' : String(value);
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
