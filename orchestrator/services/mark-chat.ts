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
  readonly history: Pick<History, 'chats' | 'messages' | 'reads'>;
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

/** All but the receipts are messages that were unread. */
export interface MarkCounts {
  readonly marked: number;
  /** Stanzas: one brings a sender the word of many messages. */
  readonly receiptsSent: number;
  /** Whose senders were told, now or by an earlier try. */
  readonly told: number;
  /** Whose senders cannot be told, because nothing but their number is known. */
  readonly notInHistory: number;
  /** That no receipt was to be sent for: too old, or not in the history. */
  readonly skipped: number;
}

export interface MarkedChat extends MarkCounts {
  readonly receipts: ReceiptsOutcome;
  readonly receiptsError: ErrorCode | null;
  /** The command that told the own devices, or the last of those that told senders; null = none was needed. */
  readonly served: CallOutcome<unknown> | null;
}

/**
 * `sent` = the senders of all of them were told, `partly` = of some, `none` = of none, because the messages are not in the history
 * or too old; `off` = senders were not to be told; `failed` = some could not be reached.
 */
export const receiptsOutcomes = ['sent', 'partly', 'none', 'off', 'none-needed', 'failed'] as const;
export type ReceiptsOutcome = (typeof receiptsOutcomes)[number];

/** As many as one command takes. */
const RECEIPTS_PER_COMMAND = 500;

/**
 * Marks one chat read: first the senders are told, then the own devices, then the store is written. Whom a command has told is
 * noted right behind it, so that whoever repeats this after a kill tells the others only. Who marks the same chat meanwhile waits,
 * and finds nothing left to tell. Null = a chat without messages, which nothing can be said of. Errors: those of the router.
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
  const before = await history.reads.unread(chat.id, request.maxReceipts);
  const batches = receiptBatches(before.messages.filter(({ key }) => !before.toldKeys.has(key)));
  let told: Told = {
    // Each sender that an earlier try has told has had a receipt.
    sent: sendersOf(before.messages.filter(({ key }) => before.toldKeys.has(key))),
    messages: before.told,
    error: null,
    served: null,
  };
  const counts = (): MarkCounts => ({
    marked: before.unread,
    receiptsSent: told.sent,
    told: told.messages,
    notInHistory: before.unread - before.stored,
    skipped: Math.max(0, before.unread - before.messages.length),
  });

  const tellSenders = receipts !== 'own-devices';
  for (const batch of tellSenders ? batches : []) {
    await request.onStep?.('command', counts());
    told = await tell(told, batch, () =>
      router.call('message.markRead', { messages: batch.map(refOf) }, options),
    );
    if (told.error === null) {
      await history.reads.noteTold(batch.map(({ key }) => key));
      continue;
    }
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
    const rest = served.output.sendersTold ? batches.flat().slice(told.messages - before.told) : [];
    await history.reads.noteTold(rest.map(({ key }) => key));
    told =
      rest.length > 0
        ? { sent: told.sent + sendersOf(rest), messages: told.messages + rest.length, error: null, served }
        : { ...told, served };
    if (told.error !== null && request.untold === 'throw') throw told.error;
  }
  await request.onStep?.('store', counts());
  // The engines may have told the store already, from what came back of the commands.
  await history.chats.markRead(chat.id, newest.sentAt);
  return {
    ...counts(),
    receipts: outcomeOf(counts(), tellSenders, told.error !== null),
    receiptsError: told.error?.code ?? null,
    served: told.served,
  };
}

/** What the senders have heard so far. */
interface Told {
  readonly sent: number;
  readonly messages: number;
  readonly error: TandemError | null;
  readonly served: CallOutcome<unknown> | null;
}

async function tell(
  before: Told,
  batch: readonly MessageRecord[],
  call: () => Promise<CallOutcome<{ readonly receiptsSent: number }>>,
): Promise<Told> {
  try {
    const served = await call();
    const sent = before.sent + served.output.receiptsSent;
    return { sent, messages: before.messages + batch.length, error: null, served };
  } catch (thrown) {
    return { ...before, error: toTandemError(thrown) };
  }
}

function outcomeOf({ marked, told }: MarkCounts, tellSenders: boolean, failed: boolean): ReceiptsOutcome {
  if (marked === 0) return 'none-needed';
  if (failed) return 'failed';
  if (told >= marked) return 'sent';
  if (told > 0) return 'partly';
  return tellSenders ? 'none' : 'off';
}

function sendersOf(messages: readonly MessageRecord[]): number {
  return new Set(messages.map(({ sender }) => sender?.personId ?? 0)).size;
}

/** No engine that sends receipts alone could be asked; another may still send them with the mark on the chat. */
function neverLeft({ code, details }: TandemError): boolean {
  return code === 'CAPABILITY_UNAVAILABLE' || details?.sent === false;
}

/** All messages of one sender stand together, so that each hears once; one with more than a command takes is split. */
export function receiptBatches(unread: readonly MessageRecord[]): readonly (readonly MessageRecord[])[] {
  const bySender = Map.groupBy(unread, (message) => refOf(message).sender);
  const batches: MessageRecord[][] = [];
  let last: MessageRecord[] = [];
  for (const theirs of bySender.values()) {
    for (let at = 0; at < theirs.length; at += RECEIPTS_PER_COMMAND) {
      const some = theirs.slice(at, at + RECEIPTS_PER_COMMAND);
      if (batches.length > 0 && last.length + some.length <= RECEIPTS_PER_COMMAND) last.push(...some);
      else {
        last = [...some];
        batches.push(last);
      }
    }
  }
  return batches;
}
