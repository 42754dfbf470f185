import type { BinaryNode } from '@whiskeysockets/baileys';
import type { Account } from '../../account/account.ts';
import type { DeliveryLog } from '../../account/deliveries.ts';
import type { AccountEvent, SimMessage } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import { causeOf } from '../contract.ts';
import type { DeviceRegistry } from '../devices.ts';
import { node } from '../nodes.ts';
import { EditAttribute, editContent, reactionContent, revokeContent, voteContent } from './changes.ts';
import { type ContentDeps, messageContent } from './content.ts';
import type { Utterance } from './envelope.ts';
import type { FanOut } from './fan-out.ts';
import { addressingOf, personJid } from './jids.ts';

export type AccountEventDeps = ContentDeps & {
  readonly registry: DeviceRegistry;
  readonly fanOut: FanOut;
  readonly deliveries: DeliveryLog;
};

type Said = Extract<AccountEvent, { readonly type: 'message' | 'edit' | 'revoke' | 'reaction' | 'vote' }>;

const utteranceOf = (event: Said, deps: ContentDeps): Utterance => {
  const { account } = deps;
  const { message } = event;
  const chat = account.chat(message.chat);
  switch (event.type) {
    case 'message': {
      const content = messageContent(message, chat, deps);
      return { chat, sender: message.sender, id: message.id, time: message.time, content };
    }
    case 'edit': {
      const content = editContent(account, chat, message, event.text, event.time);
      const { id, time } = event;
      return { chat, sender: message.sender, id, time, content, edit: EditAttribute.edit };
    }
    case 'revoke': {
      const content = revokeContent(account, chat, message, event.by);
      const edit = event.by === message.sender ? EditAttribute.revoke : EditAttribute.adminRevoke;
      return { chat, sender: event.by, id: event.id, time: event.time, content, edit };
    }
    case 'vote': {
      const content = voteContent(account, chat, message, event.vote);
      return { chat, sender: event.vote.person, id: event.id, time: event.vote.time, content };
    }
    case 'reaction': {
      const content = reactionContent(account, chat, message, event.reaction);
      return { chat, sender: event.reaction.person, id: event.id, time: event.reaction.time, content };
    }
  }
};

const newestIncoming = (account: Account, chatKey: string): SimMessage | undefined => {
  const chat = account.chat(chatKey);
  for (let index = chat.size - 1; index >= 0; index--) {
    const message = account.message(chatKey, index);
    if (message && message.sender !== ME) return message;
  }
  return undefined;
};

/** The ids of a receipt after the first. */
const listOf = (ids: readonly string[]): BinaryNode[] => {
  const items = ids.map((id) => node('item', { id }));
  return items.length === 0 ? [] : [node('list', {}, items)];
};

/** Tells the companions what happens in the account; returns the way to stop. */
export const followAccount = (deps: AccountEventDeps): (() => void) => {
  const { account, registry, fanOut } = deps;

  const onSaid = (event: Said): void => {
    if (event.type === 'message') {
      const { chat, index } = event.message;
      for (const companion of registry.companions()) {
        const has = companion.receivesLive();
        if (has) deps.deliveries.record(String(companion.id), chat, index, index + 1);
      }
    }
    // A companion that speaks has encrypted for its siblings itself; that copy is relayed, not made again.
    const spoken = event.type !== 'message' || event.message.content.type !== 'notice';
    if (spoken && causeOf(registry, event.origin) === undefined) fanOut.say(utteranceOf(event, deps));
  };

  const onReceipt = (event: Extract<AccountEvent, { readonly type: 'receipt' }>): void => {
    const chat = account.chat(event.chat);
    const [first, ...rest] = event.ids;
    if (first === undefined || event.person === ME) return;
    const person = personJid(account, event.person, addressingOf(chat));
    const attrs = {
      id: first,
      t: String(event.time),
      from: chat.group ? chat.jid : person,
      participant: chat.group ? person : undefined,
      type: event.kind === 'delivered' ? undefined : event.kind,
    };
    const stanza = node('receipt', attrs, listOf(rest));
    for (const companion of registry.companions()) {
      if (companion.receivesLive()) registry.send(companion, stanza);
    }
  };

  const onChatRead = (event: Extract<AccountEvent, { readonly type: 'chat-read' }>): void => {
    if (!event.read) return;
    const chat = account.chat(event.chat);
    const newest = newestIncoming(account, chat.key);
    if (!newest) return;
    const mode = addressingOf(chat);
    const attrs = {
      id: newest.id,
      t: String(account.world.nowSeconds()),
      type: 'read-self',
      from: chat.group ? chat.jid : personJid(account, ME, mode),
      participant: chat.group ? personJid(account, newest.sender, mode) : undefined,
      recipient: chat.group ? undefined : chat.jid,
    };
    const reader = event.origin.from === 'device' ? event.origin.device : null;
    for (const companion of registry.companions()) {
      if (companion.receivesLive() && String(companion.id) !== reader) {
        registry.send(companion, node('receipt', attrs));
      }
    }
  };

  /** Another own device has read these, and no more. */
  const onMessagesRead = (event: Extract<AccountEvent, { readonly type: 'messages-read' }>): void => {
    const chat = account.chat(event.chat);
    const mode = addressingOf(chat);
    const reader = event.origin.from === 'device' ? event.origin.device : null;
    const messages = event.ids.flatMap((id) => account.messageById(chat.key, id) ?? []);
    for (const [sender, theirs] of Map.groupBy(messages, (message) => message.sender)) {
      const [first, ...rest] = theirs.map(({ id }) => id);
      const attrs = {
        id: first,
        t: String(account.world.nowSeconds()),
        type: 'read-self',
        from: chat.group ? chat.jid : personJid(account, ME, mode),
        participant: chat.group ? personJid(account, sender, mode) : undefined,
        recipient: chat.group ? undefined : chat.jid,
      };
      const stanza = node('receipt', attrs, listOf(rest));
      for (const companion of registry.companions()) {
        if (companion.receivesLive() && String(companion.id) !== reader) registry.send(companion, stanza);
      }
    }
  };

  return account.subscribe((event) => {
    switch (event.type) {
      case 'message':
      case 'edit':
      case 'revoke':
      case 'reaction':
      case 'vote':
        onSaid(event);
        break;
      case 'receipt':
        onReceipt(event);
        break;
      case 'chat-read':
        onChatRead(event);
        break;
      case 'messages-read':
        onMessagesRead(event);
        break;
      default:
        // settings, groups and people travel as notifications of their own modules
        break;
    }
  });
};
