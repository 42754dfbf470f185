import Database from 'better-sqlite3';
import fc from 'fast-check';
import type { EngineName } from '#engines/contract/capability.ts';
import type { MessageObservation } from '#engines/contract/message.ts';
import type { Observation } from '#engines/contract/observation.ts';
import { ANNA_LID, ANNA_PN, BERT_LID, BERT_PN, GROUP, T0 } from './test-support.ts';

/** A small account as two engines may see it: some messages, and everything that can be said of them, in any dress. */
export interface Sight {
  readonly engine: EngineName;
  readonly observation: Observation;
}

/** A number that Anna had before. */
export const ANNA_OLD_PN = '4915100000009@s.whatsapp.net';
const CARL_PN = '4915100000003@s.whatsapp.net';

interface Person {
  readonly pn: string;
  readonly lid: string;
}
const ANNA: Person = { pn: ANNA_PN, lid: ANNA_LID };
const BERT: Person = { pn: BERT_PN, lid: BERT_LID };

interface Story {
  readonly chat: Person | typeof GROUP;
  readonly author: Person | null;
  readonly id: string;
  readonly sentAt: number;
}

const STORIES: readonly Story[] = [
  { chat: ANNA, author: ANNA, id: 'A1', sentAt: T0 },
  { chat: ANNA, author: null, id: 'A2', sentAt: T0 + 1 },
  { chat: ANNA, author: ANNA, id: 'A3', sentAt: T0 + 1 },
  // The same id in another chat, and from two authors of one group.
  { chat: BERT, author: BERT, id: 'A1', sentAt: T0 + 2 },
  { chat: BERT, author: null, id: 'B2', sentAt: T0 + 3 },
  { chat: GROUP, author: ANNA, id: 'G1', sentAt: T0 + 4 },
  { chat: GROUP, author: BERT, id: 'G1', sentAt: T0 + 5 },
  { chat: GROUP, author: null, id: 'G2', sentAt: T0 + 6 },
  { chat: GROUP, author: BERT, id: 'G3', sentAt: T0 + 7 },
];

/** Stanzas that were an edit, a reaction or a vote: whoever cannot read one sees an unreadable message. */
const CARRIERS: readonly Story[] = [
  { chat: ANNA, author: ANNA, id: 'C1', sentAt: T0 + 8 },
  { chat: BERT, author: null, id: 'C1', sentAt: T0 + 8 },
  { chat: GROUP, author: ANNA, id: 'C2', sentAt: T0 + 9 },
  { chat: GROUP, author: BERT, id: 'C2', sentAt: T0 + 9 },
  { chat: GROUP, author: null, id: 'C2', sentAt: T0 + 9 },
];

const engine = fc.constantFrom<EngineName>('baileys', 'webjs');
/** How a person is named: by one id, by the other, or by one with the other beside it. */
const dress = (person: Person) =>
  fc.constantFrom(
    { jid: person.pn },
    { jid: person.lid },
    { jid: person.pn, alt: person.lid },
    { jid: person.lid, alt: person.pn },
  );

const named = (person: Person | null | typeof GROUP) =>
  person === null
    ? fc.constant(null)
    : typeof person === 'string'
      ? fc.constant({ jid: person })
      : dress(person);

function target(story: Story) {
  return fc.record({ chat: named(story.chat), sender: named(story.author) }).map(({ chat, sender }) => ({
    chat: chat?.jid ?? '',
    ...(chat !== null && 'alt' in chat && chat.alt !== undefined ? { chatAlt: chat.alt } : {}),
    id: story.id,
    fromMe: story.author === null,
    sender: sender?.jid ?? null,
    ...(sender !== null && 'alt' in sender && sender.alt !== undefined ? { senderAlt: sender.alt } : {}),
  }));
}

const seconds = fc.integer({ min: T0 + 10, max: T0 + 14 });

