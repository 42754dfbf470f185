import type { Account } from '../../account/account.ts';
import type { DeliveryStatus, SimChat, SimMessage } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import type { ContentDeps } from '../../wire/messages/content.ts';
import type { PageAttributes, PageMessage, PageMessageKey } from '../contract.ts';
import { contentAttributes } from './content.ts';
import { personWid, toWid } from './wids.ts';

const MS_PER_SECOND = 1_000;

/** The page's `ack` numbers. */
export const ACK: Readonly<Record<DeliveryStatus, number>> = {
  pending: 0,
  server: 1,
  delivered: 2,
  read: 3,
  played: 4,
};

export const pageKey = (account: Account, chat: SimChat, message: SimMessage): PageMessageKey => ({
  fromMe: message.fromMe,
  remote: toWid(chat.jid),
  id: message.id,
  ...(chat.group === null ? {} : { participant: personWid(account, chat, message.sender) }),
});

/** What an edit makes of a message, on top of how it was sent. */
export const editAttributes = (message: SimMessage, key: PageMessageKey): PageAttributes => {
  const last = message.revisions.at(-1);
  if (last === undefined) return {};
  const changed = message.content.type === 'media' ? { caption: last.text } : { body: last.text };
  return {
    ...changed,
    latestEditMsgKey: { ...key },
    latestEditSenderTimestampMs: last.time * MS_PER_SECOND,
  };
};

/** What is left of a message that was taken back. */
export const revokeAttributes = (key: PageMessageKey): PageAttributes => ({
  type: 'revoked',
  body: undefined,
  caption: undefined,
  directPath: undefined,
  mediaKey: undefined,
  protocolMessageKey: { ...key },
});

const quoteAttributes = (message: SimMessage, chat: SimChat, deps: ContentDeps): PageAttributes => {
  const { quote } = message;
  if (quote === null) return {};
  return {
    quotedMsg: contentAttributes(quote.content, deps),
    quotedStanzaID: quote.id,
    quotedParticipant: personWid(deps.account, chat, quote.sender),
  };
};

/** A message as the page's model holds it. `rowId` is its place within the chat. */
export const pageMessage = (message: SimMessage, deps: ContentDeps): PageMessage => {
  const { account } = deps;
  const chat = account.chat(message.chat);
  const key = pageKey(account, chat, message);
  const remote = toWid(chat.jid);
  const me = personWid(account, chat, ME);
  const sender = account.person(message.sender);
  return {
    id: key,
    rowId: message.index,
    t: message.time,
    from: message.fromMe ? me : remote,
    to: message.fromMe ? remote : me,
    ...(chat.group === null ? {} : { author: personWid(account, chat, message.sender) }),
    self: message.fromMe ? 'out' : 'in',
    ack: message.fromMe ? ACK[message.status] : ACK.server,
    ...(message.fromMe || sender.pushName === null ? {} : { notifyName: sender.pushName }),
    star: message.starred,
    isNewMsg: false,
    isForwarded: message.forwarded,
    ...(message.forwarded ? { forwardingScore: 1 } : {}),
    mentionedJidList: message.mentions.map((person) => personWid(account, chat, person)),
    hasReaction: message.reactions.some(({ emoji }) => emoji !== ''),
    ...contentAttributes(message.content, deps),
    ...quoteAttributes(message, chat, deps),
    ...editAttributes(message, key),
    ...(message.revoked === null ? {} : revokeAttributes(key)),
  };
};
