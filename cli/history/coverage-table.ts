import type { ChatCoverageView, CoverageReply } from '#console/view/coverage.ts';
import type { GapReason } from '#history/contracts/coverage.ts';
import { NOTHING_TO_ASK } from '#orchestrator/services/status/advice.ts';
import { formatCount, formatCounted, formatTime } from '../render/numbers.ts';
import { renderTable } from '../render/table.ts';
import type { Terminal } from '../render/terminal.ts';
import { safeInline, truncate } from '../render/text.ts';
import { axisOf, renderTimeline, type TimeAxis, type TimelineChat } from '../render/timeline.ts';

const NAME_COLUMNS = 28;
const LINE_COLUMNS = 30;

export interface CoverageFound {
  readonly now: number;
  /** Of the whole account, whatever is listed. */
  readonly oldest_at: number | null;
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
  unknown: 'not known why',
};

/** Those with the most to gain first; chats without any message have nothing to ask from. */
export function worstFirst(chats: readonly ChatCoverageView[]): readonly ChatCoverageView[] {
  const rank = ({ state, messages }: ChatCoverageView) => (state === 'complete' ? 1 : messages === 0 ? 2 : 0);
  return chats.toSorted(
    (a, b) => rank(a) - rank(b) || a.held_percent - b.held_percent || b.messages - a.messages,
  );
}

export function noChatsWords(isLinked: boolean): string {
  return isLinked
    ? 'No chats yet. They come once the phone has pushed its first history: see `tandem status`.'
    : 'No chats yet. No account is linked: run `tandem link`.';
}

/** One line a chat, with its time from the oldest message of all until now. */
export function printCoverage(out: Terminal, found: CoverageFound, shown: number): void {
  const { totals, chats } = found;
  const { colours } = out;
  const listed = chats.slice(0, shown);
  const lines = listed.map(timelineOf);
  const axis = wholeAxis(found, lines);
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
  const askable = open.filter(isAskable);
  if (askable.length === 0) {
    const reasons = open.flatMap(({ missing }) => missing.map(([, , reason]) => reason));
    return reasons.some((reason) => !ASKED_IN_VAIN.has(reason)) ? NOTHING_TO_ASK : ASKED;
  }
  const [only] = askable;
  return only !== undefined && chats.length === 1
    ? `Ask the phone for it: tandem history fetch ${only.jid}`
    : 'Ask the phone for what is missing: tandem history fetch';
}

const ASKED_IN_VAIN: ReadonlySet<GapReason> = new Set<GapReason>(['phone-empty', 'purged']);
const ASKED = 'What is missing was asked for: the phone had nothing older, or retention deleted it.';

/** A gap is asked for from a message above it. One that has none, such as after an outage in which nobody wrote, is left by every walk. */
function isAskable({ missing }: ChatCoverageView): boolean {
  return missing.some(([, , reason, askable]) => askable && !ASKED_IN_VAIN.has(reason));
}

/** The time that `held_percent` is measured over, so that both say the same however few chats are listed. */
function wholeAxis({ now, oldest_at }: CoverageFound, lines: readonly TimelineChat[]): TimeAxis {
  return oldest_at === null || oldest_at >= now
    ? axisOf(lines, now, LINE_COLUMNS)
    : { from: oldest_at, to: now, columns: LINE_COLUMNS };
}

function timelineOf({ held, start_proven, first_at }: ChatCoverageView): TimelineChat {
  return { held: held.map(([from, to]) => ({ from, to })), startProven: start_proven, firstAt: first_at };
}

function missingWords({ state, missing, messages }: ChatCoverageView): string {
  if (state === 'complete') return '–';
  // In the words of the sums, which count these and no others.
  if (state === 'unknown') return `nothing is known of it${messages === 0 ? ', no message yet' : ''}`;
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
