import type { History } from '#history/contracts/history.ts';
import type { MessageRecord } from '#history/contracts/records.ts';

const PAGE = 500;

/** Every message of the store, oldest first. */
export async function* everyStored(
  history: Pick<History, 'messages'>,
): AsyncGenerator<MessageRecord, void, undefined> {
  let after: number | undefined;
  do {
    const page = await history.messages.list({
      order: 'oldest',
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    yield* page.items;
    after = page.next ?? undefined;
  } while (after !== undefined);
}

const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ['Japanese', /\p{Script=Hiragana}|\p{Script=Katakana}/u],
  ['Chinese', /\p{Script=Han}/u],
  ['Korean', /\p{Script=Hangul}/u],
  ['Thai', /\p{Script=Thai}/u],
  ['Arabic', /\p{Script=Arabic}/u],
  ['Hebrew', /\p{Script=Hebrew}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
  [
    'Indic',
    /\p{Script=Devanagari}|\p{Script=Bengali}|\p{Script=Tamil}|\p{Script=Telugu}|\p{Script=Malayalam}|\p{Script=Kannada}|\p{Script=Gujarati}/u,
  ],
  ['Latin', /\p{Script=Latin}/u],
];

/** The writing of a text: the least common script that occurs decides. */
export function scriptOf(text: string): string {
  return SCRIPTS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'no letters';
}

export interface Census {
  readonly byType: readonly (readonly [string, number])[];
  readonly byScript: readonly (readonly [string, number])[];
}

/** What kinds of messages there are and how they are written, most frequent first. */
export async function takeCensus(history: History): Promise<Census> {
  const types = new Map<string, number>();
  const scripts = new Map<string, number>();
  const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for await (const message of everyStored(history)) {
    add(types, message.type);
    add(scripts, message.text === null ? 'no text' : scriptOf(message.text));
  }
  const sorted = (counts: Map<string, number>) => [...counts].sort((a, b) => b[1] - a[1]);
  return { byType: sorted(types), byScript: sorted(scripts) };
}
