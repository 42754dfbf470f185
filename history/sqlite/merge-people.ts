import { type ChatFacts, mergeChatFacts } from '../merge/chat.ts';
import { bestName, foldedNames, mergePeopleNames, type PersonNames } from '../merge/person.ts';
import type { Counts } from './counts.ts';
import { createJournal, type Journal, type MergeHead } from './journal.ts';
import { mergeCoverage } from './merge-coverage.ts';
import { addRow, type MergeTools, mergeMessageRows } from './merge-messages.ts';
import { dropPlaceholders, moveNoMessages } from './merge-no-messages.ts';
import type { MessageRow } from './message-rows.ts';
import type { Row } from './rows.ts';
import type { Sql } from './sql.ts';
import type { TextIndex } from './text-index.ts';

/**
 * Two people turned out to be one: everything of `head.merged` goes to `head.kept`, their direct chats included, journalled
 * so that it can be undone. Runs inside the caller's transaction; counts and totals must have been flushed.
 */
export function mergePeople(sql: Sql, head: MergeHead, counts: Counts, index: TextIndex): void {
  const journal = createJournal(sql, head);
  const tools: MergeTools = { journal, counts, index };
  const { kept, merged } = head;
  mergeDirectChats(sql, tools, kept, merged);
  const shrunk = new Set<number>();
  for (const row of sql.all<MessageRow>(
    `SELECT * FROM messages WHERE sender_id = ? AND sender_id > 0`,
    merged,
  ))
    if (moveMessage(sql, tools, row, row.chat_id, kept)) shrunk.add(row.chat_id);
  for (const table of ['reactions', 'receipts'] as const)
    for (const row of journal.rows.where(table, 'person_id', merged)) {
      journal.change(table, row, null);
      addRow(journal, table, { ...row, person_id: kept });
    }
  moveNoMessages(journal, { kept, merged }, null);
  moveMemberships(journal, kept, merged);
  for (const chatId of dropPlaceholders(sql, tools, { sender: kept })) shrunk.add(chatId);
  for (const chatId of shrunk) {
    const { message_count, last_key } = messageTotals(sql, chatId);
    sql.run(`UPDATE chats SET message_count = ?, last_key = ? WHERE id = ?`, message_count, last_key, chatId);
  }
  for (const row of journal.rows.where('aliases', 'person_id', merged))
    journal.change('aliases', row, { ...row, person_id: kept });
  mergePersonRows(journal, kept, merged);
}

function mergeDirectChats(sql: Sql, tools: MergeTools, kept: number, merged: number): void {
  const { journal } = tools;
  const [from] = journal.rows.where('chats', 'person_id', merged);
  if (from === undefined) return;
  const [to] = journal.rows.where('chats', 'person_id', kept);
  if (to === undefined) {
    journal.change('chats', from, { ...from, person_id: kept });
    return;
  }
  const source = from.id as number;
  const target = to.id as number;
  sql.run(
    `INSERT INTO message_counts SELECT ?, type, engines, edited, revoked, messages FROM message_counts WHERE chat_id = ?
     ON CONFLICT DO UPDATE SET messages = messages + excluded.messages`,
    target,
    source,
  );
  sql.run(`DELETE FROM message_counts WHERE chat_id = ?`, source);
  for (const row of sql.all<MessageRow>(`SELECT * FROM messages WHERE chat_id = ?`, source))
    moveMessage(sql, tools, row, target, row.sender_id === merged ? kept : row.sender_id);
  for (const row of journal.rows.where('pending', 'chat_id', source))
    journal.change('pending', row, { ...row, chat_id: target });
  mergeCoverage(journal, source, target);
  moveNoMessages(journal, { kept, merged }, { source, target });
  dropPlaceholders(sql, tools, { chat: target });
  journal.change('chats', from, null);
  journal.change('chats', to, {
    ...to,
    ...mergeChatFacts(to as unknown as ChatFacts, from as unknown as ChatFacts),
    ...messageTotals(sql, target),
  });
}

