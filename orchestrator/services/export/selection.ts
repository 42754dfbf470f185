import type { History, MessageFilter } from '#history/contracts/history.ts';
import type { MessageRecord } from '#history/contracts/records.ts';

/** The messages of one chat that go into an export. */
export interface Selection {
  readonly chatId: number;
  /** Sent at or after, seconds. */
  readonly after?: number;
  /** Sent before, seconds. */
  readonly before?: number;
  /** The newest so many. */
  readonly maxMessages: number;
}

/** The selection as it was when the export began, by keys of the store; null = it is empty. */
export interface Range {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

type Store = Pick<History, 'messages'>;

/** Rows that one look back passes over: a few milliseconds, so that nobody waits for a long chat. */
const STEP_MESSAGES = 5_000;
const PAGE_MESSAGES = 500;

/** Finds where the newest `maxMessages` begin without reading them. */
export async function findRange(
  { messages }: Store,
  selection: Selection,
  signal: AbortSignal,
): Promise<Range | null> {
  const filter = filterOf(selection);
  const newest = await messages.list({ ...filter, order: 'newest', limit: 1 });
  const last = newest.items[0]?.key;
  if (last === undefined) return null;
  let first = last;
  let count = 1;
  for (let step = STEP_MESSAGES; step >= 1 && count < selection.maxMessages; ) {
    signal.throwIfAborted();
    const skipped = Math.min(step, selection.maxMessages - count);
    const { items } = await messages.list({
      ...filter,
      order: 'newest',
      after: first,
      offset: skipped - 1,
      limit: 1,
    });
    const found = items[0]?.key;
    if (found === undefined) {
      // Fewer are left than that: come closer to the beginning.
      step = Math.floor(skipped / 2);
    } else {
      first = found;
      count += skipped;
    }
  }
  return { first, last, count };
}

/** Page by page, oldest first. What arrives meanwhile at the end is left out. */
export async function* pagesOf(
  { messages }: Store,
  selection: Selection,
  range: Range,
  signal: AbortSignal,
  only: Pick<MessageFilter, 'hasMedia'> = {},
): AsyncGenerator<readonly MessageRecord[]> {
  let after = range.first - 1;
  for (;;) {
    signal.throwIfAborted();
    const page = await messages.list({
      ...filterOf(selection),
      ...only,
      order: 'oldest',
      limit: PAGE_MESSAGES,
      after,
    });
    const items = page.items.filter(({ key }) => key <= range.last);
    if (items.length > 0) yield items;
    if (page.next === null || items.length < page.items.length) return;
    after = page.next;
  }
}

function filterOf({ chatId, after, before }: Selection): MessageFilter {
  return {
    chatId,
    ...(after === undefined ? {} : { since: after }),
    ...(before === undefined ? {} : { until: before }),
  };
}
