import type { Account } from '../../account/account.ts';
import type { MessageOrigin, SimChat, SimPerson } from '../../account/model.ts';
import { type DeviceHub, iqError, type LinkedDevice } from '../contract.ts';
import { userJid } from '../identity.ts';

export interface QueryDeps {
  readonly account: Account;
  readonly hub: DeviceHub;
}

export const originOf = (device: LinkedDevice): MessageOrigin => ({
  from: 'device',
  device: String(device.id),
});

/** Refusals as the server words them. */
export const itemNotFound = () => iqError(404, 'item-not-found');
export const forbidden = () => iqError(403, 'forbidden');
export const badRequest = () => iqError(400, 'bad-request');
export const notAuthorized = () => iqError(401, 'not-authorized');

export const personAt = (account: Account, jid: string | undefined): SimPerson | null =>
  jid === undefined ? null : account.personByJid(userJid(jid));

/** A group or community by its JID; refuses when there is none. */
export const groupAt = (
  account: Account,
  jid: string,
): SimChat & { readonly group: NonNullable<SimChat['group']> } => {
  const chat = account.chatByJid(jid);
  if (chat === null || chat.group === null) throw itemNotFound();
  return { ...chat, group: chat.group };
};
