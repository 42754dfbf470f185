import type { Account } from './account.ts';
import type { PersonKey, SimChat } from './model.ts';

/** Which of the two identities a chat speaks in. */
export const speaksLid = (chat: SimChat): boolean =>
  chat.group === null ? chat.jid.endsWith('@lid') : chat.group.addressing === 'lid';

/** A person's JID as this chat writes it; the other identity when that is all there is. */
export const jidInChat = (account: Account, chat: SimChat, key: PersonKey): string => {
  const { pn, lid } = account.person(key);
  return (speaksLid(chat) ? (lid ?? pn) : (pn ?? lid)) ?? '';
};

/** The identity that the chat does not use; null when unknown. */
export const otherJid = (account: Account, chat: SimChat, key: PersonKey): string | null => {
  const { pn, lid } = account.person(key);
  return jidInChat(account, chat, key) === lid ? pn : lid;
};
