import type { AccountEvent, MessageOrigin, SimChat, SimMessage, SimReaction } from '../account/model.ts';
import { ME } from '../account/model.ts';
import type { PageLink, WebCore } from './contract.ts';
import { pageChat, pageGroup } from './projection/chats.ts';
import { ACK, editAttributes, pageKey, revokeAttributes } from './projection/messages.ts';
import { pagePerson } from './projection/people.ts';
import { placeholder, readable } from './projection/placeholder.ts';
import { pageVote } from './projection/votes.ts';
import { personWid, toWid } from './projection/wids.ts';

const MS_PER_SECOND = 1_000;
// The sender is asked for the message again and answers.
const RETRY_MS = 150;

/** Tells the open pages what happens in the account; returns the way to stop. */
export const followAccount = (core: WebCore): (() => void) => {
  const { account, deliveries } = core;

  const each = (origin: MessageOrigin | null, work: (link: PageLink) => void): void => {
    const cause = origin?.from === 'device' ? origin.device : null;
    for (const link of core.links()) if (String(link.device.id) !== cause) work(link);
  };

  const tellChat = (chat: SimChat, link: PageLink): void =>
    link.tell('chat', { chat: pageChat(account, chat, link.device) });

  const onMessage = (message: SimMessage, origin: MessageOrigin): void => {
    const chat = account.chat(message.chat);
    const page = core.message(message);
    const unreadable = message.fromMe ? null : (core.faults.unreadable.shift() ?? null);
    each(null, ({ device }) =>
      deliveries.record(String(device.id), chat.key, message.index, message.index + 1),
    );
    each(origin, (link) =>
      link.tell('message', {
        chat: pageChat(account, chat, link.device),
        group: pageGroup(account, chat),
        message: { ...(unreadable === null ? page : placeholder(page)), isNewMsg: true },
      }),
    );
    if (unreadable === 'retried') setTimeout(() => change(message, readable(page), origin), RETRY_MS).unref();
  };

  const change = (message: SimMessage, attributes: object, origin: MessageOrigin | null): void => {
    const key = pageKey(account, account.chat(message.chat), message);
    each(origin, (link) => link.tell('message_change', { key, attributes }));
  };

  const onReaction = (message: SimMessage, id: string, reaction: SimReaction): void => {
    const chat = account.chat(message.chat);
    const fromMe = reaction.person === ME;
    const sender = personWid(account, chat, reaction.person);
    const row = {
      key: { fromMe, remote: toWid(chat.jid), id, ...(chat.group === null ? {} : { participant: sender }) },
      parent: pageKey(account, chat, message),
      sender,
      text: reaction.emoji,
      timestampMs: reaction.time * MS_PER_SECOND,
      hasReaction: message.reactions.some(({ emoji }) => emoji !== ''),
    };
    // Also the page that sent it learns of it this way, as the real one does.
    each(null, (link) => link.tell('reaction', row));
  };

  const onGroup = (event: Extract<AccountEvent, { readonly type: 'group' }>): void => {
    const chat = account.chat(event.chat);
    const author = personWid(account, chat, event.by);
    const { change } = event;
    const message = {
      id: { fromMe: false, remote: toWid(chat.jid), id: event.id, participant: author },
      type: 'gp2',
      subtype: change.kind,
      t: event.time,
      from: toWid(chat.jid),
      to: toWid(chat.jid),
      author,
      recipients: 'members' in change ? change.members.map((member) => personWid(account, chat, member)) : [],
      body: change.kind === 'subject' ? change.subject : '',
      isNewMsg: true,
    };
    each(null, (link) =>
      link.tell('message', {
        chat: pageChat(account, chat, link.device),
        group: pageGroup(account, chat),
        message,
      }),
    );
  };

  return account.subscribe((event) => {
    switch (event.type) {
      case 'message':
        onMessage(event.message, event.origin);
        break;
      case 'edit': {
        const key = pageKey(account, account.chat(event.message.chat), event.message);
        change(event.message, editAttributes(event.message, key), event.origin);
        break;
      }
      case 'revoke': {
        const key = pageKey(account, account.chat(event.message.chat), event.message);
        change(event.message, revokeAttributes(key), event.origin);
        break;
      }
      case 'reaction':
        onReaction(event.message, event.id, event.reaction);
        break;
      case 'deleted-for-me': {
        const key = pageKey(account, account.chat(event.message.chat), event.message);
        each(event.origin, (link) => link.tell('message_remove', { key }));
        break;
      }
      case 'receipt':
        for (const id of event.ids) {
          const message = account.messageById(event.chat, id);
          if (message) change(message, { ack: ACK[message.status] }, null);
        }
        break;
      case 'chat-read':
      case 'messages-read':
      case 'chat-moved':
      case 'chat-settings':
        each(null, (link) => tellChat(account.chat(event.chat), link));
        break;
      case 'chat-deleted':
        each(null, (link) => link.tell('chat_remove', { simKey: event.chat }));
        break;
      case 'chat-created': {
        const chat = account.chat(event.chat);
        each(null, (link) =>
          link.tell('chat', {
            chat: pageChat(account, chat, link.device),
            group: pageGroup(account, chat),
          }),
        );
        break;
      }
      case 'group':
        onGroup(event);
        break;
      case 'vote': {
        const { message, vote, id } = event;
        each(null, (link) => link.tell('vote', pageVote(account, message, vote, id)));
        break;
      }
      case 'blocklist': {
        const { lid, pn } = account.person(event.person);
        const wid = toWid(lid ?? pn ?? '');
        each(null, (link) => link.tell('blocklist', { wid, blocked: event.blocked }));
        break;
      }
      case 'person':
        each(null, (link) => link.tell('person', pagePerson(event.person)));
        break;
      default:
        // the block list: told by the modules that own them
        break;
    }
  });
};
