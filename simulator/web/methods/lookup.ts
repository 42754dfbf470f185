import type { Account } from '../../account/account.ts';
import type { SimChat, SimMessage } from '../../account/model.ts';
import { type PageMessageKey, PageRefusal, type WebDevice } from '../contract.ts';
import { toJid } from '../projection/wids.ts';

/** The chat that the page means. Throws a refusal when the account has none. */
export const chatOf = (account: Account, wid: string): SimChat => {
  const chat = account.chatByJid(toJid(wid));
  if (!chat) throw new PageRefusal('no such chat');
  return chat;
};

/** A message that the browser has; null when only the phone has it, or nobody. */
export const storedMessage = (
  account: Account,
  device: WebDevice,
  key: Pick<PageMessageKey, 'remote' | 'id'>,
): SimMessage | null => {
  const chat = account.chatByJid(toJid(key.remote));
  const message = chat ? account.messageById(chat.key, key.id) : undefined;
  return chat && message && message.index >= device.floor(chat.key) ? message : null;
};
