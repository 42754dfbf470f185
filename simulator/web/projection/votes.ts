import type { Account } from '../../account/account.ts';
import { ME, type SimMessage, type SimVote } from '../../account/model.ts';
import type { PageAttributes } from '../contract.ts';
import { pageKey } from './messages.ts';
import { personWid, toWid } from './wids.ts';

const MS_PER_SECOND = 1_000;

/** A vote as a row of the page's table; `id` is that of the stanza which brought it. */
export const pageVote = (account: Account, poll: SimMessage, vote: SimVote, id: string): PageAttributes => {
  const chat = account.chat(poll.chat);
  const sender = personWid(account, chat, vote.person);
  const options = poll.content.type === 'poll' ? poll.content.options : [];
  return {
    key: {
      fromMe: vote.person === ME,
      remote: toWid(chat.jid),
      id,
      ...(chat.group === null ? {} : { participant: sender }),
    },
    parent: pageKey(account, chat, poll),
    sender,
    optionIds: vote.options.map((option) => options.indexOf(option)),
    timestampMs: vote.time * MS_PER_SECOND,
  };
};
