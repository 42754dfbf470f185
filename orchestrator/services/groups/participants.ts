import type { GroupMember } from '#engines/contract/group.ts';
import { jidKind, phoneOfJid } from '#engines/contract/identity.ts';
import type { GroupMemberRecord, PersonRecord } from '#history/contracts/records.ts';
import type { ServiceContext } from '../context.ts';
import { optionalName } from '../present/message.ts';
import { personJid } from '../present/person.ts';
import { compact } from '../reply.ts';
import type { PublicParticipant } from '../shapes/group.ts';

const ROLE_ORDER = { owner: 0, admin: 1, member: 2 } as const;

/** Members as the store knows them: who runs the group first. */
export function presentStoredMembers(members: readonly GroupMemberRecord[]): PublicParticipant[] {
  return members
    .flatMap(({ person, role }) => {
      const jid = personJid(person);
      return jid === null ? [] : [participant(jid, person.lid, person.pn, person, role)];
    })
    .sort(byRole);
}

/** Members as the server listed them, with the names that the store knows. */
export async function presentLiveMembers(
  { history }: ServiceContext,
  members: readonly GroupMember[],
): Promise<PublicParticipant[]> {
  const shown: PublicParticipant[] = [];
  for (const { jid, alt, role } of members) {
    const ids = alt === undefined ? [jid] : [jid, alt];
    const person =
      (await history.people.byJid(jid)) ?? (alt === undefined ? null : await history.people.byJid(alt));
    const lid = ids.find((id) => jidKind(id) === 'lid') ?? person?.lid ?? null;
    const pn = ids.find((id) => jidKind(id) === 'pn') ?? person?.pn ?? null;
    shown.push(participant(lid ?? pn ?? jid, lid, pn, person, role));
  }
  return shown.sort(byRole);
}

function participant(
  jid: string,
  lid: string | null,
  pn: string | null,
  person: PersonRecord | null,
  role: PublicParticipant['role'],
): PublicParticipant {
  return compact({
    jid,
    lid: lid ?? undefined,
    phone: pn === null ? undefined : (phoneOfJid(pn) ?? undefined),
    name: optionalName(person?.name ?? null),
    role,
    is_me: person?.isMe ? true : undefined,
  });
}

function byRole(a: PublicParticipant, b: PublicParticipant): number {
  return ROLE_ORDER[a.role] - ROLE_ORDER[b.role];
}
