import { normaliseJid } from '#engines/contract/identity.ts';
import type { GroupStore, Page } from '../contracts/history.ts';
import type { GroupMemberRecord, GroupRecord } from '../contracts/records.ts';
import { fold } from '../search/fold.ts';
import { chatsByIds } from './chat-reader.ts';
import type { Store } from './database.ts';
import { ME } from './identities.ts';
import { peopleByIds } from './person-reader.ts';
import type { Sql } from './sql.ts';

interface GroupRow {
  readonly chat_id: number;
  readonly jid: string;
  readonly subject: string | null;
  readonly description: string | null;
  readonly owner: string | null;
  readonly created_at: number | null;
  readonly announce: number;
  readonly locked: number;
  readonly join_approval: number;
  readonly ephemeral_seconds: number | null;
  readonly is_community: number;
  readonly is_announcement: number;
  readonly community: string | null;
  readonly size: number | null;
  readonly fetched_at: number;
}

type Role = GroupMemberRecord['role'];

/** The owner is stored as the wire had it; shown is the id that the person has now. */
const GROUP_SELECT = `SELECT g.*, c.jid, COALESCE((SELECT COALESCE(p.lid, p.pn) FROM aliases a JOIN people p ON p.id = a.person_id
  WHERE a.jid = g.owner), g.owner) AS owner FROM groups g JOIN chats c ON c.id = g.chat_id`;

export function createGroups(store: Store): GroupStore {
  return {
    get: (jid) =>
      store.read((sql) => {
        const row = sql.get<GroupRow>(`${GROUP_SELECT} WHERE c.jid = ?`, normaliseJid(jid) ?? jid);
        return row === null ? null : groupOf(row);
      }),
    members: (chatId) => store.read((sql) => members(sql, chatId)),
    list: (query) => store.read((sql) => list(sql, query)),
    communities: (query) => store.read((sql) => communities(sql, query)),
  };
}

function members(sql: Sql, chatId: number): GroupMemberRecord[] {
  const rows = sql.all<{ person_id: number; role: Role }>(
    `SELECT person_id, role FROM group_members WHERE chat_id = ? AND left_at IS NULL
     ORDER BY role = 'owner' DESC, role = 'admin' DESC, person_id`,
    chatId,
  );
  const people = peopleByIds(
    sql,
    rows.map((row) => row.person_id),
  );
  return rows.flatMap(({ person_id, role }) => {
    const person = people.get(person_id);
    return person === undefined ? [] : [{ person, role }];
  });
}

function list(sql: Sql, query: { community?: string; limit: number; offset: number }) {
  const where = `WHERE g.is_community = 0 AND (?1 IS NULL OR g.community = ?1)`;
  const community = query.community === undefined ? null : (normaliseJid(query.community) ?? query.community);
  const rows = sql.all<GroupRow & { my_role: Role | null }>(
    `SELECT g.*, (SELECT role FROM group_members gm WHERE gm.chat_id = g.chat_id AND gm.person_id = ${ME} AND gm.left_at IS NULL)
       AS my_role FROM (${GROUP_SELECT} ${where}) g JOIN chats c ON c.id = g.chat_id
     ORDER BY c.active_at DESC, g.chat_id LIMIT ?2 OFFSET ?3`,
    community,
    query.limit,
    query.offset,
  );
  const chats = new Map(
    chatsByIds(
      sql,
      rows.map((row) => row.chat_id),
    ).map((chat) => [chat.id, chat]),
  );
  const items = rows.flatMap((row) => {
    const chat = chats.get(row.chat_id);
    return chat === undefined ? [] : [{ group: groupOf(row), chat, myRole: row.my_role }];
  });
  return page(
    items,
    query.offset,
    sql.get<{ n: number }>(`SELECT COUNT(*) AS n FROM groups g ${where}`, community)?.n ?? 0,
  );
}

function communities(sql: Sql, query: { text?: string; limit: number; offset: number }) {
  const where = `WHERE g.is_community = 1 AND instr(c.folded, ?1) > 0`;
  const text = fold(query.text?.trim() ?? '');
  const rows = sql.all<GroupRow & { groups: number }>(
    `SELECT g.*, (SELECT COUNT(*) FROM groups o WHERE o.community = g.jid) AS groups
     FROM (${GROUP_SELECT} ${text === '' ? 'WHERE g.is_community = 1 AND ?1 IS NOT NULL' : where}) g
     ORDER BY g.subject, g.chat_id LIMIT ?2 OFFSET ?3`,
    text,
    query.limit,
    query.offset,
  );
  const total = sql.get<{ n: number }>(
    `SELECT COUNT(*) AS n FROM groups g JOIN chats c ON c.id = g.chat_id
     ${text === '' ? 'WHERE g.is_community = 1 AND ?1 IS NOT NULL' : where}`,
    text,
  );
  return page(
    rows.map((row) => ({ community: groupOf(row), groupCount: row.groups })),
    query.offset,
    total?.n ?? 0,
  );
}

function page<T>(items: readonly T[], offset: number, total: number): Page<T, number> {
  const next = offset + items.length;
  return { items, next: items.length > 0 && next < total ? next : null, total };
}

function groupOf(row: GroupRow): GroupRecord {
  return {
    chatId: row.chat_id,
    jid: row.jid,
    subject: row.subject,
    description: row.description,
    owner: row.owner,
    createdAt: row.created_at,
    announce: row.announce === 1,
    locked: row.locked === 1,
    joinApproval: row.join_approval === 1,
    ephemeralSeconds: row.ephemeral_seconds,
    isCommunity: row.is_community === 1,
    isAnnouncement: row.is_announcement === 1,
    community: row.community,
    size: row.size,
    fetchedAt: row.fetched_at,
  };
}
