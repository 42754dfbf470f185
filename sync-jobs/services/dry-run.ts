import type { History } from '#history/contracts/history.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import type { ReceiptMode } from '#orchestrator/services/mark-chat.ts';
import { optionalName } from '#orchestrator/services/present/message.ts';
import { compact } from '#orchestrator/services/reply.ts';
import { hintBefore } from '#orchestrator/services/untold.ts';
import { MARK_MESSAGES_MAX } from '../kinds/mark-read.ts';

/** What would be done; nothing was. */
export interface DryRun {
  readonly dry_run: true;
  readonly chats: readonly DryRunChat[];
  readonly chats_unread: number;
  /** Messages, as the two below. */
  readonly unread: number;
  readonly would_tell: number;
  readonly not_in_history: number;
  /** What to know or to do first, where not all senders would be told. */
  readonly hint?: string;
}

export interface DryRunChat {
  readonly chat_jid: string;
  readonly chat_name?: string;
  readonly unread: number;
  /** Of them those whose senders would be told, or know already. */
  readonly would_tell: number;
  /** Of them those that this history does not hold: nobody can be told of them yet. */
  readonly not_in_history: number;
  /** Of them without a receipt: too old or not in the history; they are covered by the mark on the chat. */
  readonly skipped: number;
}

export interface DryRunOptions {
  /** As far as the setting allows. */
  readonly receipts: ReceiptMode;
  /** The marking would fetch the history of these chats before. */
  readonly fetchesFirst: boolean;
}

/** Counts what a marking of these chats would do. */
export async function dryRun(
  history: Pick<History, 'reads'>,
  chats: readonly ChatRecord[],
  { receipts, fetchesFirst }: DryRunOptions,
): Promise<DryRun> {
  const counted: DryRunChat[] = [];
  for (const { id, jid, name } of chats) {
    const { unread, stored, told } = await history.reads.counts(id);
    const reached = Math.min(stored, MARK_MESSAGES_MAX);
    counted.push(
      compact({
        chat_jid: jid,
        chat_name: optionalName(name),
        unread,
        would_tell: receipts === 'own-devices' ? told : reached,
        not_in_history: unread - stored,
        skipped: unread - reached,
      }),
    );
  }
  const sum = (name: 'unread' | 'would_tell' | 'not_in_history') =>
    counted.reduce((all, chat) => all + chat[name], 0);
  const [unread, told, notInHistory] = [sum('unread'), sum('would_tell'), sum('not_in_history')];
  const hint =
    receipts === 'own-devices' ? undefined : hintBefore({ unread, told, notInHistory }, fetchesFirst);
  return {
    dry_run: true,
    chats: counted,
    chats_unread: counted.filter((chat) => chat.unread > 0).length,
    unread,
    would_tell: told,
    not_in_history: notInHistory,
    ...(hint === undefined ? {} : { hint }),
  };
}
