import type { BaileysEventMap } from '@whiskeysockets/baileys';
import { observeLink } from '#engines/contract/kit/identity-link.ts';
import { toJid } from '#engines/contract/kit/scalars.ts';
import type { Self } from '#engines/contract/kit/self.ts';
import type { Observation } from '#engines/contract/observation.ts';
import { observeChatUpdate } from './chat.ts';
import { observeBlocked, observeContact } from './contact.ts';
import { observeMembers } from './group.ts';
import { targetOf } from './key.ts';

export interface EventContext {
  readonly self: Self;
  /** Seconds. */
  readonly now: number;
  /** Updates come from a snapshot: old facts, not news. */
  readonly fromSnapshot: boolean;
}

/** What the library's events say besides messages, receipts and metadata of whole groups. Pure. */
export function observeEvents(
  events: Partial<BaileysEventMap>,
  context: EventContext,
): readonly Observation[] {
  const { self, now } = context;
  const contacts = [
    ...(events['contacts.upsert'] ?? []),
    // Each message causes one with the name of its author, which the message itself has told.
    ...(events['contacts.update'] ?? []).filter((contact) => !contact.notify || contact.verifiedName),
  ];
  const mapping = events['lid-mapping.update'];
  const blocked = events['blocklist.set'];
  const block = events['blocklist.update'];
  const members = events['group-participants.update'];
  return [
    ...(mapping ? [observeLink(mapping.pn, mapping.lid, 'event', now)] : []),
    ...contacts.map((contact) => observeContact(contact, self)),
    ...(events['chats.update'] ?? []).map((update) => observeChatUpdate(update, context)),
    ...(events['chats.delete'] ?? []).map(deletedChat),
    ...(context.fromSnapshot ? [] : removedMessages(events['messages.delete'], context)),
    ...(blocked ? observeBlocked(blocked.blocklist, true) : []),
    ...(block ? observeBlocked(block.blocklist, block.type === 'add') : []),
    ...(members ? [observeMembers(members, now)] : []),
  ].filter((observed) => observed !== null);
}

/** Removed from the own devices alone; for whoever reads here that is the same as taken back. */
function removedMessages(
  deleted: BaileysEventMap['messages.delete'] | undefined,
  { self, now }: EventContext,
): readonly Observation[] {
  if (deleted === undefined || !('keys' in deleted)) return [];
  return deleted.keys.flatMap((key) => {
    const target = targetOf(key, self);
    return target === null ? [] : [{ kind: 'revoke', ...target, at: now } as const];
  });
}

function deletedChat(id: string): Observation | null {
  const chat = toJid(id);
  return chat === null ? null : { kind: 'chat', chat, deleted: true };
}
