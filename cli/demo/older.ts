import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineName } from '#engines/contract/capability.ts';
import type { CommandOutput } from '#engines/contract/command.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';
import type { History } from '#history/contracts/history.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import { toErrorBody, toTandemError } from '#kernel/errors.ts';
import { HISTORY_PAGE_MAX_MESSAGES, MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { CallOptions, CallOutcome } from '#orchestrator/services/ports.ts';
import type { RunningService } from '../service/service.ts';
import { waitUntil } from './wait.ts';

/** Requests in flight: gentle even towards a real phone. */
const CHATS_AT_A_TIME = 4;
const CHATS_MAX = 1_000;
/** A page without an answer is asked for again; the phone, or this machine, may have been busy. */
const SILENCES_MAX = 3;
const INGEST_LIMIT_MS = 30_000;
const PAUSE_MAX_MS = 6_000;

/**
 * A newly linked device is handed only the newest part of each chat; the phone serves the rest page by page. Asks for
 * all of it, the engines chat by chat in turns. What stays out is seen by the check at the end, so nothing is thrown here.
 */
export async function fetchOlderHistory(service: RunningService, signal: AbortSignal): Promise<void> {
  const { items } = await service.history.chats.list({ sort: 'last_active', limit: CHATS_MAX });
  const engines = service.orchestrator.engines().map(({ engine }) => engine);
  const waiting = items.map((chat, index) => ({ chat, engine: engines[index % engines.length] }));
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      await fetchChat(service, next.chat, next.engine, signal);
    }
  };
  await Promise.all(Array.from({ length: CHATS_AT_A_TIME }, worker));
}

async function fetchChat(
  service: RunningService,
  chat: ChatRecord,
  first: EngineName | undefined,
  signal: AbortSignal,
): Promise<void> {
  let silences = 0;
  // Each engine knows how deep it has been; another one would begin above and ask for what is there already.
  let last = first;
  while (!signal.aborted && silences < SILENCES_MAX) {
    const anchor = await oldestOf(service.history, chat.id);
    if (anchor === null) return;
    const page = await askFor(service, chat, anchor, {
      signal,
      ...(last === undefined ? {} : { preferred: last }),
    });
    if (page === null || page.output.outcome === 'silent') {
      silences += 1;
      continue;
    }
    const { output, engine } = page;
    last = engine;
    if (output.seq !== null) await waitForIngest(service, engine, output.seq, signal);
    if (output.end === 'start-reached' || output.messages === 0) return;
  }
}

/** One page; null = not now, which is worth another try after the pause that was asked for. */
async function askFor(
  service: RunningService,
  chat: ChatRecord,
  anchor: HistoryAnchor,
  options: CallOptions & { readonly signal: AbortSignal },
): Promise<CallOutcome<CommandOutput<'history.page'>> | null> {
  try {
    const input = { chat: chat.jid, anchor, count: HISTORY_PAGE_MAX_MESSAGES };
    return await service.orchestrator.router.call('history.page', input, options);
  } catch (thrown) {
    const error = toTandemError(thrown);
    if (!toErrorBody(error).retryable || options.signal.aborted) throw thrown;
    const pauseMs = Math.min(PAUSE_MAX_MS, (error.retryAfterSeconds ?? 1) * MILLISECONDS_PER_SECOND);
    await sleep(pauseMs, undefined, { signal: options.signal }).catch(() => undefined);
    return null;
  }
}

async function oldestOf(history: History, chatId: number): Promise<HistoryAnchor | null> {
  const { items } = await history.messages.list({ chatId, order: 'oldest', limit: 1 });
  const oldest = items[0];
  if (oldest === undefined) return null;
  return { id: oldest.id, fromMe: oldest.fromMe, sender: oldest.sender?.jid ?? null, sentAt: oldest.sentAt };
}

/** The next page starts at the oldest stored message, so this one has to be stored first. */
async function waitForIngest(
  service: RunningService,
  engine: EngineName,
  seq: number,
  signal: AbortSignal,
): Promise<void> {
  await waitUntil(
    () => (service.orchestrator.ingest().find((view) => view.engine === engine)?.committedSeq ?? 0) >= seq,
    { signal, limitMs: INGEST_LIMIT_MS },
  );
}
