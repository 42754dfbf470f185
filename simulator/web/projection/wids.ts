import type { Account } from '../../account/account.ts';
import type { PersonKey, SimChat } from '../../account/model.ts';
import { userJid } from '../../wire/identity.ts';
import { addressingOf, personJid } from '../../wire/messages/jids.ts';

/** The page writes phone numbers as `…@c.us`; the other kinds are the same on both sides. */
export const toWid = (jid: string): string => jid.replace(/@s\.whatsapp\.net$/, '@c.us');
export const toJid = (wid: string): string => userJid(wid.replace(/@c\.us$/, '@s.whatsapp.net'));

/** How the page names a person inside this chat. */
export const personWid = (account: Account, chat: SimChat, person: PersonKey): string =>
  toWid(personJid(account, person, addressingOf(chat)));
