import type { GroupInfo, GroupMember } from '#engines/contract/group.ts';
import { jidKind } from '#engines/contract/identity.ts';
import { clip, clipName, said, toCount, toTime } from '#engines/contract/kit/scalars.ts';
import { altOf } from '#engines/contract/kit/target.ts';
import type { PageContext } from './context.ts';
import { type PageGroup, readGroup, readParticipant } from './shapes.ts';
import { toJid, toPerson } from './wid.ts';

const MEMBERS_MAX = 5_000;

/** Null when the metadata is not of a group. */
export function groupInfo(model: unknown, context: PageContext): GroupInfo | null {
  const meta = readGroup(model, context.oddities);
  const jid = toJid(meta?.id);
  if (meta === null || jid === null || jidKind(jid) !== 'group') return null;
  const members = (meta.participants ?? []).flatMap((one) => memberOf(one, context)).slice(0, MEMBERS_MAX);
  const community = toJid(meta.parentGroup);
  return {
    jid,
    subject: clip(meta.subject, 1_000) ?? '',
    announce: meta.announce === true,
    locked: meta.restrict === true,
    joinApproval: meta.membershipApprovalMode === true,
    isCommunity: meta.isParentGroup === true || meta.groupType === 'COMMUNITY',
    isAnnouncement: meta.defaultSubgroup === true || meta.groupType === 'LINKED_ANNOUNCEMENT_GROUP',
    community: community !== null && jidKind(community) === 'group' ? community : null,
    ...said({
      description: clipName(meta.desc, 10_000),
      owner: toPerson(meta.owner),
      createdAt: toTime(meta.creation),
      ephemeralSeconds: toCount(meta.ephemeralDuration),
      addressing: addressingOf(meta),
      size: toCount(meta.size) ?? (members.length === 0 ? null : members.length),
      members: members.length === 0 ? null : members,
    }),
  };
}

function addressingOf({ isLidAddressingMode }: PageGroup): GroupInfo['addressing'] | null {
  if (isLidAddressingMode === undefined) return null;
  return isLidAddressingMode ? 'lid' : 'pn';
}

function memberOf(raw: unknown, { self, oddities }: PageContext): GroupMember[] {
  const participant = readParticipant(raw, oddities);
  const jid = toPerson(participant?.id);
  if (participant === null || jid === null) return [];
  const alt = altOf(jid, toPerson(participant.alt), self);
  const role =
    participant.isSuperAdmin === true ? 'owner' : participant.isAdmin === true ? 'admin' : 'member';
  return [{ jid, ...said({ alt }), role }];
}
