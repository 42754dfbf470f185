import type { MessageRef } from '#engines/contract/command.ts';
import type { History } from '#history/contracts/history.ts';
import type { ChatRecord, MessageRecord } from '#history/contracts/records.ts';
import { type ErrorCode, type TandemError, toTandemError } from '#kernel/errors.ts';
import { inLine } from './in-line.ts';
import { newestAnchor, refOf } from './messages/reference.ts';
import type { CallOutcome, RouterPort } from './ports.ts';

/** Who learns that a chat was read: those who wrote, the own devices, or both. */
export const receiptModes = ['senders', 'own-devices', 'both'] as const;
export type ReceiptMode = (typeof receiptModes)[number];

export interface MarkChatDeps {
  readonly history: Pick<History, 'chats' | 'messages'>;
  readonly router: Pick<RouterPort, 'call'>;
}

export interface MarkChatRequest {
  readonly chat: Pick<ChatRecord, 'id' | 'jid'>;
  readonly receipts: ReceiptMode;
  /** Newest first; older unread messages are covered by the mark on the chat itself. */
  readonly maxReceipts: number;
  /** `go-on` = the chat is read although not all senders could be told; `throw` = it is left unread for another try. */
  readonly untold: 'go-on' | 'throw';
  readonly signal?: AbortSignal;
  /** Before each command and before the store is written, with what will have been done then; what it throws ends it there. */
  readonly onStep?: (step: 'command' | 'store', soFar: MarkCounts) => Promise<void>;
}

export interface MarkCounts {
  readonly marked: number;
  readonly receiptsSent: number;
  /** Unread messages that no receipt was to be sent for: too old, or not in the store. */
  readonly skipped: number;
}

export interface MarkedChat extends MarkCounts {
  readonly receipts: 'sent' | 'off' | 'none-needed' | 'failed';
  readonly receiptsError: ErrorCode | null;
  /** The command that told the own devices, or the last of those that told senders; null = none was needed. */
  readonly served: CallOutcome<unknown> | null;
}

/** As many as one command takes. */
const RECEIPTS_PER_COMMAND = 500;

/**
 * Marks one chat read: first the senders are told, then the own devices, then the store is written. Killed in between it can be
 * repeated as a whole: nobody is left untold, and a receipt that comes twice changes nothing. Who marks the same chat meanwhile
 * waits, and finds nothing left to tell. Null = a chat without messages, which nothing can be said of. Errors: those of the router.
 */
export function markChat(deps: MarkChatDeps, request: MarkChatRequest): Promise<MarkedChat | null> {
  return inLine(deps.history, request.chat.id, () => mark(deps, request));
}

async function mark(deps: MarkChatDeps, request: MarkChatRequest): Promise<MarkedChat | null> {
  const { history, router } = deps;
  const { chat, receipts, signal } = request;
  signal?.throwIfAborted();
  const options = signal === undefined ? {} : { signal };
  // The mark goes no further than this message, so that one that arrives meanwhile stays unread and gets its receipt later.
  const newest = await newestAnchor(deps, chat.id);
  if (newest === null) return null;
  const unread = await history.messages.unread(chat.id, request.maxReceipts);
  const before = (await history.chats.get(chat.id))?.unread ?? 0;
  let told: Told = { sent: 0, error: null, served: null };
  const counts = (): MarkCounts => ({
    marked: before,
    receiptsSent: told.sent,
    skipped: Math.max(0, before - unread.length),
  });

  const tellSenders = receipts !== 'own-devices';
  for (const messages of tellSenders ? receiptBatches(unread) : []) {
    await request.onStep?.('command', counts());
    told = await tell(told, () => router.call('message.markRead', { messages }, options));
    if (told.error === null) continue;
    if (signal?.aborted) throw told.error;
    if (request.untold === 'throw' && !(receipts === 'both' && neverLeft(told.error))) throw told.error;
    break;
  }
  if (receipts !== 'senders') {
    await request.onStep?.('command', counts());
    const served = await router.call(
      'chat.markRead',
      { chat: chat.jid, newest, tellSenders },
      { ...options, ...(told.served === null ? {} : { preferred: told.served.engine }) },
    );
    // An engine that cannot mark without telling has told them, whatever was asked.
    told =
      served.output.sendersTold && unread.length > 0
        ? { sent: unread.length, error: null, served }
        : { ...told, served };
    if (told.error !== null && request.untold === 'throw') throw told.error;
  }
  await request.onStep?.('store', counts());
  // The engines may have told the store already, from what came back of the commands.
  await history.chats.markRead(chat.id, newest.sentAt);
  const sent = told.sent > 0 || tellSenders ? 'sent' : 'off';
  return {
    ...counts(),
    receipts: unread.length === 0 ? 'none-needed' : told.error === null ? sent : 'failed',
    receiptsError: told.error?.code ?? null,
    served: told.served,
  };
}

/** What the senders have heard so far. */
interface Told {
  readonly sent: number;
  readonly error: TandemError | null;
  readonly served: CallOutcome<unknown> | null;
}

async function tell(
  before: Told,
  call: () => Promise<CallOutcome<{ readonly receiptsSent: number }>>,
): Promise<Told> {
  try {
    const served = await call();
    return { sent: before.sent + served.output.receiptsSent, error: null, served };
  } catch (thrown) {
    return { ...before, error: toTandemError(thrown) };
  }
}

/** No engine that sends receipts alone could be asked; another may still send them with the mark on the chat. */
function neverLeft({ code, details }: TandemError): boolean {
  return code === 'CAPABILITY_UNAVAILABLE' || details?.sent === false;
}

/** All messages of one sender stand together, so that each hears once; one with more than a command takes is split. */
export function receiptBatches(unread: readonly MessageRecord[]): readonly MessageRef[][] {
  const bySender = Map.groupBy(unread.map(refOf), ({ sender }) => sender);
  const batches: MessageRef[][] = [];
  let last: MessageRef[] = [];
  for (const refs of bySender.values()) {
    for (let at = 0; at < refs.length; at += RECEIPTS_PER_COMMAND) {
      const some = refs.slice(at, at + RECEIPTS_PER_COMMAND);
      if (batches.length > 0 && last.length + some.length <= RECEIPTS_PER_COMMAND) last.push(...some);
      else {
        last = [...some];
        batches.push(last);
      }
    }
  }
  return batches;
}
