import { formatJid, tryParseJid } from '#engines/contract/identity.ts';
import type { PersonRecord } from '../contracts/records.ts';
import type { Sql } from './sql.ts';

interface PersonRow {
  readonly id: number;
  readonly pn: string | null;
  readonly lid: string | null;
  readonly name: string | null;
  readonly custom_name: string | null;
  readonly book_name: string | null;
  readonly push_name: string | null;
  readonly business_name: string | null;
  readonly is_me: number;
  readonly chat_id: number | null;
}

const PERSON_SELECT = `SELECT p.id, p.pn, p.lid, p.name, p.custom_name, p.book_name, p.push_name, p.business_name, p.is_me,
  (SELECT c.id FROM chats c WHERE c.person_id = p.id) AS chat_id FROM people p`;

export function personById(sql: Sql, id: number): PersonRecord | null {
  const row = sql.get<PersonRow>(`${PERSON_SELECT} WHERE p.id = ?`, id);
  return row === null ? null : personOf(row);
}

export function peopleByIds(sql: Sql, ids: readonly number[]): Map<number, PersonRecord> {
  const rows = sql.all<PersonRow>(
    `${PERSON_SELECT} WHERE p.id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ids),
  );
  return new Map(rows.map((row) => [row.id, personOf(row)]));
}

export function personByJid(sql: Sql, text: string): PersonRecord | null {
  const jid = tryParseJid(text);
  if (jid === null) return null;
  const row = sql.get<PersonRow>(
    `${PERSON_SELECT} WHERE p.id = (SELECT person_id FROM aliases WHERE jid = ?)`,
    formatJid(jid),
  );
  return row === null ? null : personOf(row);
}

function personOf(row: PersonRow): PersonRecord {
  return {
    id: row.id,
    pn: row.pn,
    lid: row.lid,
    name: row.name,
    customName: row.custom_name,
    bookName: row.book_name,
    pushName: row.push_name,
    businessName: row.business_name,
    isMe: row.is_me === 1,
    chatId: row.chat_id,
  };
}
