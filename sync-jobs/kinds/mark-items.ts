import type { History } from '#history/contracts/history.ts';
import type { JobItem, JobKind, Json } from '#history/contracts/jobs.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import { TandemError } from '#kernel/errors.ts';
import { type MarkCounts, markChat, type ReceiptMode } from '#orchestrator/services/mark-chat.ts';
import type { RouterPort } from '#orchestrator/services/ports.ts';
import { hintAfter } from '#orchestrator/services/untold.ts';
import type { TurnContext, TurnResult } from '../kind.ts';
import { troubleOf } from './trouble.ts';

const MARKING: readonly JobKind[] = ['mark-read', 'mark-community'];
/** A chat is marked within a second or two. */
const BUSY_REST_MS = 1_000;

const NOTHING: MarkCounts = { marked: 0, told: 0, notInHistory: 0, receiptsSent: 0, skipped: 0 };

export interface MarkDeps {
  readonly history: Pick<History, 'chats' | 'messages' | 'reads'>;
  readonly router: Pick<RouterPort, 'call'>;
  /** Whether senders may be told at all. */
  readonly readReceipts: boolean;
}

export interface MarkOptions {
  readonly receipts: ReceiptMode;
  readonly maxPerChat: number;
  /** Told after each chat. */
  readonly tell: () => Promise<void>;
}

/** Chats, then messages that were unread, then stanzas. */
export interface MarkTotals {
  readonly chats: number;
  readonly chats_ended: number;
  readonly chats_failed: number;
  readonly marked: number;
  /** Of the marked: whose senders were told. */
  readonly messages_told: number;
  /** Of the marked: not in the history, so that nobody can be told. */
  readonly not_in_history: number;
  /** Stanzas; one tells one sender of many messages. */
  readonly receipts_sent: number;
  /** Of the marked: too old for a receipt, or not in the history. */
  readonly skipped: number;
}

/** Adds the chats that are not part of the job yet. */
export async function addChats({ items }: TurnContext, chats: readonly ChatRecord[]): Promise<void> {
  const known = new Set((await items.list()).map(({ chatId }) => chatId));
  const fresh = new Map(chats.filter(({ id }) => !known.has(id)).map((chat) => [chat.id, chat]));
  if (fresh.size === 0) return;
  await items.add(
    [...fresh.values()].map(({ id, unread }) => ({ chatId: id, messageKey: null, total: unread })),
  );
}

/** Marks one chat after the other; null = all have ended. What one chat meets does not stop the others. */
export async function markItems(
  deps: MarkDeps,
  context: TurnContext,
  options: MarkOptions,
): Promise<TurnResult | null> {
  const { items } = context;
  for (const item of await items.list({ states: ['queued', 'running'] })) {
    if (context.isOver()) return { state: 'again', afterMs: 0 };
    await context.look();
    const rest = await markItem(deps, context, options, item);
    await options.tell();
    if (rest !== null) return rest;
  }
  return null;
}

async function markItem(
  deps: MarkDeps,
  context: TurnContext,
  options: MarkOptions,
  item: JobItem,
): Promise<TurnResult | null> {
  const { items, signal } = context;
  const { n } = item;
  const chat = item.chatId === null ? null : await deps.history.chats.get(item.chatId);
  if (chat === null) {
    await items.save(n, { state: 'skipped', reason: 'chat-gone' });
    return null;
  }
  // Written before the store was: the chat is marked, and only the end of its part was lost.
  const before = item.result;
  if (chat.unread === 0 && !chat.markedUnread) {
    const result = before ?? resultOf(NOTHING);
    await items.save(n, { state: 'done', reason: null, done: countOf(result, 'marked'), result });
    return null;
  }
  // Another worker may be at this chat for another job: told by both its senders would hear twice.
  if (!(await items.take(n, MARKING))) return { state: 'again', afterMs: BUSY_REST_MS, reason: 'busy' };
  try {
    const done = await markChat(deps, {
      chat,
      receipts: effective(options.receipts, deps.readReceipts),
      maxReceipts: options.maxPerChat,
      untold: 'throw',
      signal,
      onStep: async (step, soFar) => {
        await context.look();
        if (step === 'store') await items.save(n, { result: resultOf(soFar) });
      },
    });
    if (done === null) await items.save(n, { state: 'skipped', reason: 'empty-chat' });
    else await items.save(n, { state: 'done', reason: null, done: done.marked, result: resultOf(done) });
    return null;
  } catch (thrown) {
    const trouble = troubleOf(thrown, signal);
    if (trouble.is === 'rest') return { state: 'again', afterMs: trouble.afterMs, reason: trouble.reason };
    const { code } = trouble;
    const result = { ...resultOf(NOTHING), code };
    await items.save(n, { state: 'failed', reason: code, result });
    return null;
  }
}

/** Throws TOOL_DISABLED where only the senders were to be told and the setting keeps receipts back. */
export function effective(receipts: ReceiptMode, readReceipts: boolean): ReceiptMode {
  if (readReceipts || receipts === 'own-devices') return receipts;
  if (receipts === 'both') return 'own-devices';
  throw new TandemError('TOOL_DISABLED', {
    message: 'Receipts to senders are switched off, and nothing else was asked for.',
    hint: 'Mark for the own devices, or let the operator set TANDEM_SEND_READ_RECEIPTS to on.',
    details: { setting: 'TANDEM_SEND_READ_RECEIPTS' },
  });
}

export function totalsOf(all: readonly JobItem[]): MarkTotals {
  const sum = (name: string) => all.reduce((count, { result }) => count + countOf(result, name), 0);
  const ended = all.filter(({ state }) => state !== 'queued' && state !== 'running');
  return {
    chats: all.length,
    chats_ended: ended.length,
    chats_failed: ended.filter(({ state }) => state === 'failed').length,
    marked: sum('marked'),
    messages_told: sum('messages_told'),
    not_in_history: sum('not_in_history'),
    receipts_sent: sum('receipts_sent'),
    skipped: sum('skipped'),
  };
}

/** What a job of these kinds ends with: the counts, and in words what is left to do about senders who were not told. */
export function conclusionOf(totals: MarkTotals, wanted: ReceiptMode, used: ReceiptMode) {
  const { marked, messages_told, not_in_history, chats_failed } = totals;
  // Of a chat that failed it is not known here what was unread in it.
  const isUnknown = marked === 0 && chats_failed > 0;
  const hint =
    wanted === 'own-devices' || isUnknown
      ? undefined
      : hintAfter({ unread: marked, told: messages_told, notInHistory: not_in_history });
  return {
    ...totals,
    receipts: used,
    senders_untold: used !== wanted || messages_told < marked || chats_failed > 0,
    ...(hint === undefined ? {} : { hint }),
  };
}

function resultOf({ marked, told, notInHistory, receiptsSent, skipped }: MarkCounts) {
  return {
    marked,
    messages_told: told,
    not_in_history: notInHistory,
    receipts_sent: receiptsSent,
    skipped,
  };
}

function countOf(result: Json, name: string): number {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return 0;
  const value = (result as Readonly<Record<string, Json>>)[name];
  return typeof value === 'number' ? value : 0;
}
