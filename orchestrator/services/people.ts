import type { MatchedBy } from '#history/contracts/history.ts';
import { nowSeconds } from '#kernel/clock.ts';
import type { ServiceContext } from './context.ts';
import { checkQuery } from './messages/list.ts';
import { presentChat } from './present/chat.ts';
import { presentPerson } from './present/person.ts';
import { compact, type Reply } from './reply.ts';
import type { PublicChat } from './shapes/chat.ts';
import type { EmptyReason } from './shapes/common.ts';
import type { PublicPerson } from './shapes/person.ts';

export interface SearchContactsRequest {
  readonly query: string;
  readonly limit: number;
  readonly include_chats: boolean;
}

export interface ContactList {
  readonly contacts: PublicPerson[];
  readonly has_more: boolean;
  readonly chats?: PublicChat[];
  readonly reason?: EmptyReason;
}

export interface ContactMatches {
  readonly matches: {
    readonly contact: PublicPerson;
    readonly score: number;
    readonly matched_by: MatchedBy;
  }[];
  readonly reason?: EmptyReason;
}

const CHATS_OF_ONE_MAX = 10;

export interface People {
  search(request: SearchContactsRequest): Promise<Reply<ContactList>>;
  resolve(request: { readonly query: string; readonly limit: number }): Promise<Reply<ContactMatches>>;
}

export function createPeople(context: ServiceContext): People {
  const { history, times, clock, freshness } = context;

  /** One more than asked for tells whether there are more. */
  const match = async (query: string, limit: number) => {
    checkQuery(query);
    const found = await history.people.match({ text: query, limit: limit + 1 });
    const shown = found.slice(0, limit).flatMap(({ person, score, matchedBy }) => {
      const contact = presentPerson(person);
      return contact === null ? [] : [{ id: person.id, contact, score, matched_by: matchedBy }];
    });
    return { shown, more: found.length > limit };
  };

  const noneReason = async (): Promise<EmptyReason> => {
    const reason = await freshness.reason(true);
    return reason === 'FILTER_EXCLUDES_ALL' ? 'NO_RESULTS' : reason;
  };

  return {
    search: async (request) => {
      const { shown, more } = await match(request.query, request.limit);
      const [only] = shown;
      const wanted = request.include_chats && shown.length === 1 && !more && only !== undefined;
      const chats = wanted ? (await history.chats.ofPerson(only.id, CHATS_OF_ONE_MAX, 0)).items : null;
      const style = { nowSeconds: nowSeconds(clock), withLastMessage: false, detailed: false };
      return {
        data: compact({
          contacts: shown.map(({ contact }) => contact),
          has_more: more,
          chats: chats?.map((chat) => presentChat(chat, times, style)),
          reason: shown.length === 0 ? await noneReason() : undefined,
        }),
        meta: await freshness.meta(),
        summary: `${shown.length} contacts${more ? ', more to come with a higher limit' : ''}.`,
      };
    },

    resolve: async (request) => {
      const { shown } = await match(request.query, request.limit);
      return {
        data: compact({
          matches: shown.map(({ contact, score, matched_by }) => ({ contact, score, matched_by })),
          reason: shown.length === 0 ? await noneReason() : undefined,
        }),
        meta: await freshness.meta(),
      };
    },
  };
}
