import { z } from 'zod';
import type { PersonKey, SimChat, SimContent } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import { isLid } from '../../wire/identity.ts';
import { isAdmin } from '../../wire/messages/change-rules.ts';
import { method, NO_ANSWER, type PageMethods, type WebCore, type WebDevice, widSchema } from '../contract.ts';
import { personWid, toJid } from '../projection/wids.ts';
import { chatOf } from './lookup.ts';

const sendSchema = z.object({
  chat: widSchema,
  id: z.string().min(1),
  type: z.string(),
  body: z.string().optional(),
  quoteId: z.string().optional(),
  mentions: z.array(z.string()).default([]),
  forwarded: z.boolean().default(false),
});

/** What somebody else's phone got from a browser. */
type Sent = { readonly id: string; readonly kind: string; readonly text: string | null };

/** Lets everybody in the chat receive it, as the server does with a message of any companion. */
export const deliverSent = (core: WebCore, chat: SimChat, device: WebDevice, sent: Sent): void => {
  const { account, wire } = core;
  const people: readonly PersonKey[] =
    chat.group === null ? [ME, chat.peer ?? ME] : chat.group.members.map(({ person }) => person);
  const receivers = new Set([ME, ...people]);
  for (const person of receivers) {
    wire.mailbox.add({
      chatJid: chat.jid,
      id: sent.id,
      recipientJid: toJid(personWid(account, chat, person)),
      fromDevice: device.id,
      kind: sent.kind,
      does: 'message',
      targetId: null,
      text: sent.text,
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
  const hasLid = chat.peer !== null && core.account.person(chat.peer).lid !== null;
  return core.wire.outbound.refusesPhoneNumbers() && hasLid && !isLid(wid);
};

export const createSendMethods = (core: WebCore): PageMethods => {
  const { account, wire } = core;
  return {
    /** Answers when the server has it: `ok: false` is a refusal. */
    send_message: method(sendSchema, (request, { device }) => {
      const chat = chatOf(account, request.chat);
      if (refuses(core, chat, request.chat)) return { ok: false };
      const fate = wire.outbound.takeFate();
      if (fate === 'lost') return NO_ANSWER;
      const content: SimContent = { type: 'text', text: request.body ?? '' };
      const message = account.recordDeviceSend({
        chat: chat.key,
        id: request.id,
        device: String(device.id),
        content,
        mentions: request.mentions.flatMap((wid) => account.personByJid(toJid(wid))?.key ?? []),
        forwarded: request.forwarded,
        ...(request.quoteId === undefined ? {} : { quoteId: request.quoteId }),
      });
      const kind = request.quoteId === undefined ? 'conversation' : 'extendedTextMessage';
      deliverSent(core, chat, device, { id: request.id, kind, text: request.body ?? null });
      if (fate === 'unacknowledged') return NO_ANSWER;
      return { ok: true, t: message.time, rowId: message.index };
    }),
  };
};
