import type { Account } from '../../account/account.ts';
import type { SimChat, SimMessage } from '../../account/model.ts';
import {
  type PageMessage,
  type PageMessageKey,
  PageRefusal,
  type WebCore,
  type WebDevice,
} from '../contract.ts';
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
  const held = chat && message && message.index >= device.floor(chat.key) && !message.deletedForMe;
  return held ? message : null;
};

/** Messages of a chat with index `from` up to but without `to`, oldest first, as the page holds them. */
export const pageMessages = (
  core: WebCore,
  chat: SimChat,
  from: number,
  to: number,
): readonly PageMessage[] => {
  const messages: PageMessage[] = [];
  for (let index = from; index < to; index++) {
    const message = core.account.message(chat.key, index);
    if (message && !message.deletedForMe) messages.push(core.message(message));
  }
  return messages;
};
