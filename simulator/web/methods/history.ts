import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { OpenAsk } from '../../account/history-requests.ts';
import type { SimChat } from '../../account/model.ts';
import type { OnDemandMode } from '../../wire/phone/behaviour.ts';
import {
  answerDelayMs,
  isDeadAnchor,
  otherChatRange,
  pageSize,
  takeOnDemandMode,
} from '../../wire/phone/on-demand-rules.ts';
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

  /** Into the browser's store; of another chat than the one that was asked for, by order. */
  const hand = ({ device }: PageLink, chat: SimChat): { readonly from: number; readonly to: number } => {
    const to = device.floor(chat.key);
    const from = Math.max(0, to - pageSize(phone));
    device.extend(chat.key, from);
    device.setHistoryEnd(chat.key, from === 0 ? HISTORY_END.nothingMore : HISTORY_END.moreAfterRequest);
    return { from, to };
  };

  const bringOlder = async (
    chat: SimChat,
    link: PageLink,
    mode: OnDemandMode,
    ask: OpenAsk,
    anchorId: string,
  ): Promise<void> => {
    const { device } = link;
    if (mode === 'rate-limited') return ask.close('refused');
    if (mode === 'silent') return ask.close('silent');
    const delayMs = answerDelayMs(phone, ask.number);
    if (delayMs > 0) await sleep(delayMs);
    if (mode === 'drop') {
      ask.close('dropped');
      return link.drop();
    }
    if (account.chatByJid(chat.jid)?.key !== chat.key) return ask.close('unknown-chat');
    if (isDeadAnchor(phone, anchorId)) return ask.close('dead-anchor');
    if (faults.phoneOnlyChats.has(chat.key)) {
      device.setHistoryEnd(chat.key, HISTORY_END.noAccess);
      ask.close('answered');
      return tellChat(chat, link);
    }
    if (mode === 'empty') return ask.close('answered');
    if (mode === 'empty-end') {
      device.setHistoryEnd(chat.key, HISTORY_END.nothingMore);
      ask.close('answered');
      return tellChat(chat, link);
    }
    const about = mode === 'other-chat' ? (otherChatRange(account, phone, chat)?.chat ?? chat) : chat;
    const range = hand(link, about);
    ask.close('answered', { chat: about.key, ...range });
    // What comes again is in the store already: the page hears of it, and has nothing new.
    const times = mode === 'twice' || mode === 'earlier-again' ? 2 : 1;
    for (let time = 0; time < times; time++) {
      tellChat(about, link);
      ask.delivered();
    }
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
      const { device } = link;
      const mode = takeOnDemandMode(phone, chat.key);
      // The page names no anchor: it means the oldest message that it has.
      const anchorId = account.message(chat.key, device.floor(chat.key))?.id ?? '';
      const ask = core.historyRequests.open({
        via: 'web',
        device: device.id,
        chat: chat.key,
        chatJid: chat.jid,
        anchorId,
        count: pageSize(phone),
        requestId: null,
        mode,
      });
      void bringOlder(chat, link, mode, ask, anchorId);
      return null;
    }),
  };
};
