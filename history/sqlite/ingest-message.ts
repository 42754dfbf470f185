import type { MessageObservation } from '#engines/contract/message.ts';
import { extraOf, type MessageState, mergeMedia, mergeMessage, stateOf } from '../merge/message.ts';
import type { TextVersion } from '../merge/revision.ts';
import { mergeStatus } from '../merge/status.ts';
import { engineBit } from './engines.ts';
import { ME } from './identities.ts';
import type { BatchContext, IngestTools } from './ingest-tools.ts';
import { countable } from './merge-messages.ts';
import { addRevision, putReaction } from './message-parts.ts';
import { columnsOf, type MessageRow, mediaOfRow, rowOfMedia, stateOfRow } from './message-rows.ts';
import { isNoMessage } from './no-messages.ts';
import { sameMessage } from './same-message.ts';

/** One sight of one message: a new row, or what it adds to the known one. */
export function ingestMessage(tools: IngestTools, batch: BatchContext, seen: MessageObservation): void {
  const chat = tools.resolve.chatOf(seen, 'message');
  const sender = tools.resolve.sender(seen, chat, 'message');
  if (seen.type === 'undecryptable') {
    const name = { chatId: chat.id, id: seen.id, fromMe: seen.fromMe, sender };
    if (isNoMessage(tools.sql, name)) {
      batch.deduplicated += 1;
      noteSight(tools, batch, seen, chat.id, false);
      return;
    }
  }
  const known = sameMessage(tools.messages.candidates(chat.id, seen.id), seen.fromMe, sender);
  if (known?.sender_id === 0 && sender !== 0 && chat.person === 0) noteAuthor(tools, chat.id, sender);
  const purged = known === null && seen.sentAt < tools.messages.purgedBefore();
  if (purged) batch.deduplicated += 1;
  else if (known === null) insertMessage(tools, batch, seen, chat.id, sender, chat.person === 0);
  else if (enrichMessage(tools, batch, seen, known, sender)) batch.enriched += 1;
  else batch.deduplicated += 1;
  noteSight(tools, batch, seen, chat.id, known === null && !purged);
  if (seen.pushName !== undefined && sender !== 0) tools.pushNames.note(sender, seen.pushName, seen.sentAt);
}

/** What coverage is made of. */
function noteSight(
  tools: IngestTools,
  batch: BatchContext,
  seen: MessageObservation,
  chatId: number,
  isNew: boolean,
): void {
  tools.edges.told(batch.engine, chatId, seen);
  tools.spans.arrived(batch.engine, seen);
  if (seen.page === undefined) return;
  const facts = batch.pages.get(seen.page) ?? {
    seen: 0,
    added: 0,
    newestAt: 0,
    chats: new Set(),
    ids: new Set(),
  };
  facts.seen += 1;
  if (isNew) facts.added += 1;
  if (seen.sentAt <= tools.now()) facts.newestAt = Math.max(facts.newestAt, seen.sentAt);
  facts.chats.add(chatId);
  facts.ids.add(seen.id);
  batch.pages.set(seen.page, facts);
}

function insertMessage(
  tools: IngestTools,
  batch: BatchContext,
  seen: MessageObservation,
  chatId: number,
  sender: number,
  manyAuthors: boolean,
): void {
  const state = stateOf(seen);
  const row: MessageRow = {
    pk: tools.messages.nextKey(seen.sentAt, isBackwards(seen) ? 'before' : 'after'),
    chat_id: chatId,
    stanza_id: seen.id,
    from_me: Number(seen.fromMe),
    sender_id: sender,
    ...columnsOf(state),
    engines: engineBit(batch.engine),
  };
  tools.messages.insert(row);
  tools.messages.observe(row.pk, batch.engine, seen.via, tools.now(), seen.page ?? null);
  if (seen.media !== undefined) tools.messages.putMedia(rowOfMedia(row.pk, seen.media));
  if (row.text !== null && row.revoked_at === null) tools.index.put(row.pk, chatId, row.text, true);
  for (const reaction of seen.reactions ?? [])
    putReaction(tools, row.pk, reactor(tools, reaction.sender), reaction);
  if (manyAuthors && sender !== 0) noteAuthor(tools, chatId, sender);
  tools.counts.add(countable(row), 1);
  const shown = row.type !== 'system';
  tools.totals.added(chatId, { key: row.pk, shown, unread: countsAsUnread(tools, seen, chatId, shown) });
  batch.addedKeys.push(row.pk);
  tools.pending.applyTo(row);
}

/** History is told from the newest message to the oldest, over chunks and pages; times alone do not tell which came first. */
function isBackwards({ via }: MessageObservation): boolean {
  return via === 'push' || via === 'page';
}

