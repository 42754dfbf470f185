import { phoneOfJid } from '#engines/contract/identity.ts';
import type { History } from '#history/contracts/history.ts';
import type { ChatRecord, PersonRecord } from '#history/contracts/records.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import type { RouterPort } from '../ports.ts';
import { personJid } from '../present/person.ts';
import {
  type Candidate,
  findCandidates,
  PREFIX_SCORE,
  presentCandidates,
  RESOLVE_SCORE,
} from './candidates.ts';
import { type Reference, readReference } from './reference.ts';

/** Where a message goes. */
export interface Recipient {
  readonly jid: string;
  readonly name: string | null;
  readonly chat: ChatRecord | null;
}

/** Turns what people type (id, number, name) into chats and people: the id as it is, then the number, then the name. */
export interface Resolver {
  /** A chat of the store. Errors: CHAT_NOT_FOUND with near ones, RECIPIENT_AMBIGUOUS, INVALID_JID. */
  chat(typed: string, field?: string): Promise<ChatRecord>;
  /** A person of the store. Errors: CONTACT_NOT_FOUND, RECIPIENT_AMBIGUOUS, INVALID_JID. */
  person(typed: string, field?: string): Promise<PersonRecord>;
  /**
   * Somebody to write to, known or not: an unknown number is looked up live. A name counts only when it is a
   * beginning of exactly one name. Errors: RECIPIENT_NOT_FOUND, RECIPIENT_AMBIGUOUS, INVALID_PHONE_FORMAT, INVALID_JID.
   */
  recipient(typed: string, field: string, signal?: AbortSignal): Promise<Recipient>;
}

export function createResolver(history: History, router: Pick<RouterPort, 'call'>): Resolver {
  const chatOfCandidate = async (candidate: Candidate): Promise<ChatRecord | null> => {
    if (candidate.chat !== null) return candidate.chat;
    return candidate.person?.chatId ? history.chats.get(candidate.person.chatId) : null;
  };

  const byId = (reference: Reference) =>
    reference.kind === 'name' ? null : history.chats.byJid(reference.jid);

  const read = async (typed: string, field: string) => {
    const own = await history.account.get();
    return readReference(typed, field, own?.pn ? phoneOfJid(own.pn) : null);
  };

  const lookUp = async (phone: string, signal?: AbortSignal): Promise<string> => {
    const options = signal === undefined ? {} : { signal };
    const { output } = await router.call('contact.lookup', { phones: [phone] }, options);
    const found = output.results.find((result) => result.phone === phone) ?? output.results[0];
    const jid = found?.exists ? (found.lid ?? found.pn) : null;
    if (jid === null || jid === undefined) {
      throw new TandemError('RECIPIENT_NOT_FOUND', { message: 'This number is not on WhatsApp.' });
    }
    return jid;
  };

  return {
    chat: async (typed, field = 'chat') => {
      const reference = await read(typed, field);
      const known = await byId(reference);
      if (known !== null) return known;
      if (reference.kind === 'jid') throw new TandemError('CHAT_NOT_FOUND', { details: { field } });
      const all = await findCandidates(history, nameOf(reference));
      const withChat = all.filter(({ chat, person }) => chat !== null || person?.chatId);
      const written = withChat.filter(holdsMessages);
      const chat = await chatOfCandidate(
        choose(written.length > 0 ? written : withChat, 'CHAT_NOT_FOUND', field),
      );
      if (chat === null) throw new TandemError('CHAT_NOT_FOUND', { details: { field } });
      return chat;
    },

    person: async (typed, field = 'contact') => {
      const reference = await read(typed, field);
      if (reference.kind !== 'name') {
        const known = await history.people.byJid(reference.jid);
        if (known !== null) return known;
        if (reference.kind === 'jid') throw new TandemError('CONTACT_NOT_FOUND', { details: { field } });
      }
      const all = await findCandidates(history, nameOf(reference));
      const people = all.filter((candidate) => candidate.person !== null);
      const { person } = choose(people, 'CONTACT_NOT_FOUND', field);
      if (person === null) throw new TandemError('CONTACT_NOT_FOUND', { details: { field } });
      return person;
    },

    recipient: async (typed, field, signal) => {
      const reference = await read(typed, field);
      const known = await byId(reference);
      if (known !== null) return { jid: known.jid, name: known.name, chat: known };
      if (reference.kind !== 'name') {
        const person = await history.people.byJid(reference.jid);
        const jid = person === null ? null : personJid(person);
        if (person !== null && jid !== null) return { jid, name: person.name, chat: null };
      }
      // An id that the store has never seen may still be right; the engine knows.
      if (reference.kind === 'jid') return { jid: reference.jid, name: null, chat: null };
      if (reference.kind === 'phone')
        return { jid: await lookUp(reference.digits, signal), name: null, chat: null };
      const all = await findCandidates(history, reference.name);
      // Some digits of a number are no name: the start of a number must not pick who gets a message.
      const named = all.filter(
        (candidate) =>
          (candidate.matchedBy === 'name' || candidate.matchedBy === 'pushname') && holdsMessages(candidate),
      );
      const best = choose(named, 'RECIPIENT_NOT_FOUND', field, PREFIX_SCORE);
      return { jid: best.jid, name: best.name, chat: await chatOfCandidate(best) };
    },
  };
}

function nameOf(reference: Exclude<Reference, { kind: 'jid' }>): string {
  return reference.kind === 'phone' ? reference.digits : reference.name;
}

/** A community bears the name of its announcement group and holds no messages itself. */
function holdsMessages({ type }: Candidate): boolean {
  return type !== 'community';
}

/** The one candidate that is strictly better than all others. */
function choose(
  candidates: readonly Candidate[],
  missing: ErrorCode,
  field: string,
  leastScore = RESOLVE_SCORE,
): Candidate {
  const [best, second] = candidates;
  if (best === undefined || best.score < leastScore) {
    const near = presentCandidates(candidates);
    const hint = 'Choose one of the candidates in the details and use its id; or see list_chats.';
    throw new TandemError(missing, {
      ...(missing === 'CHAT_NOT_FOUND' && near.length > 0 ? { hint } : {}),
      details: { field, candidates: near },
    });
  }
  if (second !== undefined && second.score === best.score) {
    const equals = candidates.filter((candidate) => candidate.score === best.score);
    throw new TandemError('RECIPIENT_AMBIGUOUS', {
      details: { field, matching: equals.length, candidates: presentCandidates(equals) },
    });
  }
  return best;
}
