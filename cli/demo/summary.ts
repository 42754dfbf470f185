import type { EngineName } from '#engines/contract/capability.ts';
import type { HistoryOverview, MessageStatistics } from '#history/contracts/history.ts';
import { formatBytes, formatCount, formatCounted, formatDuration } from '../render/numbers.ts';
import { renderPairs } from '../render/table.ts';
import type { Terminal } from '../render/terminal.ts';
import { displayWidth, safeInline, truncate } from '../render/text.ts';
import { LAUNCHER } from '../service/background.ts';
import type { RunningService } from '../service/service.ts';
import type { Census } from './census.ts';
import { type MarkedCommunity, printCommunity } from './community.ts';
import type { Searched, Sent } from './tour.ts';
import type { Verdict } from './verify.ts';

const SEPARATOR = ' · ';
/** The longest label of the report and the gap behind it. */
const LABEL_COLUMNS = 12;
const QUERY_COLUMNS = 32;

type Contributions = Pick<MessageStatistics, 'perEngine' | 'sharedByEngines'>;

export interface TourReport {
  readonly overview: HistoryOverview;
  /** Those that run, in order. */
  readonly engines: readonly EngineName[];
  readonly contributions: Contributions;
  readonly census: Census;
  readonly searched: readonly Searched[];
  readonly sent: Sent | null;
  readonly community: MarkedCommunity | null;
  /** Where the messages of the account come from: those that it began with, and what the demo wrote and sent. */
  readonly origins: readonly Origin[];
}

export type Origin = readonly [count: number, words: string];

/** What the demo did and found. */
export function printReport(out: Terminal, report: TourReport): void {
  const { colours } = out;
  const { overview, census } = report;
  const counts = (entries: readonly (readonly [string, number])[]) =>
    asManyAsFit(entries, out.columns - LABEL_COLUMNS).join(colours.dim(SEPARATOR));
  heading(out, 'In the store');
  out.print(
    ...renderPairs(
      [
        [
          'all',
          [
            formatCounted(overview.messages, 'message'),
            formatCounted(overview.chats, 'chat'),
            formatCounted(overview.people, 'person', 'people'),
            `${formatCount(overview.media)} with media`,
            formatBytes(overview.bytes),
          ].join(colours.dim(SEPARATOR)),
        ],
        ['by type', counts(census.byType)],
        ['by script', counts(census.byScript)],
        ...contributionRows(report, out),
      ],
      colours,
    ),
  );
  heading(out, 'Searched');
  out.print(
    ...renderPairs(
      report.searched.map((one) => [
        truncate(safeInline(one.query), QUERY_COLUMNS),
        `${formatCount(one.found)} found, the newest in ${formatDuration(one.tookMs)}`,
      ]),
      colours,
    ),
  );
  heading(out, 'Sent');
  out.print(
    report.sent === null
      ? 'nothing: there is no chat to send to'
      : `one message to ${safeInline(report.sent.to)}: ${colours.green(report.sent.status)} after ${formatDuration(report.sent.tookMs)}`,
  );
  if (report.community !== null) printCommunity(out, report.community);
}

/** Which engine saw how much; nothing to tell of a single one. */
function contributionRows(
  { engines, contributions }: TourReport,
  { colours }: Terminal,
): readonly (readonly [string, string])[] {
  if (engines.length < 2) return [];
  const each = engines.map((engine) => {
    const seen = contributions.perEngine.find((one) => one.engine === engine);
    return `${engine} ${formatCount(seen?.messages ?? 0)} (${formatCount(seen?.only ?? 0)} seen by no other)`;
  });
  return [
    [
      'by engine',
      [...each, `both ${formatCount(contributions.sharedByEngines)}`].join(colours.dim(SEPARATOR)),
    ],
  ];
}

/** How to connect an assistant: text to paste as it stands. */
export function printConnect(out: Terminal, service: RunningService): void {
  heading(out, 'Connect an assistant');
  const config = {
    mcpServers: {
      tandem: { command: process.execPath, args: [LAUNCHER, 'mcp', '--data-dir', service.dataDir.root] },
    },
  };
  out.print(...JSON.stringify(config, null, 2).split('\n'));
  out.print('', `${out.colours.dim('or by address:')} ${out.colours.cyan(service.mcpUrl)}`);
}

export function printVerdict(out: Terminal, verdict: Verdict, origins: readonly Origin[]): void {
  const { colours } = out;
  heading(out, 'Checked against the account, id by id');
  const figure = (count: number) => (count === 0 ? '0' : colours.red(formatCount(count)));
  out.print(
    ...renderPairs(
      [
        [
          'expected',
          `${formatCount(verdict.expected)} ${colours.dim(`= ${sumWords(verdict.expected, origins)}`)}`,
        ],
        ['present', formatCount(verdict.present)],
        ['missing', figure(verdict.missing)],
        ['unexpected', figure(verdict.unexpected)],
        ...(verdict.earlier === 0 ? [] : ([['earlier run', formatCount(verdict.earlier)]] as const)),
        ['twice', figure(verdict.twice)],
        ['different', figure(verdict.different)],
      ],
      colours,
    ),
    '',
    verdict.ok
      ? `${colours.green('✔')} Every message is there exactly once.`
      : `${colours.red('✖')} The store is not what the account is.`,
  );
}

/** `5,850 at first + 3 arrived + 1 sent`; what nobody accounts for is named too, so that the sum is right. */
export function sumWords(total: number, origins: readonly Origin[]): string {
  const rest = origins.reduce((left, [count]) => left - count, total);
  return [...origins, [rest, 'others'] as const]
    .filter(([count]) => count !== 0)
    .map(([count, words]) => `${formatCount(count)} ${words}`)
    .join(' + ');
}

/** The first counts, no more than stand on one line, and the sum of those that do not. */
export function asManyAsFit(
  entries: readonly (readonly [string, number])[],
  columns: number,
): readonly string[] {
  for (let shown = entries.length; shown > 1; shown -= 1) {
    const parts = withRest(entries, shown);
    if (displayWidth(parts.join(SEPARATOR)) <= columns) return parts;
  }
  return withRest(entries, 1);
}

function withRest(entries: readonly (readonly [string, number])[], shown: number): readonly string[] {
  const parts = entries.slice(0, shown).map(([name, count]) => `${name} ${formatCount(count)}`);
  const rest = entries.slice(shown).reduce((sum, [, count]) => sum + count, 0);
  return rest === 0 ? parts : [...parts, `and ${formatCount(rest)} others`];
}

function heading(out: Terminal, text: string): void {
  out.print('', out.colours.bold(text));
}
