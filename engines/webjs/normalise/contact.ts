import { clipName, said, toFlag } from '#engines/contract/kit/scalars.ts';
import { altOf } from '#engines/contract/kit/target.ts';
import type { ObservationOf } from '#engines/contract/observation.ts';
import type { PageContext } from './context.ts';
import { readContact } from './shapes.ts';
import { toPerson } from './wid.ts';

/** Null when it says nothing about a person. */
export function observeContact(
  model: unknown,
  { self, oddities }: PageContext,
): ObservationOf<'contact'> | null {
  const contact = readContact(model, oddities);
  const jid = toPerson(contact?.id);
  if (contact === null || jid === null) return null;
  const fields = said({
    alt: altOf(jid, toPerson(contact.alt), self),
    name: clipName(contact.name, 1_000),
    pushName: clipName(contact.pushname, 200),
    businessName: clipName(contact.verifiedName, 1_000),
    about: clipName(contact.about, 2_000),
    blocked: toFlag(contact.isBlocked),
  });
  return Object.keys(fields).length === 0 ? null : { kind: 'contact', jid, ...fields };
}
