import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { SimChat } from '../../account/model.ts';
import { MAX_PAGE_MESSAGES } from '../../wire/phone/behaviour.ts';
import { keySchema, method, type PageLink, type PageMethods, type WebCore, widSchema } from '../contract.ts';
import { HISTORY_END } from '../disk.ts';
import { pageChat } from '../projection/chats.ts';
import { chatOf, pageMessages, storedMessage } from './lookup.ts';

// What the page reads from its own store in one go.
const STORE_PAGE = 20;

/** Older messages: from the browser's own store, and into it from the phone. */
export const createHistoryMethods = (core: WebCore): PageMethods => {
  const { account, faults, wire } = core;
  const { phone } = wire.faults;

  const tellChat = (chat: SimChat, link: PageLink): void =>
    link.tell('chat', { chat: pageChat(account, account.chat(chat.key), link.device) });

  const bringOlder = async (chat: SimChat, link: PageLink): Promise<void> => {
    const { device } = link;
    if (phone.onDemandDelayMs > 0) await sleep(phone.onDemandDelayMs);
    if (phone.onDemand === 'silent') return;
    if (phone.onDemand === 'drop') return link.drop();
    if (faults.phoneOnlyChats.has(chat.key)) {
      device.setHistoryEnd(chat.key, HISTORY_END.noAccess);
      return tellChat(chat, link);
    }
    if (phone.onDemand === 'empty') return;
    const from = Math.max(0, device.floor(chat.key) - Math.min(phone.onDemandPageSize, MAX_PAGE_MESSAGES));
    device.extend(chat.key, from);
    device.setHistoryEnd(chat.key, from === 0 ? HISTORY_END.nothingMore : HISTORY_END.moreAfterRequest);
    tellChat(chat, link);
  };

  return {
    /** The page before `before`, oldest first; nothing when the store has no more. */
    load_earlier: method(
      z.object({ chat: widSchema, before: z.int().min(0).nullable() }),
      ({ chat: wid, before }, { device }) => {
        const chat = chatOf(account, wid);
        const to = Math.min(before ?? chat.size, chat.size);
        const from = Math.max(device.floor(chat.key), to - STORE_PAGE);
        return { messages: pageMessages(core, chat, from, to), oldestRow: Math.min(from, to) };
      },
    ),
    messages_by_id: method(z.object({ keys: z.array(keySchema) }), ({ keys }, { device }) => ({
      messages: keys.flatMap((key) => {
        const message = storedMessage(account, device, key);
        return message ? [core.message(message)] : [];
      }),
    })),
    /** Only says that the phone was asked; what it sends comes later and raises no event of its own. */
    history_request: method(z.object({ chat: widSchema }), ({ chat: wid }, { link }) => {
      const chat = chatOf(account, wid);
      void bringOlder(chat, link);
      return null;
    }),
  };
};
