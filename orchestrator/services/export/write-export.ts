import type { History } from '#history/contracts/history.ts';
import { TandemError } from '#kernel/errors.ts';
import { presentMessage } from '../present/message.ts';
import type { Times } from '../present/times.ts';
import type { PublicMessage } from '../shapes/message.ts';
import {
  EXPORT_MAX_MESSAGES,
  type ExportDeps,
  type ExportOutcome,
  type ExportProgress,
  type ExportRequest,
} from './contract.ts';
import { csvOf } from './csv-body.ts';
import { jsonOf } from './json-body.ts';
import type { Run } from './run.ts';
import { findRange, pagesOf, type Range } from './selection.ts';
import { writeWhole } from './whole-file.ts';
import { zipOf } from './zip.ts';
import { entriesOf } from './zip-entries.ts';

/** More fits on few disks twice and through few downloads once. */
const EXPORT_MAX_BYTES = 4_000_000_000;
const SAMPLE_ROWS = 5;
const SAMPLE_TEXT_MAX_CHARS = 200;

/**
 * Writes one chat into one file, oldest message first, in flat memory. The file is there whole or not at all. Errors:
 * CHAT_NOT_FOUND, EXPORT_TOO_LARGE, VALIDATION_ERROR, DB_DISK_FULL, DATA_DIR_UNUSABLE; throws the signal's reason when aborted.
 */
export async function writeExport(
  deps: ExportDeps,
  request: ExportRequest,
  file: string,
  signal: AbortSignal,
  onProgress: (step: ExportProgress) => void = () => undefined,
): Promise<ExportOutcome> {
  check(request);
  const { history, times, clock } = deps;
  const chat = await history.chats.get(request.chatId);
  if (chat === null) throw new TandemError('CHAT_NOT_FOUND');
  const range = await findRange(history, request, signal);
  const sample = await sampleOf(history, request, range, times, signal);
  const exportedAtMs = clock.now();
  const counts = { messages: 0, media: 0, mediaMissing: 0 };
  const run: Run = { deps, request, chat, range, exportedAtMs, signal, onProgress, ...counts };
  const written = await writeWhole(file, bodyOf(run), {
    maxBytes: deps.maxBytes ?? EXPORT_MAX_BYTES,
    signal,
    ...(deps.write === undefined ? {} : { write: deps.write }),
  });
  const { messages, media, mediaMissing } = run;
  return { ...written, messages, media, mediaMissing, sample };
}

function check({ maxMessages, includeMedia, format }: ExportRequest): void {
  if (maxMessages > EXPORT_MAX_MESSAGES) {
    throw new TandemError('EXPORT_TOO_LARGE', { details: { limit_messages: EXPORT_MAX_MESSAGES } });
  }
  if (!Number.isSafeInteger(maxMessages) || maxMessages < 1) {
    throw invalid('max_messages', `expected 1 to ${EXPORT_MAX_MESSAGES}`);
  }
  if (includeMedia && format !== 'zip') throw invalid('include_media', 'only the format zip holds files');
}

function invalid(field: string, problem: string): TandemError {
  return new TandemError('VALIDATION_ERROR', {
    message: `${field}: ${problem}.`,
    details: { problems: [{ field, problem }] },
  });
}

function bodyOf(run: Run): AsyncIterable<Buffer | string> {
  switch (run.request.format) {
    case 'json':
      return jsonOf(run);
    case 'csv':
      return csvOf(run);
    case 'zip':
      return zipOf(entriesOf(run), new Date(run.exportedAtMs), run.signal);
  }
}

async function sampleOf(
  history: Pick<History, 'messages'>,
  request: ExportRequest,
  range: Range | null,
  times: Times,
  signal: AbortSignal,
): Promise<readonly PublicMessage[]> {
  if (range === null) return [];
  for await (const page of pagesOf(history, request, range, signal)) {
    const style = { maxText: SAMPLE_TEXT_MAX_CHARS, withoutChatName: true };
    return page.slice(0, SAMPLE_ROWS).map((record) => presentMessage(record, times, style));
  }
  return [];
}
