import type { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../account/account.ts';
import type { MessageOrigin, SimChat, SimMessage, SimPerson } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import { messageKey } from '../messages/jids.ts';
import type { CollectionName } from './collection.ts';
import type { Mutation } from './syncd-cipher.ts';

/** Account state as app-state mutations, and back. */
export interface Placed {
  readonly collection: CollectionName;
  readonly mutation: Mutation;
}

const SECOND_MS = 1_000;

const set = (
  collection: CollectionName,
  version: number,
  index: readonly string[],
  value: proto.ISyncActionValue,
): Placed => ({ collection, mutation: { operation: 'set', index, value, version } });

/** Up to where the chat was when the change was made. */
const rangeOf = (account: Account, chat: SimChat): proto.SyncActionValue.ISyncActionMessageRange => {
  const newest = account.message(chat.key, chat.size - 1);
  if (newest === undefined) return {};
  return {
    lastMessageTimestamp: newest.time,
    messages: [{ key: messageKey(account, chat, newest), timestamp: newest.time }],
  };
};

export const archiveAction = (account: Account, chat: SimChat): Placed =>
  set('regular_low', 3, ['archive', chat.jid], {
    timestamp: account.world.nowSeconds() * SECOND_MS,
    archiveChatAction: { archived: chat.settings.archived, messageRange: rangeOf(account, chat) },
  });

export const pinAction = (account: Account, chat: SimChat): Placed =>
  set('regular_low', 5, ['pin_v1', chat.jid], {
    timestamp: (chat.settings.pinnedAt ?? account.world.nowSeconds()) * SECOND_MS,
    pinAction: { pinned: chat.settings.pinnedAt !== null },
  });

export const muteAction = (account: Account, chat: SimChat): Placed => {
  const until = chat.settings.mutedUntil;
  return set('regular_high', 2, ['mute', chat.jid], {
    timestamp: account.world.nowSeconds() * SECOND_MS,
    muteAction: {
      muted: until !== null,
      ...(until === null ? {} : { muteEndTimestamp: until === -1 ? -1 : until * SECOND_MS }),
    },
  });
};

export const readAction = (account: Account, chat: SimChat, read: boolean): Placed =>
  set('regular_low', 3, ['markChatAsRead', chat.jid], {
    timestamp: account.world.nowSeconds() * SECOND_MS,
    markChatAsReadAction: { read, messageRange: rangeOf(account, chat) },
  });

export const deleteForMeAction = (account: Account, message: SimMessage): Placed => {
  const chat = account.chat(message.chat);
  const { remoteJid, id, fromMe, participant } = messageKey(account, chat, message);
  const author = fromMe ? undefined : participant;
  return set('regular_high', 3, ['deleteMessageForMe', remoteJid, id, fromMe ? '1' : '0', author ?? '0'], {
    timestamp: account.world.nowSeconds() * SECOND_MS,
    deleteMessageForMeAction: { deleteMedia: true, messageTimestamp: message.time },
  });
};

export const deleteChatAction = (account: Account, chat: SimChat): Placed =>
  set('regular_high', 6, ['deleteChat', chat.jid, '1'], {
    timestamp: account.world.nowSeconds() * SECOND_MS,
    deleteChatAction: { messageRange: rangeOf(account, chat) },
  });

/** Null while one of the two identities is not known. */
export const numberOfLidAction = (account: Account, chat: SimChat): Placed | null => {
  const { pn, lid } = chat.peer === null ? { pn: null, lid: null } : account.person(chat.peer);
  if (pn === null || lid === null) return null;
  return set('regular', 1, ['pnForLidChat', lid], {
    timestamp: account.world.nowSeconds() * SECOND_MS,
    pnForLidChatAction: { pnJid: pn },
  });
};

export const pushNameAction = (account: Account, name: string): Placed =>
  set('critical_block', 1, ['setting_pushName'], {
    timestamp: account.world.nowSeconds() * SECOND_MS,
    pushNameSetting: { name },
  });

/** Null for somebody who has no JID, or who was never in the address book. */
export const contactAction = (account: Account, person: SimPerson): Placed | null => {
  const id = person.pn ?? person.lid;
  if (id === null) return null;
  const timestamp = account.world.nowSeconds() * SECOND_MS;
  const [firstName] = (person.bookName ?? '').split(' ');
  if (person.bookName === null)
    return {
      collection: 'critical_unblock_low',
      mutation: { operation: 'remove', index: ['contact', id], value: { timestamp }, version: 2 },
    };
  return set('critical_unblock_low', 2, ['contact', id], {
    timestamp,
    contactAction: {
      fullName: person.bookName,
      firstName: firstName ?? null,
      saveOnPrimaryAddressbook: true,
      ...(person.pn !== null && person.lid !== null ? { lidJid: person.lid } : {}),
    },
  });
};

/** What the phone has set before any device was linked. */
export const initialActions = (account: Account): readonly Placed[] => [
  pushNameAction(account, account.person(ME).pushName ?? ''),
  ...account
    .people()
    .flatMap((person) =>
      person.key === ME || person.bookName === null ? [] : (contactAction(account, person) ?? []),
    ),
  ...account
    .chats()
    .flatMap((chat) => [
      ...(chat.settings.archived ? [archiveAction(account, chat)] : []),
      ...(chat.settings.pinnedAt === null ? [] : [pinAction(account, chat)]),
      ...(chat.settings.mutedUntil === null ? [] : [muteAction(account, chat)]),
      ...(chat.settings.markedUnread ? [readAction(account, chat, false)] : []),
    ]),
];

/** Does to the account what a device's mutation says. Kinds that the account does not keep change nothing. */
export const applyMutation = (account: Account, mutation: Mutation, origin: MessageOrigin): void => {
  const [kind, jid = '', id = ''] = mutation.index;
  const { value } = mutation;
  if (kind === 'setting_pushName') {
    const pushName = value.pushNameSetting?.name ?? null;
    account.changePerson({ person: ME, change: { pushName }, origin });
    return;
  }
  if (kind === 'contact') {
    const person = account.personByJid(jid);
    const bookName = mutation.operation === 'remove' ? null : (value.contactAction?.fullName ?? null);
    if (person !== null) account.changePerson({ person: person.key, change: { bookName }, origin });
    return;
  }
  const chat = account.chatByJid(jid);
  if (chat === null) return;
  if (kind === 'deleteChat') account.deleteChat({ chat: chat.key, origin });
  if (kind === 'deleteMessageForMe') account.deleteForMe({ chat: chat.key, id, origin });
  if (kind === 'markChatAsRead')
    account.markRead({ chat: chat.key, read: value.markChatAsReadAction?.read ?? true, origin });
  if (kind === 'archive') {
    const archived = value.archiveChatAction?.archived ?? false;
    account.changeSettings({ chat: chat.key, change: { archived }, origin });
  }
  if (kind === 'pin_v1') {
    const pinnedAt = value.pinAction?.pinned ? account.world.nowSeconds() : null;
    account.changeSettings({ chat: chat.key, change: { pinnedAt }, origin });
  }
  if (kind === 'mute') {
    const until = Number(value.muteAction?.muteEndTimestamp ?? -1);
    const seconds = until < 0 ? -1 : Math.floor(until / SECOND_MS);
    const mutedUntil = value.muteAction?.muted ? seconds : null;
    account.changeSettings({ chat: chat.key, change: { mutedUntil }, origin });
  }
};
