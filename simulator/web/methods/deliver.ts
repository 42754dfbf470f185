import type { PersonKey, SimChat } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import { isLid } from '../../wire/identity.ts';
import { isAdmin } from '../../wire/messages/change-rules.ts';
import type { Received } from '../../wire/messages/mailbox.ts';
import { type CallContext, NO_ANSWER, type WebCore, type WebDevice } from '../contract.ts';
import { personWid, toJid } from '../projection/wids.ts';
import { chatOf } from './lookup.ts';

/** What everybody's phone gets from a browser. */
export type Sent = Pick<Received, 'id' | 'kind' | 'text'> &
  Partial<Pick<Received, 'does' | 'targetId' | 'mediaPath' | 'forwarded'>>;

/** Lets everybody in the chat receive it, as the server does with a message of any companion. */
export const deliverSent = (core: WebCore, chat: SimChat, device: WebDevice, sent: Sent): void => {
  const { account, wire } = core;
  const people: readonly PersonKey[] =
    chat.group === null ? [ME, chat.peer ?? ME] : chat.group.members.map(({ person }) => person);
  const receivers = new Set([ME, ...people]);
  for (const person of receivers) {
    wire.mailbox.add({
      chatJid: chat.jid,
      recipientJid: toJid(personWid(account, chat, person)),
      fromDevice: device.id,
      does: 'message',
      targetId: null,
      mediaPath: null,
      forwarded: false,
      ...sent,
      timeSeconds: account.world.nowSeconds(),
    });
  }
  wire.outbound.onDelivered(
    chat,
    sent.id,
    [...receivers].filter((person) => person !== ME),
  );
};

/** Whether the server refuses what goes to this chat, under the name the page used. */
export const refuses = (core: WebCore, chat: SimChat, wid: string): boolean => {
  if (chat.readOnly || (chat.group?.announce === true && !isAdmin(chat))) return true;
  const hasLid = chat.peer !== null && chat.peer !== ME && core.account.person(chat.peer).lid !== null;
  return core.wire.outbound.refusesPhoneNumbers() && hasLid && !isLid(wid);
};

/** What was done, and what the page is told of it; null is a refusal. */
export type Posted = { readonly sent: Sent; readonly answer?: object } | null;

/**
 * Takes in something that a page sends to a chat. `ok: false` is a refusal; no answer at all is what the fates `lost`
 * and `unacknowledged` mean to a page.
 */
export const post = (
  core: WebCore,
  wid: string,
  { device }: CallContext,
  act: (chat: SimChat, origin: { readonly from: 'device'; readonly device: string }) => Posted,
): unknown => {
  const chat = chatOf(core.account, wid);
  if (refuses(core, chat, wid)) return { ok: false };
  const fate = core.wire.outbound.takeFate();
  if (fate === 'lost') return NO_ANSWER;
  const posted = act(chat, { from: 'device', device: String(device.id) });
  if (posted === null) return { ok: false };
  deliverSent(core, chat, device, posted.sent);
  return fate === 'unacknowledged' ? NO_ANSWER : { ok: true, ...posted.answer };
};
