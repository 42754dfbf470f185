import { z } from 'zod';
import { addressingOf, personJid } from '../../wire/messages/jids.ts';
import { method, type PageMethods, PageRefusal, type WebCore, widSchema } from '../contract.ts';
import { pageChat, pageGroup } from '../projection/chats.ts';
import { toJid } from '../projection/wids.ts';
import { chatOf } from './lookup.ts';

const aboutChat = z.object({ chat: widSchema });

/** Finding, opening and reading chats. */
export const createChatMethods = (core: WebCore): PageMethods => {
  const { account, wire } = core;
  return {
    find_or_create_chat: method(aboutChat, ({ chat: wid }, { device }) => {
      const jid = toJid(wid);
      const person = account.personByJid(jid);
      const known = account.chatByJid(jid);
      if (!known && !person) throw new PageRefusal('No LID for user');
      const chat = known ?? account.openDirect(person?.key ?? '');
      return { chat: pageChat(account, chat, device), group: pageGroup(account, chat), created: !known };
    }),
    group_metadata_query: method(aboutChat, ({ chat }) => pageGroup(account, chatOf(account, chat))),
    /** Blue ticks: the senders are told, and the other devices of the account. */
    send_seen: method(aboutChat, ({ chat: wid }, { device }) => {
      const chat = chatOf(account, wid);
      const unread = account.unread(chat.key);
      // In a group each writer is told of the own messages.
      for (const [sender, theirs] of Map.groupBy(unread, ({ sender }) => sender)) {
        const participantJid = chat.group === null ? null : personJid(account, sender, addressingOf(chat));
        const ids = theirs.map(({ id }) => id);
        wire.outbound.onRead({ chatJid: chat.jid, participantJid, ids, type: 'read', fromDevice: device.id });
      }
      const origin = { from: 'device', device: String(device.id) } as const;
      account.markRead({ chat: chat.key, read: true, origin });
      return { read: unread.length };
    }),
    presence: method(z.object({ available: z.boolean() }), () => null),
    log_out: method(z.object({}), (_, { device }) => {
      // The answer goes out first: the page that logs itself out still waits for it.
      setImmediate(() => core.unlink(device, { asked: true }));
      return null;
    }),
  };
};
