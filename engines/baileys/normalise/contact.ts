import type { Contact } from '@whiskeysockets/baileys';
import { clipName, said, toPerson } from '#engines/contract/kit/scalars.ts';
import type { Self } from '#engines/contract/kit/self.ts';
import { altOf } from '#engines/contract/kit/target.ts';
import type { ObservationOf } from '#engines/contract/observation.ts';

/** Null when it says nothing about a person. */
export function observeContact(contact: Partial<Contact>, self: Self): ObservationOf<'contact'> | null {
  const jid = toPerson(contact.id);
  if (jid === null) return null;
  const fields = said({
    alt: altOf(jid, contact.lid, self) ?? altOf(jid, contact.phoneNumber, self),
    name: clipName(contact.name, 1_000),
    pushName: clipName(contact.notify, 200),
    businessName: clipName(contact.verifiedName, 1_000),
    about: clipName(contact.status, 2_000),
  });
  return Object.keys(fields).length === 0 ? null : { kind: 'contact', jid, ...fields };
}

export function observeBlocked(
  jids: readonly string[],
  blocked: boolean,
): readonly ObservationOf<'contact'>[] {
  return jids.flatMap((id) => {
    const jid = toPerson(id);
    return jid === null ? [] : [{ kind: 'contact', jid, blocked } as const];
  });
}