function messageSight(story: Story): fc.Arbitrary<Observation> {
  const version = fc.option(seconds, { nil: undefined });
  return fc
    .record({
      target: target(story),
      via: fc.constantFrom<MessageObservation['via']>('live', 'push', 'page', 'echo', 'offline'),
      vague: fc.boolean(),
      late: fc.integer({ min: 0, max: 2 }),
      editedAt: version,
      revoked: fc.boolean(),
      forwarded: fc.boolean(),
      media: fc.boolean(),
      path: fc.constantFrom('/a', '/bb'),
      quoted: fc.boolean(),
      status: fc.option(
        fc.constantFrom('pending' as const, 'failed' as const, 'sent' as const, 'read' as const),
        {
          nil: undefined,
        },
      ),
      pushName: fc.option(fc.constantFrom('Annie', 'Ann'), { nil: undefined }),
    })
    .map((seen): Observation => {
      const base = {
        kind: 'message' as const,
        via: seen.via,
        ...seen.target,
        sentAt: story.sentAt + seen.late,
      };
      if (seen.vague) return { ...base, type: 'undecryptable' };
      return {
        ...base,
        type: seen.media ? 'image' : 'text',
        text: seen.editedAt === undefined ? `first ${story.id}` : editText(story.id, seen.editedAt),
        ...(seen.editedAt === undefined ? {} : { editedAt: seen.editedAt }),
        ...(seen.revoked ? { revoked: true } : {}),
        ...(seen.forwarded ? { forwarded: true } : {}),
        ...(seen.media ? { media: { mime: 'image/jpeg', directPath: seen.path } } : {}),
        ...(seen.quoted ? { quoted: { id: 'Q', sender: seen.target.sender, text: null } } : {}),
        ...(seen.status === undefined ? {} : { status: seen.status }),
        ...(seen.pushName === undefined ? {} : { pushName: seen.pushName }),
      };
    });
}

function editText(id: string, at: number): string {
  return `edit ${id} ${at}`;
}

function changeSight(story: Story): fc.Arbitrary<Observation> {
  const by = fc.oneof(fc.constant(null), dress(ANNA), dress(BERT));
  const reader = fc.oneof(fc.constant(null), dress(ANNA), dress(BERT));
  return fc.oneof(
    fc.record({ target: target(story), at: seconds }).map(
      (seen): Observation => ({
        kind: 'edit',
        ...seen.target,
        text: editText(story.id, seen.at),
        at: seen.at,
      }),
    ),
    fc
      .record({ target: target(story), at: seconds })
      .map((seen): Observation => ({ kind: 'revoke', ...seen.target, at: seen.at })),
    fc.record({ target: target(story), by, emoji: fc.constantFrom('👍', '❤️', ''), at: seconds }).map(
      (seen): Observation => ({
        kind: 'reaction',
        ...seen.target,
        by: seen.by?.jid ?? null,
        ...(seen.by !== null && 'alt' in seen.by && seen.by.alt !== undefined ? { byAlt: seen.by.alt } : {}),
        emoji: seen.emoji,
        at: seen.at,
      }),
    ),
    fc
      .record({
        target: target(story),
        reader,
        status: fc.constantFrom('sent' as const, 'delivered' as const, 'read' as const),
        at: seconds,
      })
      .map(
        ({ target: { chat, chatAlt }, reader: who, status, at }): Observation => ({
          kind: 'receipt',
          chat,
          ...(chatAlt === undefined ? {} : { chatAlt }),
          ids: [story.id],
          recipient: who?.jid ?? null,
          ...(who !== null && 'alt' in who && who.alt !== undefined ? { recipientAlt: who.alt } : {}),
          status,
          at,
        }),
      ),
  );
}

/** The placeholder may come before, behind and between; in the end there is none, unless nobody ever tells what it was. */
function carrierSight(story: Story): fc.Arbitrary<Observation> {
  return fc.oneof(
    target(story).map((seen): Observation => ({ kind: 'no-message', ...seen })),
    fc
      .record({
        target: target(story),
        via: fc.constantFrom<MessageObservation['via']>('live', 'page', 'offline'),
      })
      .map(
        (seen): Observation => ({
          kind: 'message',
          via: seen.via,
          ...seen.target,
          sentAt: story.sentAt,
          type: 'undecryptable',
        }),
      ),
  );
}

const other: fc.Arbitrary<Observation> = fc.oneof(
  fc.constantFrom<Observation>(
    { kind: 'identity-link', ...ANNA, source: 'usync', at: T0 + 20 },
    { kind: 'identity-link', ...BERT, source: 'event', at: T0 + 20 },
    { kind: 'identity-link', pn: ANNA_OLD_PN, lid: ANNA_LID, source: 'history', at: T0 - 100 },
    { kind: 'contact', jid: ANNA_PN, name: 'Anna' },
    { kind: 'contact', jid: ANNA_LID, alt: ANNA_PN, name: 'Anna' },
    { kind: 'contact', jid: CARL_PN, name: 'Carl' },
    {
      kind: 'message',
      via: 'push',
      chat: ANNA_OLD_PN,
      id: 'OLD',
      fromMe: true,
      sender: null,
      sentAt: T0 - 500,
      type: 'text',
      text: 'old',
    },
    {
      kind: 'reaction',
      chat: ANNA_OLD_PN,
      id: 'A1',
      fromMe: false,
      sender: ANNA_OLD_PN,
      by: null,
      emoji: '🎉',
      at: T0 + 11,
    },
  ),
);

