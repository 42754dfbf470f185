import type { ChatCoverageView, CoverageReply } from '#console/view/coverage.ts';
import type { GapReason } from '#history/contracts/coverage.ts';
import { formatCount, formatCounted, formatTime } from '../render/numbers.ts';
import { renderTable } from '../render/table.ts';
import type { Terminal } from '../render/terminal.ts';
import { safeInline, truncate } from '../render/text.ts';
import { axisOf, renderTimeline, type TimelineChat } from '../render/timeline.ts';

const NAME_COLUMNS = 28;
const LINE_COLUMNS = 30;

export interface CoverageFound {
  readonly now: number;
  readonly totals: CoverageReply['totals'];
  readonly chats: readonly ChatCoverageView[];
}

export const gapWords: Readonly<Record<GapReason, string>> = {
  'never-pushed': 'not asked for yet',
  'engine-offline': 'no engine was connected',
  'phone-silent': 'the phone did not answer',
  'phone-empty': 'the phone had nothing, without proof',
  'user-limit': 'a limit was reached',
  purged: 'deleted by retention',
  unknown: 'nothing is known of it',
};

/** Those with the most to gain first; chats without any message have nothing to ask from. */
export function worstFirst(chats: readonly ChatCoverageView[]): readonly ChatCoverageView[] {
  const rank = ({ state, messages }: ChatCoverageView) => (state === 'complete' ? 1 : messages === 0 ? 2 : 0);
  return chats.toSorted(
    (a, b) => rank(a) - rank(b) || a.held_percent - b.held_percent || b.messages - a.messages,
  );
}

/** One line a chat, with its time from the oldest message of all until now. */
export function printCoverage(out: Terminal, { now, totals, chats }: CoverageFound, shown: number): void {
  const { colours } = out;
  const listed = chats.slice(0, shown);
  const lines = listed.map(timelineOf);
  const axis = axisOf(lines, now, LINE_COLUMNS);
  out.print(
    ...renderTable(
      [
        { title: 'CHAT' },
        { title: axisTitle(axis.from) },
        { title: 'HELD', align: 'right' },
        { title: 'MESSAGES', align: 'right' },
        { title: 'MISSING' },
      ],
      listed.map((chat, at) => [
        truncate(safeInline(chat.name), NAME_COLUMNS),
        renderTimeline(lines[at] ?? timelineOf(chat), axis, colours),
        `${chat.held_percent} %`,
        formatCount(chat.messages),
        missingWords(chat),
      ]),
      colours,
    ),
    colours.dim('▇ held  ░ missing  ┃ the beginning, said by the phone'),
  );
  if (chats.length > listed.length)
    out.print(
      colours.dim(
        `… and ${formatCounted(chats.length - listed.length, 'chat')} more: --worst ${chats.length}`,
      ),
    );
  if (totals !== null) {
    out.print(
      '',
      `${formatCounted(totals.chats, 'chat')}: ${formatCount(totals.complete)} complete, ${formatCount(totals.partial)} with something missing, ${formatCount(totals.unknown)} of which nothing is known.`,
    );
  }
}

/** Every interval of one chat, newest first. */
export function printIntervals(out: Terminal, chat: ChatCoverageView): void {
  const { colours } = out;
  const time = (at: number) => (at === 0 ? 'the beginning' : formatTime(at * 1_000));
  const rows = [
    ...chat.held.map(([from, to, sources]) => ({
      from,
      to,
      what: colours.green('held'),
      how: sources.join(', '),
    })),
    ...chat.missing.map(([from, to, reason]) => ({
      from,
      to,
      what: colours.yellow('missing'),
      how: `${reason}: ${gapWords[reason]}`,
    })),
  ].toSorted((a, b) => b.to - a.to);
  out.print(
    '',
    ...renderTable(
      [{ title: 'FROM' }, { title: 'TO' }, { title: ' ' }, { title: 'HOW' }],
      rows.map(({ from, to, what, how }) => [time(from), time(to), what, how]),
      colours,
    ),
  );
}

/** What closes the gaps, in one line; null when there is nothing to do. */
export function adviceOf(chats: readonly ChatCoverageView[], isFetching: boolean): string | null {
  const open = chats.filter(({ state, messages }) => state !== 'complete' && messages > 0);
  if (open.length === 0) return null;
  if (isFetching) return 'Older history is being fetched: tandem history jobs';
  const reasons = new Set(open.flatMap(({ missing }) => missing.map(([, , reason]) => reason)));
  if (reasons.size > 0 && [...reasons].every((reason) => reason === 'phone-empty' || reason === 'purged'))
    return 'What is missing was asked for: the phone had nothing older, or retention deleted it.';
  const [only] = open;
  return only !== undefined && chats.length === 1
    ? `Ask the phone for it: tandem history fetch ${only.jid}`
    : 'Ask the phone for what is missing: tandem history fetch';
}

function timelineOf({ held, start_proven, first_at }: ChatCoverageView): TimelineChat {
  return { held: held.map(([from, to]) => ({ from, to })), startProven: start_proven, firstAt: first_at };
}

function missingWords({ state, missing, messages }: ChatCoverageView): string {
  if (state === 'complete') return '–';
  if (messages === 0) return 'no message yet';
  const [newest] = missing;
  if (newest === undefined) return 'since the last connection';
  const more = missing.length > 1 ? `, and ${formatCounted(missing.length - 1, 'gap')} more` : '';
  return `${gapWords[newest[2]]}${more}`;
}

/** The ends of the line, as wide as it is. */
function axisTitle(from: number): string {
  const begin = formatTime(from * 1_000).slice(0, 'YYYY-MM-DD'.length);
  return `${begin}${'NOW'.padStart(LINE_COLUMNS - begin.length)}`;
}
