import { z } from 'zod';
import { ME } from '../../account/model.ts';
import { keySchema, method, type PageMethods, type WebCore } from '../contract.ts';
import { pageVote } from '../projection/votes.ts';
import { post } from './deliver.ts';
import { storedMessage } from './lookup.ts';

const voteSchema = z.object({ key: keySchema, id: z.string().min(1), optionIds: z.array(z.int().min(0)) });

export const createPollMethods = (core: WebCore): PageMethods => {
  const { account } = core;
  return {
    vote: method(voteSchema, ({ key, id, optionIds }, context) =>
      post(core, key.remote, context, (chat, origin) => {
        const content = account.messageById(chat.key, key.id)?.content;
        const known = content?.type === 'poll' ? content.options : [];
        const options = optionIds.flatMap((option) => known[option] ?? []);
        const change = { chat: chat.key, id: key.id, stanzaId: id, by: ME, options, origin };
        if (account.vote(change) === null) return null;
        const about = { does: 'vote', targetId: key.id } as const;
        return { sent: { id, kind: 'pollUpdateMessage', text: null, ...about } };
      }),
    ),
    poll_votes: method(z.object({ key: keySchema }), ({ key }, { device }) => {
      const poll = storedMessage(account, device, key);
      return poll === null ? [] : poll.votes.map((vote) => pageVote(account, poll, vote, poll.id));
    }),
  };
};
