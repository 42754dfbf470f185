import { formatJid, parseJid } from '#engines/contract/identity.ts';
import type { ChatKind } from '../contracts/records.ts';
import type { Sql } from './sql.ts';

/** The account itself; made by the first migration. */
export const ME = 1;

export interface ChatRef {
  readonly id: number;
  /** The other person of a direct chat; 0 in all other chats. */
  readonly person: number;
}

/** Which of our ids an id of WhatsApp stands for. Makes rows for ids that are new; never links two of them. */
export interface Identities {
  findPerson(jid: string): number | null;
  person(jid: string, source: string): number;
  chatOfPerson(person: number): ChatRef;
  /** Chats that are not direct. */
  chat(jid: string, source: string): ChatRef;
  findChat(jid: string): ChatRef | null;
  forget(): void;
}

/** Some 10 MB at the most; an account with more ids only looks up more often. */
const CACHED_IDS_MAX = 50_000;

export function createIdentities(sql: Sql, now: () => number): Identities {
  const people = new Map<string, number>();
  const chats = new Map<string, ChatRef>();
  const direct = new Map<number, ChatRef>();
  const selectAlias = sql.statement<[string], { person_id: number | null; chat_id: number | null }>(
    `SELECT person_id, chat_id FROM aliases WHERE jid = ?`,
  );
  const insertAlias = sql.statement<[string, string, number | null, number | null, string, number]>(
    `INSERT INTO aliases (jid, kind, person_id, chat_id, source, seen_at) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const insertPerson = sql.statement<[string | null, string | null]>(
    `INSERT INTO people (pn, lid) VALUES (?, ?)`,
  );
  const selectDirect = sql.statement<[number], { id: number }>(`SELECT id FROM chats WHERE person_id = ?`);
  const insertDirect = sql.statement<[number]>(`INSERT INTO chats (kind, person_id) VALUES ('direct', ?)`);
  const insertChat = sql.statement<[string, string]>(`INSERT INTO chats (kind, jid) VALUES (?, ?)`);

  const remember = <K, V>(cache: Map<K, V>, key: K, value: V): V => {
    if (cache.size >= CACHED_IDS_MAX) cache.clear();
    cache.set(key, value);
    return value;
  };

  const findPerson = (jid: string): number | null => {
    const cached = people.get(jid);
    if (cached !== undefined) return cached;
    const id = selectAlias.get(jid)?.person_id ?? null;
    return id === null ? null : remember(people, jid, id);
  };

  const findChat = (jid: string): ChatRef | null => {
    const cached = chats.get(jid);
    if (cached !== undefined) return cached;
    const id = selectAlias.get(jid)?.chat_id ?? null;
    return id === null ? null : remember(chats, jid, { id, person: 0 });
  };

  return {
    findPerson,
    findChat,
    person: (jid, source) => {
      const known = findPerson(jid);
      if (known !== null) return known;
      const { kind } = parseJid(jid);
      const id = Number(
        insertPerson.run(kind === 'pn' ? jid : null, kind === 'lid' ? jid : null).lastInsertRowid,
      );
      insertAlias.run(jid, kind, id, null, source, now());
      return remember(people, jid, id);
    },
    chatOfPerson: (person) => {
      const cached = direct.get(person);
      if (cached !== undefined) return cached;
      const id = selectDirect.get(person)?.id ?? Number(insertDirect.run(person).lastInsertRowid);
      return remember(direct, person, { id, person });
    },
    chat: (jid, source) => {
      const known = findChat(jid);
      if (known !== null) return known;
      const parsed = parseJid(jid);
      const kind: ChatKind = parsed.kind === 'pn' || parsed.kind === 'lid' ? 'direct' : parsed.kind;
      const id = Number(insertChat.run(kind, formatJid(parsed)).lastInsertRowid);
      insertAlias.run(jid, parsed.kind, null, id, source, now());
      return remember(chats, jid, { id, person: 0 });
    },
    forget: () => {
      people.clear();
      chats.clear();
      direct.clear();
    },
  };
}
