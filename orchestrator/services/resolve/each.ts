import type { ChatRecord } from '#history/contracts/records.ts';
import { fromErrorBody, TandemError, toErrorBody } from '#kernel/errors.ts';
import { REFERENCE_MAX_CHARS } from '#kernel/limits.ts';
import type { Resolver } from './resolver.ts';

/** Every chat of a list, each once. What one of them is refused for says which: as it was typed, and its place, counted from 1. */
export async function resolveEach(
  { chat }: Pick<Resolver, 'chat'>,
  references: readonly string[],
  field: string,
): Promise<readonly ChatRecord[]> {
  const found = new Map<number, ChatRecord>();
  for (const [index, typed] of references.entries()) {
    const record = await chat(typed, field).catch((thrown: unknown) => {
      throw named(thrown, typed, index + 1);
    });
    found.set(record.id, record);
  }
  return [...found.values()];
}

/** Among fifty names, "no such chat" alone would leave the caller to try them one by one. */
function named(thrown: unknown, typed: string, place: number): unknown {
  if (!(thrown instanceof TandemError)) return thrown;
  const given = typed.slice(0, REFERENCE_MAX_CHARS);
  return fromErrorBody({ ...toErrorBody(thrown), details: { ...thrown.details, given, place } });
}
