import type { EngineName } from '#engines/contract/capability.ts';
import { formatCount, formatDuration } from '../../render/numbers.ts';
import { type Column, renderTable } from '../../render/table.ts';
import type { Terminal } from '../../render/terminal.ts';
import { padEnd, padStart, safeInline, truncate } from '../../render/text.ts';
import type { RunningService } from '../../service/service.ts';
import type { Call } from './calls.ts';

/** One fault and what became of the calls meanwhile. */
export interface FaultReport {
  readonly name: string;
  readonly calls: number;
  readonly byEngine: Readonly<Partial<Record<EngineName, number>>>;
  readonly byStore: number;
  /** By an engine that was not broken. */
  readonly takenOver: number;
  /** Calls that ended with an error that said so. */
  readonly told: number;
  readonly slowestMs: number;
  /** Null = it did not come back in time. */
  readonly backAfterMs: number | null;
}

interface Cell {
  readonly title: string;
  readonly width: number;
  readonly right: boolean;
}

const NAME_COLUMNS = 24;
const FIGURES: readonly Cell[] = [
  'CALLS',
  'BAILEYS',
  'WEBJS',
  'STORE',
  'ERRORS',
  'SLOWEST',
  'BACK AFTER',
].map((title) => ({ title, width: title.length, right: true }));
const CELLS: readonly Cell[] = [{ title: 'FAULT', width: NAME_COLUMNS, right: false }, ...FIGURES];
const GAP = '  ';

function row(cells: readonly string[]): string {
  return CELLS.map(({ width, right }, index) => {
    const cell = cells[index] ?? '';
    return right ? padStart(cell, width) : padEnd(cell, width);
  })
    .join(GAP)
    .trimEnd();
}

/** Rows come one by one, so their columns are fixed beforehand. */
export function printFaultHead(out: Terminal): void {
  out.print(out.colours.dim(row(CELLS.map(({ title }) => title))));
}

export function printFault(out: Terminal, report: FaultReport): void {
  const { colours } = out;
  const figure = (count: number) => (count === 0 ? colours.dim('–') : formatCount(count));
  out.print(
    row([
      report.name,
      formatCount(report.calls),
      figure(report.byEngine.baileys ?? 0),
      figure(report.byEngine.webjs ?? 0),
      figure(report.byStore),
      report.told === 0 ? colours.dim('–') : colours.yellow(formatCount(report.told)),
      formatDuration(report.slowestMs),
      report.backAfterMs === null ? colours.red('never') : colours.green(formatDuration(report.backAfterMs)),
    ]),
  );
}

const SHOWN_CALLS = 10;
const WORDS_COLUMNS = 36;

const LIVE_COLUMNS: readonly Column[] = [
  { title: 'AT', align: 'right' },
  { title: 'CALL' },
  { title: 'SERVED BY' },
  { title: 'TRIES', align: 'right' },
  { title: 'TOOK', align: 'right' },
];

export interface Now {
  readonly service: RunningService;
  readonly calls: readonly Call[];
  /** The fault that holds, in words; null = none. */
  readonly fault: string | null;
}

/** What happens at this moment: the engines, the fault, the newest calls. Null is printed where nothing can be redrawn. */
export function showNow(out: Terminal, { service, calls, fault }: Now): void {
  if (!out.interactive) return;
  const { colours } = out;
  const engines = service.orchestrator.engines().map((view) => {
    const level = view.processUp && view.reachable ? (view.status?.level ?? 'starting') : 'down';
    const reason = view.status?.reason ?? 'none';
    const words = level === 'ready' || reason === 'none' ? level : `${level}, ${reason}`;
    return `${level === 'ready' ? colours.green('●') : colours.red('○')} ${view.engine} ${colours.dim(words)}`;
  });
  const rows = calls
    .slice(-SHOWN_CALLS)
    .map(({ atMs, words, answer }) => [
      `${(atMs / 1_000).toFixed(1)} s`,
      padEnd(truncate(safeInline(words), WORDS_COLUMNS), WORDS_COLUMNS),
      served(answer, out),
      String(answer.attempts),
      formatDuration(answer.tookMs),
    ]);
  out.live(
    [
      '',
      `${engines.join('   ')}${fault === null ? '' : `   ${colours.yellow(`⚡ ${fault}`)}`}`,
      '',
      ...renderTable(LIVE_COLUMNS, rows, colours),
    ],
    null,
  );
}

function served({ ok, code, engine, routedFrom }: Call['answer'], { colours }: Terminal): string {
  if (!ok) return colours.red(code ?? 'failed');
  if (engine === null) return colours.dim('store');
  return routedFrom === null ? engine : `${engine} ${colours.yellow(`for ${routedFrom}`)}`;
}
