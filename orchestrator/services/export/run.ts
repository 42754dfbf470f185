import { Readable } from 'node:stream';
import type { ChatRecord, MessageRecord } from '#history/contracts/records.ts';
import { TandemError } from '#kernel/errors.ts';
import type { ExportDeps, ExportProgress, ExportRequest } from './contract.ts';
import { pagesOf, type Range } from './selection.ts';

/** One export under way; the counts grow while it is read. */
export interface Run {
  readonly deps: ExportDeps;
  readonly request: ExportRequest;
  readonly chat: ChatRecord;
  readonly range: Range | null;
  readonly exportedAtMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (step: ExportProgress) => void;
  messages: number;
  media: number;
  mediaMissing: number;
}

/** Every message, oldest first; counts and reports them. */
export async function* messagePages(run: Run): AsyncGenerator<readonly MessageRecord[]> {
  const { deps, request, range, signal } = run;
  if (range === null) return;
  for await (const page of pagesOf(deps.history, request, range, signal)) {
    yield page;
    run.messages += page.length;
    // Older history may come in meanwhile; the end is never before the place.
    run.onProgress({ done: run.messages, total: Math.max(range.count, run.messages) });
  }
  // Two chats that turn out to be one leave one of their ids behind, in the middle of a walk.
  if ((await deps.history.chats.get(request.chatId)) === null) {
    throw new TandemError('CHAT_NOT_FOUND', {
      message: 'The chat became one with another while it was exported.',
      hint: 'Export it again.',
    });
  }
}

/** Only the messages with files; counts nothing. */
export function mediaPages({ deps, request, range, signal }: Run): AsyncIterable<readonly MessageRecord[]> {
  if (range === null) return Readable.from([]);
  return pagesOf(deps.history, request, range, signal, { hasMedia: true });
}
