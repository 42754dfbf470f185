import type { GroupInfo, GroupMember } from '#engines/contract/group.ts';
import type { ObservationOf } from '#engines/contract/observation.ts';
import { fold } from '../search/fold.ts';
import { writeChat } from './ingest-chat.ts';
import type { IngestTools } from './ingest-tools.ts';
import type { Row } from './rows.ts';

/** Metadata as the server tells it: it replaces what was known, except where it is silent. */
export function ingestGroup(tools: IngestTools, group: GroupInfo): void {
  const { sql } = tools;
  const chat = tools.resolve.chat(group.jid, undefined, 'group');
  tools.totals.flush();
  const known = sql.get<Row>(`SELECT * FROM chats WHERE id = ?`, chat.id);
  if (known !== null)
    writeChat(sql, known, {
      ...known,
      name: group.subject === '' ? (known.name ?? null) : group.subject,
      folded: group.subject === '' ? (known.folded ?? '') : fold(group.subject),
      kind: group.isCommunity ? 'community' : 'group',
      community: group.community,
    });
  sql.run(
    `INSERT INTO groups (chat_id, subject, description, owner, created_at, announce, locked, join_approval, ephemeral_seconds,
       addressing, is_community, is_announcement, community, size, fetched_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET subject = excluded.subject, description = COALESCE(excluded.description, description),
       owner = COALESCE(excluded.owner, owner), created_at = COALESCE(excluded.created_at, created_at),
       announce = excluded.announce, locked = excluded.locked, join_approval = excluded.join_approval,
       ephemeral_seconds = COALESCE(excluded.ephemeral_seconds, ephemeral_seconds),
       addressing = COALESCE(excluded.addressing, addressing), is_community = excluded.is_community,
       is_announcement = excluded.is_announcement, community = excluded.community,
       size = COALESCE(excluded.size, size), fetched_at = excluded.fetched_at`,
    chat.id,
    group.subject,
    group.description ?? null,
    group.owner ?? null,
    group.createdAt ?? null,
    Number(group.announce),
    Number(group.locked),
    Number(group.joinApproval),
    group.ephemeralSeconds ?? null,
    group.addressing ?? null,
    Number(group.isCommunity),
    Number(group.isAnnouncement),
    group.community,
    group.size ?? group.members?.length ?? null,
    tools.now(),
  );
  if (group.members !== undefined) replaceMembers(tools, chat.id, group.members);
}

/** A list of members is complete: who is not on it has left. */
function replaceMembers(tools: IngestTools, chatId: number, members: readonly GroupMember[]): void {
  const present = new Set<number>();
  for (const member of members) {
    const person = tools.resolve.person(member.jid, member.alt, 'group');
    present.add(person);
    putMember(tools, chatId, person, member.role);
  }
  const before = tools.sql.all<{ person_id: number }>(
    `SELECT person_id FROM group_members WHERE chat_id = ? AND left_at IS NULL`,
    chatId,
  );
  for (const { person_id } of before)
    if (!present.has(person_id)) leave(tools, chatId, person_id, tools.now());
}

function putMember(tools: IngestTools, chatId: number, person: number, role: GroupMember['role']): void {
  tools.sql.run(
    `INSERT INTO group_members (chat_id, person_id, role) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET role = excluded.role, left_at = NULL WHERE role <> excluded.role OR left_at IS NOT NULL`,
    chatId,
    person,
    role,
  );
}

function leave(tools: IngestTools, chatId: number, person: number, at: number): void {
  tools.sql.run(
    `UPDATE group_members SET left_at = ? WHERE chat_id = ? AND person_id = ? AND left_at IS NULL`,
    at,
    chatId,
    person,
  );
}

export function ingestMembers(tools: IngestTools, seen: ObservationOf<'members'>): void {
  const chat = tools.resolve.chat(seen.group, undefined, 'group');
  for (const member of seen.members) {
    const person = tools.resolve.person(member.jid, member.alt, 'group');
    if (seen.action === 'remove') leave(tools, chat.id, person, seen.at);
    else putMember(tools, chat.id, person, roleAfter(seen.action, member.role));
  }
  const size = tools.sql.get<{ n: number }>(
    `SELECT COUNT(*) AS n FROM group_members WHERE chat_id = ? AND left_at IS NULL`,
    chat.id,
  );
  // Only where the members were listed once: a count of the few that moved would be wrong.
  tools.sql.run(
    `UPDATE groups SET size = ? WHERE chat_id = ? AND size IS NOT NULL AND
       (SELECT COUNT(*) FROM group_members WHERE chat_id = groups.chat_id) >= size`,
    size?.n ?? 0,
    chat.id,
  );
}

function roleAfter(action: 'add' | 'promote' | 'demote', told: GroupMember['role']): GroupMember['role'] {
  if (action === 'promote') return told === 'owner' ? 'owner' : 'admin';
  return action === 'demote' ? 'member' : told;
}
