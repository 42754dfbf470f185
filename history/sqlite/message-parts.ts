import type { MessageStatus } from '#engines/contract/message.ts';
import { fuller } from '../merge/prefer.ts';
import { mergeReaction, type ReactionState } from '../merge/reaction.ts';
import { mergeReceipt, noReceipt, type ReceiptState, receiptOf } from '../merge/receipt.ts';
import type { TextVersion } from '../merge/revision.ts';
import type { IngestTools } from './ingest-tools.ts';

type Tools = Pick<IngestTools, 'sql'>;

/** True when something changed. */
export function putReaction({ sql }: Tools, key: number, person: number, seen: ReactionState): boolean {
  const known = sql.get<ReactionState>(
    `SELECT emoji, at FROM reactions WHERE pk = ? AND person_id = ?`,
    key,
    person,
  );
  const merged = known === null ? seen : mergeReaction(known, seen);
  if (known !== null && merged.emoji === known.emoji && merged.at === known.at) return false;
  sql.run(
    `INSERT OR REPLACE INTO reactions (pk, person_id, emoji, at) VALUES (?, ?, ?, ?)`,
    key,
    person,
    merged.emoji,
    merged.at,
  );
  return true;
}

/** True when something changed. */
export function putReceipt(
  { sql }: Tools,
  key: number,
  person: number,
  status: MessageStatus,
  at: number,
): boolean {
  const seen = receiptOf(status, at);
  const known =
    sql.get<ReceiptState>(
      `SELECT delivered_at AS deliveredAt, read_at AS readAt, played_at AS playedAt FROM receipts WHERE pk = ? AND person_id = ?`,
      key,
      person,
    ) ?? noReceipt;
  const merged = mergeReceipt(known, seen);
  if (
    merged.deliveredAt === known.deliveredAt &&
    merged.readAt === known.readAt &&
    merged.playedAt === known.playedAt
  )
    return false;
  sql.run(
    `INSERT OR REPLACE INTO receipts (pk, person_id, delivered_at, read_at, played_at) VALUES (?, ?, ?, ?, ?)`,
    key,
    person,
    merged.deliveredAt,
    merged.readAt,
    merged.playedAt,
  );
  return true;
}

/** Adds a text that is not the current one. True when it was not known. */
export function addRevision({ sql }: Tools, key: number, version: TextVersion): boolean {
  const known = sql.get<{ text: string }>(
    `SELECT text FROM revisions WHERE pk = ? AND at = ?`,
    key,
    version.at,
  );
  const text = fuller(known?.text ?? null, version.text) ?? version.text;
  if (known?.text === text) return false;
  sql.run(`INSERT OR REPLACE INTO revisions (pk, at, text) VALUES (?, ?, ?)`, key, version.at, text);
  return true;
}