/** Only what arrives as it is written (or on reconnecting) is news; history and pages never are. */
function countsAsUnread(
  tools: IngestTools,
  seen: MessageObservation,
  chatId: number,
  shown: boolean,
): boolean {
  if (seen.fromMe || !shown || (seen.via !== 'live' && seen.via !== 'offline')) return false;
  const readAt =
    tools.sql.get<{ at: number }>(`SELECT read_at AS at FROM chats WHERE id = ?`, chatId)?.at ?? 0;
  return seen.sentAt > readAt;
}

function noteAuthor(tools: IngestTools, chatId: number, person: number): void {
  tools.sql.run(
    `INSERT INTO chat_authors (chat_id, person_id) VALUES (?, ?) ON CONFLICT DO NOTHING`,
    chatId,
    person,
  );
}

function reactor(tools: IngestTools, jid: string | null): number {
  return jid === null ? ME : tools.resolve.person(jid, undefined, 'message');
}

/** True when the row or one of its parts changed. A sight that says nothing new costs no write. */
function enrichMessage(
  tools: IngestTools,
  batch: BatchContext,
  seen: MessageObservation,
  known: MessageRow,
  sender: number,
): boolean {
  let changed = false;
  const bit = engineBit(batch.engine);
  const engines = known.engines | bit;
  if (engines !== known.engines) {
    tools.messages.observe(known.pk, batch.engine, seen.via, tools.now(), seen.page ?? null);
  }
  const sender_id = known.sender_id === 0 ? sender : known.sender_id;
  if (engines !== known.engines || sender_id !== known.sender_id || !saysNothingNew(known, seen)) {
    const { state, past } = mergeMessage(stateOfRow(known), stateOf(seen));
    changed = writeState(tools, known, state, past, { engines, sender_id });
  }
  if (seen.media !== undefined) changed = enrichMedia(tools, known.pk, seen.media) || changed;
  for (const reaction of seen.reactions ?? [])
    changed = putReaction(tools, known.pk, reactor(tools, reaction.sender), reaction) || changed;
  return changed;
}

function saysNothingNew(known: MessageRow, seen: MessageObservation): boolean {
  if (
    seen.type !== known.type ||
    seen.sentAt !== known.sent_at ||
    (seen.via === 'echo') !== (known.local_time === 1)
  )
    return false;
  if (seen.text !== undefined && seen.text !== '' && seen.text !== known.text) return false;
  if ((seen.editedAt ?? null) !== known.edited_at && seen.text !== undefined) return false;
  if (seen.revoked === true && known.revoked_at === null) return false;
  if (seen.forwarded === true && known.forwarded === 0) return false;
  if (seen.status !== undefined && mergeStatus(known.status, seen.status) !== known.status) return false;
  const extra = extraOf(seen);
  return extra === null || JSON.stringify(extra) === known.extra;
}

/** Writes what a merge made of a row, and everything derived from it. True when a column changed beyond `engines`. */
export function writeState(
  tools: IngestTools,
  known: MessageRow,
  state: MessageState,
  past: TextVersion | null,
  also: { readonly engines: number; readonly sender_id: number } = known,
): boolean {
  const row: MessageRow = {
    ...known,
    ...columnsOf(state),
    engines: also.engines,
    sender_id: also.sender_id,
  };
  const revised = past !== null && addRevision(tools, row.pk, past);
  const same = (Object.keys(row) as (keyof MessageRow)[]).every((key) => row[key] === known[key]);
  if (same) return revised;
  tools.messages.update(row);
  if (
    row.type !== known.type ||
    row.engines !== known.engines ||
    row.edited_at !== known.edited_at ||
    row.revoked_at !== known.revoked_at
  ) {
    tools.counts.add(countable(known), -1);
    tools.counts.add(countable(row), 1);
  }
  if (known.type === 'system' && row.type !== 'system') tools.totals.shown(row.chat_id, row.pk);
  const textBefore = known.revoked_at === null ? known.text : null;
  const textAfter = row.revoked_at === null ? row.text : null;
  if (textAfter !== textBefore) {
    if (textAfter === null) tools.index.drop(row.pk);
    else tools.index.put(row.pk, row.chat_id, textAfter, textBefore === null);
  }
  return (
    revised ||
    (Object.keys(row) as (keyof MessageRow)[]).some((key) => key !== 'engines' && row[key] !== known[key])
  );
}

function enrichMedia(
  tools: IngestTools,
  key: number,
  seen: NonNullable<MessageObservation['media']>,
): boolean {
  const known = tools.messages.media(key);
  const merged = mergeMedia(known === null ? null : mediaOfRow(known), seen);
  if (merged === null) return false;
  const row = rowOfMedia(key, merged);
  if (
    known !== null &&
    (Object.keys(row) as (keyof typeof row)[]).every((column) => row[column] === known[column])
  )
    return false;
  tools.messages.putMedia(row);
  return true;
}