const observation = fc
  .record({ story: fc.constantFrom(...STORIES), carrier: fc.constantFrom(...CARRIERS) })
  .chain(({ story, carrier }) =>
    fc.oneof(
      { weight: 3, arbitrary: carrierSight(carrier) },
      { weight: 5, arbitrary: messageSight(story) },
      { weight: 4, arbitrary: changeSight(story) },
      { weight: 1, arbitrary: other },
    ),
  );

export const sights: fc.Arbitrary<Sight[]> = fc.array(fc.record({ engine, observation }), {
  minLength: 4,
  maxLength: 50,
});

/** Everything that is known of messages, in a form that does not depend on the order in which it was learned. */
export function dump(file: string): unknown {
  const db = new Database(file, { readonly: true });
  const person = (alias: string) => `COALESCE(${alias}.lid, ${alias}.pn, 'me')`;
  const name = `COALESCE(c.jid, ${person('cp')}) || ' ' || m.stanza_id || ' ' || m.from_me || ' ' || ${person('s')}`;
  const join = `JOIN chats c ON c.id = m.chat_id LEFT JOIN people cp ON cp.id = c.person_id LEFT JOIN people s ON s.id = m.sender_id`;
  const all = (sql: string) => db.prepare(sql).all();
  const result = {
    messages: all(
      `SELECT ${name} AS name, m.sent_at, m.type, m.text, m.status, m.edited_at, m.revoked_at, m.forwarded, m.engines, m.local_time,
         m.extra IS NOT NULL AS has_extra, d.mime, d.direct_path FROM messages m ${join} LEFT JOIN media d ON d.pk = m.pk ORDER BY 1`,
    ),
    revisions: all(
      `SELECT ${name} AS name, r.at, r.text FROM revisions r JOIN messages m ON m.pk = r.pk ${join} ORDER BY 1, 2`,
    ),
    reactions: all(
      `SELECT ${name} AS name, ${person('p')} AS who, r.emoji, r.at FROM reactions r JOIN messages m ON m.pk = r.pk ${join}
       JOIN people p ON p.id = r.person_id ORDER BY 1, 2`,
    ),
    receipts: all(
      `SELECT ${name} AS name, ${person('p')} AS who, r.delivered_at, r.read_at, r.played_at FROM receipts r
       JOIN messages m ON m.pk = r.pk ${join} JOIN people p ON p.id = r.person_id ORDER BY 1, 2`,
    ),
    observations: all(
      `SELECT ${name} AS name, o.engine FROM message_observations o JOIN messages m ON m.pk = o.pk ${join} ORDER BY 1, 2`,
    ),
    people: all(`SELECT pn, lid, book_name, push_name, name FROM people ORDER BY COALESCE(lid, pn)`),
    aliases: all(
      `SELECT a.jid, ${person('p')} AS owner FROM aliases a JOIN people p ON p.id = a.person_id ORDER BY a.jid`,
    ),
    authors: all(
      `SELECT COALESCE(c.jid, ${person('cp')}) AS jid, ${person('p')} AS who FROM chat_authors a JOIN chats c ON c.id = a.chat_id
       LEFT JOIN people cp ON cp.id = c.person_id JOIN people p ON p.id = a.person_id ORDER BY 1, 2`,
    ),
    chats: all(
      `SELECT COALESCE(c.jid, ${person('cp')}) AS jid, c.message_count, c.last_key / 65536 >= c.last_key / 65536 AS sane
       FROM chats c LEFT JOIN people cp ON cp.id = c.person_id ORDER BY 1`,
    ),
    counts: all(
      `SELECT COALESCE(c.jid, ${person('cp')}) AS jid, n.type, n.engines, n.edited, n.revoked, n.messages FROM message_counts n
       JOIN chats c ON c.id = n.chat_id LEFT JOIN people cp ON cp.id = c.person_id WHERE n.messages <> 0 ORDER BY 1, 2, 3, 4, 5`,
    ),
  };
  db.close();
  return result;
}

