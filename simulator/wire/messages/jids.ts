import type { Account } from '../../account/account.ts';
import type { AddressingMode, PersonKey, SimChat, SimMessage } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import { isLid } from '../identity.ts';

/** How a person is named inside a chat: groups say which identity they use, direct chats follow their own JID. */
export const addressingOf = (chat: SimChat): AddressingMode =>
  chat.group?.addressing ?? (isLid(chat.jid) ? 'lid' : 'pn');

/** Falls back to the other identity when the preferred one is not known. */
export const personJid = (account: Account, key: PersonKey, mode: AddressingMode): string => {
  const { pn, lid } = account.person(key);
  return (mode === 'lid' ? (lid ?? pn) : (pn ?? lid)) ?? '';
};

/** The identity that the chat does not use; undefined when the account does not know it. */
export const otherJid = (account: Account, key: PersonKey, mode: AddressingMode): string | undefined => {
  const { pn, lid } = account.person(key);
  const other = mode === 'lid' ? pn : lid;
  return other === null || other === personJid(account, key, mode) ? undefined : other;
};

/** Key of a message as seen by the owner's devices. */
export const messageKey = (account: Account, chat: SimChat, message: SimMessage) => ({
  remoteJid: chat.jid,
  fromMe: message.sender === ME,
  id: message.id,
  ...(chat.group ? { participant: personJid(account, message.sender, addressingOf(chat)) } : {}),
});
