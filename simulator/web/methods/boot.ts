import { z } from 'zod';
import type { SimChat } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import { method, type PageMethods, type WebCore, type WebDevice } from '../contract.ts';
import { pageChat, pageGroup } from '../projection/chats.ts';
import { pagePerson } from '../projection/people.ts';
import { toWid } from '../projection/wids.ts';
import { pageMessages } from './lookup.ts';
import { blockedWids } from './people.ts';

// A page holds a few dozen messages of the chats that were active lately, and only the last of all others.
const BUSY_CHATS = 40;
const BUSY_CHAT_MESSAGES = 25;
const QUIET_CHAT_MESSAGES = 1;

/** What a page loads when its browser is linked: who it is, chats, people, the newest messages. */
export const createBootMethods = (core: WebCore): PageMethods => {
  const { account, faults } = core;
  const newest = ({ key, size }: SimChat): number => account.message(key, size - 1)?.time ?? 0;

  const describe = (chat: SimChat, position: number, device: WebDevice) => {
    const wanted = position < BUSY_CHATS ? BUSY_CHAT_MESSAGES : QUIET_CHAT_MESSAGES;
    const floor = device.floor(chat.key);
    const from = Math.max(floor, chat.size - wanted);
    // What came while the browser was closed is on its disk now.
    core.deliveries.record(String(device.id), chat.key, floor, chat.size);
    return {
      chat: pageChat(account, chat, device),
      group: pageGroup(account, chat),
      messages: pageMessages(core, chat, from, chat.size),
      broken: faults.brokenChats.has(chat.key),
    };
  };

  return {
    boot: method(z.object({}), (_, { device }) => {
      const me = account.person(ME);
      const byTime = account
        .chats()
        .map((chat) => ({ chat, time: newest(chat) }))
        .sort((a, b) => b.time - a.time);
      return {
        now: account.world.nowSeconds(),
        me: { pn: toWid(me.pn ?? ''), lid: toWid(me.lid ?? ''), pushname: me.pushName, device: device.id },
        blocked: blockedWids(core),
        people: account.people().map(pagePerson),
        chats: byTime.map(({ chat }, position) => describe(chat, position, device)),
      };
    }),
  };
};
