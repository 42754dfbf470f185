import type { ObservationOf } from '#engines/contract/observation.ts';
import { mergeRevoked } from '../merge/message.ts';
import { mergeVersion } from '../merge/revision.ts';
import { mergeStatus } from '../merge/status.ts';
import { ME } from './identities.ts';
import { writeState } from './ingest-message.ts';
import type { BatchContext, IngestTools } from './ingest-tools.ts';
import { putReaction, putReceipt } from './message-parts.ts';
import { type MessageRow, stateOfRow } from './message-rows.ts';
import { sameMessage } from './same-message.ts';

/** A receipt for one message: observations carry many ids at once. */
type SingleReceipt = Omit<ObservationOf<'receipt'>, 'ids' | 'chat' | 'chatAlt'>;
export type Change =
  | ObservationOf<'edit'>
  | ObservationOf<'revoke'>
  | ObservationOf<'reaction'>
  | SingleReceipt;

/** An edit, a revoke or a reaction; it waits when its message is not there yet. */
export function ingestChange(
  tools: IngestTools,
  batch: BatchContext,
  change: ObservationOf<'edit'> | ObservationOf<'revoke'> | ObservationOf<'reaction'>,
): void {
  // People first: learning who somebody is may move the very message that is looked for.
  if (change.kind === 'reaction' && change.by !== null)
    tools.resolve.person(change.by, change.byAlt, 'message');
  const chat = tools.resolve.chatOf(change, 'message');
  const sender = tools.resolve.sender(change, chat, 'message');
  const row = sameMessage(tools.messages.candidates(chat.id, change.id), change.fromMe, sender);
  if (row === null) tools.pending.keep(chat.id, change.id, change);
  else if (applyTo(tools, row, change)) batch.enriched += 1;
}

export function ingestReceipt(tools: IngestTools, batch: BatchContext, seen: ObservationOf<'receipt'>): void {
  if (seen.recipient !== null) tools.resolve.person(seen.recipient, seen.recipientAlt, 'message');
  const chat = tools.resolve.chat(seen.chat, seen.chatAlt, 'message');
  const { ids, chat: _chat, chatAlt: _chatAlt, ...single } = seen;
  for (const id of ids) {
    const row = sameMessage(tools.messages.candidates(chat.id, id), true, 0);
    if (row === null) tools.pending.keep(chat.id, id, single);
    else if (applyTo(tools, row, single)) batch.enriched += 1;
  }
}

/** What waited, once there is a message with its stanza id. False when it names another author's message. */
export function applyPending(tools: IngestTools, row: MessageRow, change: Change): boolean {
  if (change.kind === 'receipt') {
    if (row.from_me !== 1) return false;
  } else {
    const chat = tools.resolve.chatOf(change, 'message');
    const sender = tools.resolve.sender(change, chat, 'message');
    if (sameMessage([row], change.fromMe, sender) === null) return false;
  }
  applyTo(tools, row, change);
  return true;
}

/** True when something changed. */
function applyTo(tools: IngestTools, row: MessageRow, change: Change): boolean {
  const known = stateOfRow(row);
  switch (change.kind) {
    case 'edit': {
      const { current, past } = mergeVersion(
        known.text === null ? null : { at: known.editedAt ?? 0, text: known.text },
        { at: change.at, text: change.text },
      );
      const text = current?.text ?? null;
      const editedAt = current === null || current.at === 0 ? null : current.at;
      return writeState(tools, row, { ...known, text, editedAt }, past);
    }
    case 'revoke':
      return writeState(tools, row, { ...known, revokedAt: mergeRevoked(known.revokedAt, change.at) }, null);
    case 'reaction': {
      const person = change.by === null ? ME : tools.resolve.person(change.by, change.byAlt, 'message');
      return putReaction(tools, row.pk, person, change);
    }
    case 'receipt': {
      const toChat = change.recipient === null || isDirect(tools, row.chat_id);
      const status = toChat ? mergeStatus(known.status, change.status) : known.status;
      const advanced = writeState(tools, row, { ...known, status }, null);
      if (change.recipient === null) return advanced;
      const person = tools.resolve.person(change.recipient, change.recipientAlt, 'message');
      return putReceipt(tools, row.pk, person, change.status, change.at) || advanced;
    }
  }
}

/** In a group one reader does not make a message read. */
function isDirect(tools: IngestTools, chatId: number): boolean {
  return tools.sql.get(`SELECT 1 FROM chats WHERE id = ? AND person_id IS NOT NULL`, chatId) !== null;
}
