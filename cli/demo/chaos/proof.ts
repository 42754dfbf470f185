import { z } from 'zod';
import { formatCount, formatCounted, formatDuration } from '../../render/numbers.ts';
import type { Terminal } from '../../render/terminal.ts';
import type { Receipt } from '../control.ts';
import { asManyAsFit } from '../summary.ts';
import type { Verdict } from '../verify.ts';
import type { Call, SentText } from './calls.ts';
import type { FaultReport } from './screen.ts';

export interface SendProof {
  readonly asked: number;
  readonly confirmed: number;
  /** Told as unknown: it may have arrived or not. */
  readonly unknown: number;
  readonly refused: number;
  /** Confirmed, and nobody has it. */
  readonly lost: number;
  /** Refused, and somebody has it. */
  readonly unexpected: number;
  /** Somebody has it more than once. */
  readonly twice: number;
}

/**
 * Holds what the assistant was told of its messages against what people received. A stanza that is handed out again after a
 * request to repeat it keeps its id, and a phone shows an id once.
 */
export async function proveSends(
  sends: readonly SentText[],
  received: AsyncIterable<Receipt>,
): Promise<SendProof> {
  const arrivals = new Map<string, Map<string, Set<string>>>();
  for await (const { id, text, recipientJid } of received) {
    if (text === null) continue;
    const people = arrivals.get(text) ?? new Map<string, Set<string>>();
    people.set(recipientJid, (people.get(recipientJid) ?? new Set()).add(id));
    arrivals.set(text, people);
  }
  const proof = {
    asked: sends.length,
    confirmed: 0,
    unknown: 0,
    refused: 0,
    lost: 0,
    unexpected: 0,
    twice: 0,
  };
  for (const { text, answer } of sends) {
    const people = arrivals.get(text);
    if ([...(people?.values() ?? [])].some((ids) => ids.size > 1)) proof.twice += 1;
    if (answer.ok) {
      proof.confirmed += 1;
      if (people === undefined) proof.lost += 1;
    } else if (answer.code === 'DELIVERY_UNKNOWN') proof.unknown += 1;
    else {
      proof.refused += 1;
      if (people !== undefined) proof.unexpected += 1;
    }
  }
  return proof;
}

const unknownSchema = z.looseObject({
  error: z.looseObject({ details: z.looseObject({ message_id: z.string() }) }),
});

/** Ids of the messages of which the assistant was told that nobody knows. */
export function unknownIds(sends: readonly SentText[]): ReadonlySet<string> {
  return new Set(
    sends.flatMap(({ answer }) => {
      const found = answer.code === 'DELIVERY_UNKNOWN' ? unknownSchema.safeParse(answer.data) : null;
      return found?.success ? [found.data.error.details.message_id] : [];
    }),
  );
}

export interface Proof {
  readonly verdict: Verdict;
  readonly sends: SendProof;
  readonly calls: readonly Call[];
  readonly reports: readonly FaultReport[];
  /** Processes of this run that are still there. */
  readonly left: number;
}

/** Says what held, line by line; true when everything did. */
export function printProof(out: Terminal, { verdict, sends, calls, reports, left }: Proof): boolean {
  const { colours } = out;
  const neverBack = reports.filter(({ backAfterMs }) => backAfterMs === null).length;
  const lines: (readonly [boolean, string])[] = [
    [
      verdict.ok,
      verdict.ok
        ? `${formatCounted(verdict.expected, 'message')} in the account, each in the store exactly once${verdict.unconfirmed === 0 ? '' : `, and ${formatCount(verdict.unconfirmed)} that nobody confirmed`}.`
        : `The store differs from the account: ${verdict.missing} missing${verdict.missingIds.length === 0 ? '' : ` (${verdict.missingIds.join(', ')})`}, ${verdict.twice} twice, ${verdict.unexpected} unexpected, ${verdict.different} different.`,
    ],
    [
      sends.twice + sends.lost + sends.unexpected === 0 && sends.asked > 0,
      `${formatCounted(sends.asked, 'message')} sent: ${formatCount(sends.confirmed)} confirmed, ${formatCount(sends.unknown)} told as unknown, ${formatCount(sends.refused)} told as not sent; arrived twice ${sends.twice}, lost ${sends.lost}.`,
    ],
    callLine(calls, reports, out.columns),
    [
      neverBack === 0,
      neverBack === 0
        ? 'Every engine came back by itself.'
        : `${neverBack} times an engine did not come back.`,
    ],
    [
      left === 0,
      left === 0 ? 'Every process has ended.' : `${formatCounted(left, 'process', 'processes')} left behind.`,
    ],
  ];
  out.print('', colours.bold('Proof'));
  for (const [held, text] of lines) out.print(`${held ? colours.green('✔') : colours.red('✖')} ${text}`);
  return lines.every(([held]) => held);
}

const TOLD_LABEL = '  told why not: ';

/** Errors that name a cause are answers; these two mean that nobody knows. */
const NO_ANSWER = new Set<string | null>(['INTERNAL_ERROR', 'NOT_RUNNING', null]);

function callLine(
  calls: readonly Call[],
  reports: readonly FaultReport[],
  columns: number,
): readonly [boolean, string] {
  const failed = calls.filter(({ answer }) => !answer.ok);
  const open = failed.filter(({ answer }) => NO_ANSWER.has(answer.code)).length;
  const codes = new Map<string, number>();
  for (const { answer } of failed)
    codes.set(answer.code ?? 'none', (codes.get(answer.code ?? 'none') ?? 0) + 1);
  const told = asManyAsFit(
    [...codes].sort((a, b) => b[1] - a[1]),
    columns - TOLD_LABEL.length,
  );
  const taken = reports.reduce((sum, { takenOver }) => sum + takenOver, 0);
  const slowest = Math.max(0, ...calls.map(({ answer }) => answer.tookMs));
  return [
    open === 0 && calls.length > 0 && reports.length > 0,
    [
      `${formatCounted(calls.length, 'call')}: ${formatCount(taken)} answered by the other engine while one was broken, ${formatCount(open)} without an answer; the slowest took ${formatDuration(slowest)}.`,
      ...(told.length === 0 ? [] : [`${TOLD_LABEL}${told.join(' · ')}`]),
    ].join('\n'),
  ];
}
