import type { GroupMetadata, GroupParticipant } from '@whiskeysockets/baileys';
import type { GroupInfo, GroupMember } from '#engines/contract/group.ts';
import { jidKind } from '#engines/contract/identity.ts';
import { clip, clipName, said, toCount, toJid, toPerson, toTime } from '#engines/contract/kit/scalars.ts';
import type { ObservationOf } from '#engines/contract/observation.ts';

const ADDRESSING = ['pn', 'lid'] as const;
const MEMBERS_MAX = 5_000;

/** Null when the metadata is not of a group. */
export function groupInfo(meta: GroupMetadata): GroupInfo | null {
  const jid = toJid(meta.id);
  if (jid === null || jidKind(jid) !== 'group') return null;
  const members = (meta.participants ?? []).flatMap(memberOf);
  return {
    jid,
    subject: clip(meta.subject, 1_000) ?? '',
    announce: meta.announce === true,
    locked: meta.restrict === true,
    joinApproval: meta.joinApprovalMode === true,
    isCommunity: meta.isCommunity === true,
    isAnnouncement: meta.isCommunityAnnounce === true,
    community: toJid(meta.linkedParent),
    ...said({
      description: clipName(meta.desc, 10_000),
      owner: toPerson(meta.owner),
      createdAt: toTime(meta.creation),
      ephemeralSeconds: toCount(meta.ephemeralDuration),
      addressing: ADDRESSING.find((mode) => mode === meta.addressingMode),
      size: toCount(meta.size) ?? members.length,
      members: members.length === 0 ? null : members.slice(0, MEMBERS_MAX),
    }),
  };
}

function memberOf(participant: GroupParticipant): GroupMember[] {
  const jid = toPerson(participant.id);
  if (jid === null) return [];
  const alt = [participant.phoneNumber, participant.lid]
    .map(toPerson)
    .find((other) => other !== null && jidKind(other) !== jidKind(jid));
  const role =
    participant.admin === 'superadmin' ? 'owner' : participant.admin === 'admin' ? 'admin' : 'member';
  return [{ jid, ...said({ alt }), role }];
}

export interface MembersChange {
  readonly id: string;
  readonly action: string;
  readonly participants: readonly GroupParticipant[];
}

/** Null for changes that are not about who is in or leads the group. */
export function observeMembers(change: MembersChange, at: number): ObservationOf<'members'> | null {
  const group = toJid(change.id);
  const members = change.participants.flatMap(memberOf).slice(0, MEMBERS_MAX);
  const { action } = change;
  if (group === null || members.length === 0) return null;
  if (action !== 'add' && action !== 'remove' && action !== 'promote' && action !== 'demote') return null;
  return { kind: 'members', group, action, members, at };
}