/** To another chat, another sender or both. True when a row stood there already and the two became one. */
function moveMessage(
  sql: Sql,
  tools: MergeTools,
  row: MessageRow,
  chatId: number,
  senderId: number,
): boolean {
  const there = sql.get<MessageRow>(
    `SELECT * FROM messages WHERE chat_id = ? AND stanza_id = ? AND from_me = ? AND sender_id = ? AND pk <> ?`,
    chatId,
    row.stanza_id,
    row.from_me,
    senderId,
    row.pk,
  );
  if (there !== null) {
    mergeMessageRows(tools, there, row);
    return true;
  }
  tools.journal.move(row.pk, { chatId: row.chat_id, senderId: row.sender_id }, { chatId, senderId });
  if (chatId !== row.chat_id && row.text !== null && row.revoked_at === null)
    tools.index.put(row.pk, chatId, row.text, false);
  return false;
}

/** Counted anew, because messages that both chats held are one now. */
export function messageTotals(sql: Sql, chatId: number): { message_count: number; last_key: number | null } {
  const total = sql.get<{ n: number }>(`SELECT COUNT(*) AS n FROM messages WHERE chat_id = ?`, chatId);
  const last = sql.get<{ pk: number }>(
    `SELECT pk FROM messages WHERE chat_id = ? AND type <> 'system' ORDER BY pk DESC LIMIT 1`,
    chatId,
  );
  return { message_count: total?.n ?? 0, last_key: last?.pk ?? null };
}

const ROLE_RANK = ['member', 'admin', 'owner'];

function moveMemberships(journal: Journal, kept: number, merged: number): void {
  for (const row of journal.rows.where('chat_authors', 'person_id', merged)) {
    const moved = { ...row, person_id: kept };
    journal.change('chat_authors', row, null);
    journal.change('chat_authors', journal.rows.at('chat_authors', moved), moved);
  }
  for (const row of journal.rows.where('group_members', 'person_id', merged)) {
    const moved = { ...row, person_id: kept };
    const known = journal.rows.at('group_members', moved);
    journal.change('group_members', row, null);
    journal.change('group_members', known, known === null ? moved : strongerMember(known, moved));
  }
}

/** Present beats left, the higher role beats the lower. */
function strongerMember(a: Row, b: Row): Row {
  if ((a.left_at === null) !== (b.left_at === null)) return a.left_at === null ? a : b;
  return ROLE_RANK.indexOf(String(b.role)) > ROLE_RANK.indexOf(String(a.role)) ? b : a;
}

function mergePersonRows(journal: Journal, kept: number, merged: number): void {
  const to = journal.rows.at('people', { id: kept });
  const from = journal.rows.at('people', { id: merged });
  if (to === null || from === null) return;
  const names = mergePeopleNames(namesOf(to), namesOf(from));
  journal.change('people', from, null);
  journal.change('people', to, {
    ...to,
    ...nameColumns(names),
    pn: to.pn ?? from.pn ?? null,
    lid: to.lid ?? from.lid ?? null,
    about: to.about ?? from.about ?? null,
    blocked: Math.max(Number(to.blocked), Number(from.blocked)),
  });
}

export function namesOf(row: Row): PersonNames {
  return {
    customName: row.custom_name as string | null,
    bookName: row.book_name as string | null,
    pushName: row.push_name as string | null,
    pushNameAt: row.push_name_at as number,
    businessName: row.business_name as string | null,
  };
}

/** Names as columns, with the derived ones. */
export function nameColumns(names: PersonNames) {
  return {
    custom_name: names.customName,
    book_name: names.bookName,
    push_name: names.pushName,
    push_name_at: names.pushNameAt,
    business_name: names.businessName,
    name: bestName(names),
    folded: foldedNames(names),
  };
}
