import { phoneOfJid } from '#engines/contract/identity.ts';
import type { PersonRecord } from '#history/contracts/records.ts';
import { compact } from '../reply.ts';
import type { PublicPerson } from '../shapes/person.ts';
import { optionalName } from './message.ts';

/** The id under which a person is addressed: the hidden id where it is known, else the number. */
export function personJid(person: Pick<PersonRecord, 'pn' | 'lid'>): string | null {
  return person.lid ?? person.pn;
}

/** Null for a person without any id, which cannot be named to the outside. */
export function presentPerson(person: PersonRecord): PublicPerson | null {
  const jid = personJid(person);
  if (jid === null) return null;
  return compact({
    jid,
    lid: person.lid ?? undefined,
    number: person.pn === null ? undefined : (phoneOfJid(person.pn) ?? undefined),
    name: optionalName(person.name),
    push_name: optionalName(person.pushName),
    is_my_contact: person.bookName !== null || person.customName !== null,
    is_business: person.businessName !== null,
    is_me: person.isMe ? true : undefined,
    has_chat: person.chatId !== null,
  });
}
