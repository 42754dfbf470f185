import { TandemError } from '#kernel/errors.ts';
import type { Cursors, Place } from './cursor.ts';

/** How a caller walks through a list: by cursor, or by number of page or offset as other systems do. */
export interface Paging {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** From 0. */
  readonly page?: number | undefined;
  /** How many to skip. */
  readonly offset?: number | undefined;
}

/** Some 10,000 tokens: what clients take in one result without warning or cutting. */
const ANSWER_MAX_CHARS = 36_000;

/** How many items from the front fit into one answer; at least one, so that a walk always advances. */
export function countFitting(items: readonly unknown[]): number {
  let size = 0;
  for (const [at, item] of items.entries()) {
    size += JSON.stringify(item).length;
    if (size > ANSWER_MAX_CHARS) return Math.max(1, at);
  }
  return items.length;
}

/** A list that is walked by offset. The query excludes limit, cursor and page. */
export function openOffset(cursors: Cursors, list: string, query: unknown, paging: Paging): number {
  const place = openPlace(cursors, list, query, paging);
  if (place !== null) return Number(place[0]);
  return skipOf(paging);
}

/** How many items lie before the wanted page. */
export function skipOf({ limit, page, offset }: Paging): number {
  return offset ?? (page ?? 0) * limit;
}

/** Null at the start of the list. Throws INVALID_CURSOR; VALIDATION_ERROR when both ways are used at once. */
export function openPlace(cursors: Cursors, list: string, query: unknown, paging: Paging): Place | null {
  const ways = (['cursor', 'page', 'offset'] as const).filter((way) => paging[way]);
  if (ways.length > 1) {
    const [first, second] = ways;
    throw new TandemError('VALIDATION_ERROR', {
      message: 'Give one of cursor, page and offset, not two.',
      details: { problems: [{ field: second, problem: `not together with ${first}` }] },
    });
  }
  if (paging.cursor === undefined) return null;
  return cursors.open(list, query, paging.cursor);
}

/** The part of a page by offset that fits, and where the next one starts. */
export function closeOffset<T>(
  cursors: Cursors,
  list: string,
  query: unknown,
  offset: number,
  items: readonly T[],
  total: number,
): { readonly items: readonly T[]; readonly has_more: boolean; readonly next_cursor?: string } {
  const fitting = items.slice(0, countFitting(items));
  const end = offset + fitting.length;
  if (fitting.length === 0 || end >= total) return { items: fitting, has_more: false };
  return { items: fitting, has_more: true, next_cursor: cursors.seal(list, query, [end]) };
}
