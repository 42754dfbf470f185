import type { ChatCoverage } from '#history/contracts/coverage.ts';
import type { History } from '#history/contracts/history.ts';
import { formatCount } from '../render/numbers.ts';
import { renderTable } from '../render/table.ts';
import type { Terminal } from '../render/terminal.ts';
import { safeInline, truncate } from '../render/text.ts';
import { axisOf, renderTimeline, type TimelineChat } from '../render/timeline.ts';
import type { TrueChat, TrueMessage } from './control.ts';
import { keyOfTrue, storedKeys } from './verify.ts';

export interface CoveredChat extends TimelineChat {
  readonly name: string;
  /** Messages of the account in this chat. */
  readonly expected: number;
  /** Of those, claimed as held and really stored. */
  readonly held: readonly { readonly from: number; readonly to: number }[];
  readonly heldMessages: number;
  /** Claimed and not stored: the one thing that must never be. */
  readonly falselyClaimed: number;
}

export interface CoverageVerdict {
  readonly now: number;
  readonly chats: readonly CoveredChat[];
  /** Every message of every chat is claimed and stored, and every beginning is proven. */
  readonly ok: boolean;
}

const NAME_COLUMNS = 22;
const LINE_COLUMNS = 36;

/** Holds what the store says that it holds against the account, message by message. */
export async function checkCoverage(
  history: Pick<History, 'chats' | 'coverage' | 'messages'>,
  chats: AsyncIterable<TrueChat>,
  truth: AsyncIterable<TrueMessage>,
  now: number,
): Promise<CoverageVerdict> {
  const stored = await storedKeys(history);
  const found = new Map<string, Count>();
  for await (const { canonicalJid, name, messages } of chats) {
    if (messages === 0) continue;
    const chat = await history.chats.byJid(canonicalJid);
    const coverage = chat === null ? null : await history.coverage.ofChat(chat.id);
    const first =
      chat === null ? null : await history.messages.list({ chatId: chat.id, order: 'oldest', limit: 1 });
    found.set(canonicalJid, {
      name: name ?? `+${digitsOf(chat?.person?.pn ?? canonicalJid)}`,
      firstAt: first?.items[0]?.sentAt ?? null,
      held: coverage?.held ?? [],
      startProven: coverage?.startProven ?? false,
      expected: 0,
      heldMessages: 0,
      falselyClaimed: 0,
    });
  }
  for await (const message of truth) {
    const chat = found.get(message.chatJid);
    if (chat === undefined || message.deletedForMe) continue;
    chat.expected += 1;
    if (!chat.held.some(({ from, to }) => message.timeSeconds > from && message.timeSeconds <= to)) continue;
    if (stored.has(keyOfTrue(message))) chat.heldMessages += 1;
    else chat.falselyClaimed += 1;
  }
  const all = [...found.values()];
  return { now, chats: all, ok: all.length > 0 && all.every(isComplete) };
}

function digitsOf(jid: string): string {
  return jid.split('@')[0] ?? jid;
}

interface Count extends TimelineChat {
  readonly name: string;
  readonly held: ChatCoverage['held'];
  expected: number;
  heldMessages: number;
  falselyClaimed: number;
}

function isComplete(chat: CoveredChat): boolean {
  return chat.startProven && chat.heldMessages === chat.expected && chat.falselyClaimed === 0;
}

export function printCoverageVerdict(out: Terminal, { chats, now, ok }: CoverageVerdict): void {
  const { colours } = out;
  const axis = axisOf(chats, now, LINE_COLUMNS);
  const figure = (count: number, isRight: boolean) =>
    isRight ? formatCount(count) : colours.red(formatCount(count));
  out.print(
    '',
    colours.bold('Held and missing, chat by chat'),
    ...renderTable(
      [
        { title: 'CHAT' },
        { title: `${new Date(axis.from * 1_000).getUTCFullYear()}${'NOW'.padStart(LINE_COLUMNS - 4)}` },
        { title: 'HELD', align: 'right' },
        { title: 'ACCOUNT', align: 'right' },
        { title: 'BEGINNING' },
      ],
      chats.map((chat) => [
        truncate(safeInline(chat.name), NAME_COLUMNS),
        renderTimeline(chat, axis, colours),
        figure(chat.heldMessages, chat.heldMessages === chat.expected),
        formatCount(chat.expected),
        chat.startProven ? 'proven' : colours.red('not proven'),
      ]),
      colours,
    ),
    '',
    `${ok ? colours.green('✔') : colours.red('✖')} ${verdictWords(chats, ok)}`,
  );
}

function verdictWords(chats: readonly CoveredChat[], ok: boolean): string {
  const sum = (of: (chat: CoveredChat) => number) =>
    formatCount(chats.reduce((all, chat) => all + of(chat), 0));
  if (ok) {
    return `Held is what the account has: ${sum(({ expected }) => expected)} messages in ${formatCount(chats.length)} chats, each to its proven beginning.`;
  }
  return `Held is not what the account has: ${sum(({ expected, heldMessages }) => expected - heldMessages)} messages not held, ${sum(({ falselyClaimed }) => falselyClaimed)} claimed and not there, ${sum(({ startProven }) => (startProven ? 0 : 1))} beginnings not proven.`;
}
