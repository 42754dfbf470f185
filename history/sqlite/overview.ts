import { statSync } from 'node:fs';
import type { EngineName } from '#engines/contract/capability.ts';
import { engineNames } from '#engines/contract/capability.ts';
import { carriesFile, type MessageType } from '#engines/contract/message.ts';
import type { HistoryOverview, MessageStatistics } from '../contracts/history.ts';
import { LISTED } from './chats.ts';
import { logBytes } from './checkpointer.ts';
import type { Store } from './database.ts';
import { engineBit } from './engines.ts';
import { ME } from './identities.ts';
import type { Sql } from './sql.ts';

interface CountRow {
  readonly type: MessageType;
  readonly engines: number;
  readonly edited: number;
  readonly revoked: number;
  readonly n: number;
}

/** From the counters; scans no messages. */
export function overview(sql: Sql, store: Store, searchUsable: boolean): HistoryOverview {
  const stats = statistics(sql, null);
  return {
    messages: stats.messages,
    chats: stats.chats,
    people: stats.people,
    media: stats.media,
    unread: sql.get<{ n: number }>(`SELECT COALESCE(SUM(unread), 0) AS n FROM chats`)?.n ?? 0,
    newestMessageAt: stats.newestAt,
    oldestMessageAt: stats.oldestAt,
    lastIngestAt: sql.get<{ at: number | null }>(`SELECT MAX(at) AS at FROM offsets`)?.at ?? null,
    backend: 'sqlite',
    bytes: (statSync(store.file, { throwIfNoEntry: false })?.size ?? 0) + logBytes(store.file),
    schemaVersion: store.schemaVersion,
    searchUsable,
  };
}

/** Of one chat, or (null) of all. */
export function statistics(sql: Sql, chatId: number | null): MessageStatistics {
  const counted = `SELECT type, engines, edited, revoked, messages AS n FROM`;
  const rows =
    chatId === null
      ? sql.all<CountRow>(`${counted} message_totals WHERE messages > 0`)
      : sql.all<CountRow>(`${counted} message_counts WHERE chat_id = ? AND messages > 0`, chatId);
  const count = (fits: (row: CountRow) => boolean) =>
    rows.reduce((sum, row) => (fits(row) ? sum + row.n : sum), 0);
  const byType: Partial<Record<MessageType, number>> = {};
  for (const row of rows) byType[row.type] = (byType[row.type] ?? 0) + row.n;
  const perEngine = engineNames.map((engine: EngineName) => {
    const bit = engineBit(engine);
    return {
      engine,
      messages: count((row) => (row.engines & bit) !== 0),
      only: count((row) => row.engines === bit),
    };
  });
  return {
    messages: count(() => true),
    chats: chatId === null ? number(sql, `SELECT COUNT(*) AS n FROM chats c WHERE ${LISTED}`) : 1,
    people:
      chatId === null
        ? number(sql, `SELECT COUNT(*) AS n FROM people WHERE id <> ${ME}`)
        : peopleOf(sql, chatId),
    media: count((row) => carriesFile(row.type)),
    byType,
    oldestAt: edge(sql, chatId, 'ASC'),
    newestAt: edge(sql, chatId, 'DESC'),
    perEngine: perEngine.filter((one) => one.messages > 0),
    sharedByEngines: count((row) => (row.engines & (row.engines - 1)) !== 0),
    edited: count((row) => row.edited === 1),
    revoked: count((row) => row.revoked === 1),
  };
}

function edge(sql: Sql, chatId: number | null, order: 'ASC' | 'DESC'): number | null {
  const where = chatId === null ? '' : 'WHERE chat_id = ?';
  const text = `SELECT sent_at AS at FROM messages ${where} ORDER BY pk ${order} LIMIT 1`;
  return sql.get<{ at: number }>(text, ...(chatId === null ? [] : [chatId]))?.at ?? null;
}

function peopleOf(sql: Sql, chatId: number): number {
  return number(
    sql,
    `SELECT COUNT(*) AS n FROM (SELECT person_id FROM chat_authors WHERE chat_id = ?1 AND person_id <> ${ME}
       UNION SELECT person_id FROM group_members WHERE chat_id = ?1 AND left_at IS NULL AND person_id <> ${ME}
       UNION SELECT person_id FROM chats WHERE id = ?1 AND person_id IS NOT NULL AND person_id <> ${ME})`,
    chatId,
  );
}

function number(sql: Sql, text: string, ...params: readonly number[]): number {
  return sql.get<{ n: number }>(text, ...params)?.n ?? 0;
}