/** What the derived tables should hold, from the messages; and that nothing hangs in the air. Empty = sound. */
export function flaws(file: string): string[] {
  const db = new Database(file, { readonly: true });
  const none = (what: string, sql: string) => (db.prepare(sql).all().length === 0 ? [] : [what]);
  const indexed = new Set(
    (db.prepare(`SELECT rowid AS pk FROM messages_fts`).all() as { pk: number }[]).map((row) => row.pk),
  );
  const texts = db
    .prepare(`SELECT pk, chat_id, text FROM messages WHERE text IS NOT NULL AND revoked_at IS NULL`)
    .all() as { pk: number; chat_id: number; text: string }[];
  const find = db.prepare(`SELECT 1 FROM messages_fts WHERE messages_fts MATCH ? AND rowid = ?`);
  const result = [
    ...(indexed.size === texts.length ? [] : ['index holds other messages than those with a text']),
    ...texts.flatMap((row) =>
      find.get(`{chat} : c${row.chat_id} AND {text} : ("${row.text}")`, row.pk) === undefined
        ? [`message ${row.pk} is not found by its text in its chat`]
        : [],
    ),
    ...none(
      'counts differ from messages',
      `SELECT chat_id, type, engines, edited_at IS NOT NULL, revoked_at IS NOT NULL, COUNT(*) FROM messages GROUP BY 1, 2, 3, 4, 5
       EXCEPT SELECT * FROM message_counts`,
    ),
    ...none(
      'totals differ from counts',
      `SELECT type, engines, edited, revoked, SUM(messages) FROM message_counts GROUP BY 1, 2, 3, 4 HAVING SUM(messages) > 0
       EXCEPT SELECT * FROM message_totals`,
    ),
    ...none(
      'totals without counts',
      `SELECT * FROM message_totals WHERE messages <> 0
       EXCEPT SELECT type, engines, edited, revoked, SUM(messages) FROM message_counts GROUP BY 1, 2, 3, 4`,
    ),
    ...none(
      'message_count or last_key differs',
      `SELECT c.id FROM chats c WHERE message_count <> (SELECT COUNT(*) FROM messages m WHERE m.chat_id = c.id)
       OR last_key IS NOT (SELECT MAX(pk) FROM messages m WHERE m.chat_id = c.id AND m.type <> 'system')`,
    ),
    ...['media', 'message_observations', 'reactions', 'receipts', 'revisions'].flatMap((table) =>
      none(`${table} without message`, `SELECT pk FROM ${table} WHERE pk NOT IN (SELECT pk FROM messages)`),
    ),
    ...['reactions', 'receipts', 'chat_authors', 'group_members'].flatMap((table) =>
      none(
        `${table} without person`,
        `SELECT 1 FROM ${table} WHERE person_id NOT IN (SELECT id FROM people)`,
      ),
    ),
    ...none(
      'sender without person',
      `SELECT 1 FROM messages WHERE sender_id > 0 AND sender_id NOT IN (SELECT id FROM people)`,
    ),
    ...none(
      'alias without owner',
      `SELECT 1 FROM aliases WHERE person_id IS NOT NULL AND person_id NOT IN (SELECT id FROM people)`,
    ),
    ...none(
      'person with two hidden ids',
      `SELECT person_id FROM aliases WHERE kind = 'lid' GROUP BY 1 HAVING COUNT(*) > 1`,
    ),
    ...none(
      'a placeholder stands where there is no message',
      `SELECT 1 FROM no_messages n JOIN messages m ON m.chat_id = n.chat_id AND m.stanza_id = n.stanza_id
       AND m.from_me = n.from_me AND m.sender_id = n.sender_id WHERE m.type = 'undecryptable'`,
    ),
    ...none(
      'no message of nobody',
      `SELECT 1 FROM no_messages WHERE chat_id NOT IN (SELECT id FROM chats)
       OR (sender_id > 0 AND sender_id NOT IN (SELECT id FROM people))`,
    ),
    ...none(
      'a change waits for a message that is there',
      `SELECT 1 FROM pending p JOIN messages m ON m.chat_id = p.chat_id AND m.stanza_id = p.stanza_id
       WHERE p.json NOT LIKE '%"receipt"%' AND json_extract(p.json, '$.fromMe') = m.from_me AND m.from_me = 1`,
    ),
  ];
  db.close();
  return result;
}
