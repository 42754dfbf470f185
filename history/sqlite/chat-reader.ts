import type { MessageType } from '#engines/contract/message.ts';
import type { ChatKind, ChatRecord, MessageSummary } from '../contracts/records.ts';
import { peopleByIds } from './person-reader.ts';
import type { Sql } from './sql.ts';

/** Long enough for a line in a list. */
const PREVIEW_CHARS = 60;

interface ChatRow {
  readonly id: number;
  readonly kind: ChatKind;
  readonly jid: string | null;
  readonly person_id: number | null;
  readonly name: string | null;
  readonly unread: number;
  readonly marked_unread: number;
  readonly archived: number;
  readonly pinned_at: number | null;
  readonly muted_until: number | null;
  readonly ephemeral_seconds: number | null;
  readonly community: string | null;
  readonly history_end: ChatRecord['historyEnd'] | null;
  readonly message_count: number;
  readonly active_at: number;
  readonly deleted_at: number | null;
  readonly m_id: string | null;
  readonly m_sent_at: number;
  readonly m_from_me: number;
  readonly m_type: MessageType;
  readonly m_text: string | null;
  readonly m_sender: string | null;
  readonly aliases: string | null;
}

/** Joins exactly one last message, by key: two messages of one second never double a chat. */
const CHAT_SELECT = `SELECT c.id, c.kind, c.jid, c.person_id, c.name, c.unread, c.marked_unread, c.archived, c.pinned_at,
  c.muted_until, c.ephemeral_seconds, c.community, c.history_end, c.message_count, c.active_at, c.deleted_at,
  m.stanza_id AS m_id, m.sent_at AS m_sent_at, m.from_me AS m_from_me, m.type AS m_type,
  CASE WHEN m.revoked_at IS NULL THEN substr(m.text, 1, ${PREVIEW_CHARS}) END AS m_text, s.name AS m_sender,
  CASE WHEN c.person_id IS NULL THEN c.jid
    ELSE (SELECT group_concat(jid, ' ') FROM aliases a WHERE a.person_id = c.person_id) END AS aliases
  FROM chats c LEFT JOIN messages m ON m.pk = c.last_key LEFT JOIN people s ON s.id = m.sender_id`;

/** In the order of the ids given. */
export function chatsByIds(sql: Sql, ids: readonly number[]): ChatRecord[] {
  const rows = sql.all<ChatRow>(
    `${CHAT_SELECT} WHERE c.id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ids),
  );
  const people = peopleByIds(
    sql,
    rows.flatMap((row) => (row.person_id === null ? [] : [row.person_id])),
  );
  const records = new Map(rows.map((row) => [row.id, chatOf(row, people)]));
  return ids.flatMap((id) => records.get(id) ?? []);
}

function chatOf(row: ChatRow, people: ReturnType<typeof peopleByIds>): ChatRecord {
  const person = row.person_id === null ? null : (people.get(row.person_id) ?? null);
  const jid = row.jid ?? person?.lid ?? person?.pn ?? '';
  const others = (row.aliases ?? '').split(' ').filter((alias) => alias !== '' && alias !== jid);
  return {
    id: row.id,
    jid,
    aliases: jid === '' ? others : [jid, ...others],
    kind: row.kind,
    name: person?.name ?? row.name,
    person,
    unread: row.unread,
    markedUnread: row.marked_unread === 1,
    archived: row.archived === 1,
    deletedAt: row.deleted_at,
    pinnedAt: row.pinned_at,
    mutedUntil: row.muted_until,
    ephemeralSeconds: row.ephemeral_seconds,
    community: row.community,
    messageCount: row.message_count,
    lastMessageAt: row.m_id === null ? row.active_at || null : row.m_sent_at,
    lastMessage: summaryOf(row),
    historyEnd: row.history_end ?? 'unknown',
  };
}

function summaryOf(row: ChatRow): MessageSummary | null {
  if (row.m_id === null) return null;
  return {
    id: row.m_id,
    sentAt: row.m_sent_at,
    fromMe: row.m_from_me === 1,
    senderName: row.m_sender,
    type: row.m_type,
    preview: row.m_text,
  };
}
