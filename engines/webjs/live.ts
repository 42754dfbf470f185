import type { Client } from 'whatsapp-web.js';
import type { Observation } from '#engines/contract/observation.ts';
import { observeEdit, observeMessage, observeRemoval, observeRevoke } from './normalise/message.ts';
import { observeReaction, observeReactionCarrier } from './normalise/reaction.ts';
import { observeAck } from './normalise/receipt.ts';
import { toJid } from './normalise/wid.ts';
import type { Drained } from './page-helpers.ts';
import type { Teller } from './teller.ts';

/** Whatever the library hears of: each is a reason to look into the page's journal at once. */
export const liveEvents = [
  'message_create',
  'message_ciphertext',
  'message_edit',
  'message_ack',
  'message_reaction',
  'message_revoke_everyone',
  'message_revoke_me',
  'unread_count',
  'chat_archived',
  'chat_removed',
  'group_join',
  'group_leave',
  'group_update',
  'group_admin_changed',
  'contact_changed',
  'vote_update',
] as const;

/**
 * Listens to one client. Its events say only that something happened: what it was stands in the page's own journal, which
 * keeps it until it is in the outbox, and hears what the library loses.
 */
export function attachLive(client: Client, { wake }: { readonly wake: () => void }): void {
  for (const event of liveEvents) client.on(event as 'message_create', () => wake());
  // Behind some events the library looks the chat up, which makes the chat anew if it was just removed, and asks the
  // server for the metadata of every group that has something unread. Nobody here needs what it would find.
  client.getChatById = () => Promise.resolve(undefined as never);
}

/** What happened in the page → what was learned. Chats, groups and people come last, as they are now. */
export function observeDrained(
  drained: Drained,
  teller: Teller,
  connectedAt: number,
): readonly Observation[] {
  const context = teller.context();
  const entries = drained.entries.flatMap(({ kind, found }): readonly (Observation | null)[] => {
    switch (kind) {
      case 'message': {
        const message = observeMessage(found, { ...context, via: 'live' });
        // Kept by the server while this device was away.
        if (message !== null && message.sentAt < connectedAt) return [{ ...message, via: 'offline' }];
        return [message];
      }
      case 'edit':
        return [observeEdit(found, context)];
      case 'revoke':
        return [observeRevoke(found, context)];
      case 'removed':
        return [observeRemoval(found, context)];
      case 'ack':
        return [observeAck(found, context)];
      case 'reaction':
        return [observeReaction(found, context), observeReactionCarrier(found, context)];
      case 'chat-removed': {
        const chat = toJid(found);
        return chat === null ? [] : [{ kind: 'chat', chat, deleted: true }];
      }
      default:
        return [];
    }
  });
  return [
    ...entries.filter((one) => one !== null),
    ...teller.contacts(drained.contacts),
    ...teller.groups(drained.groups),
    ...teller.chats(drained.chats),
  ];
}
