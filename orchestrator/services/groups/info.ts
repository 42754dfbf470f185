import type { GroupInfo } from '#engines/contract/group.ts';
import type { GroupRecord } from '#history/contracts/records.ts';
import { type ErrorCode, TandemError, toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { cleanText } from '../present/clean-text.ts';
import { optionalName } from '../present/message.ts';
import { compact, type Reply, servedBy } from '../reply.ts';
import type { PublicParticipant } from '../shapes/group.ts';
import { presentLiveMembers, presentStoredMembers } from './participants.ts';
import { resolveGroupJid } from './resolve-group.ts';

export interface GroupInfoRequest {
  readonly group: string;
  /** `auto` asks WhatsApp and falls back to the store. */
  readonly source: 'auto' | 'live' | 'cached';
  readonly participant_limit: number;
}

export interface PublicGroupInfo {
  readonly jid: string;
  readonly name?: string;
  readonly description?: string;
  readonly owner_jid?: string;
  readonly created_at?: string;
  readonly size?: number;
  /** Only admins may write. */
  readonly announce: boolean;
  /** Only admins may change the metadata. */
  readonly locked: boolean;
  readonly join_approval: boolean;
  readonly ephemeral_s?: number;
  readonly is_community: boolean;
  readonly is_announcement: boolean;
  readonly community_jid?: string;
  readonly participants: PublicParticipant[];
  readonly participants_total: number;
  readonly source: 'live' | 'cached';
  readonly cached_at?: string;
  /** Why the live answer is missing. */
  readonly live_error?: ErrorCode;
}

/** Metadata and members of one group: live where an engine can, else as last seen. */
export function createGroupInfo(context: ServiceContext) {
  const { history, router, times } = context;

  const cached = async (
    jid: string,
    limit: number,
    liveError?: ErrorCode,
  ): Promise<PublicGroupInfo | null> => {
    const record = await history.groups.get(jid);
    if (record === null) return null;
    const members = presentStoredMembers(await history.groups.members(record.chatId));
    return compact({
      ...describe(record),
      created_at: record.createdAt === null ? undefined : times.iso(record.createdAt),
      size: record.size ?? (members.length > 0 ? members.length : undefined),
      participants: members.slice(0, limit),
      participants_total: members.length,
      source: 'cached' as const,
      cached_at: times.iso(record.fetchedAt),
      live_error: liveError,
    });
  };

  const live = async (jid: string, limit: number, signal?: AbortSignal) => {
    const outcome = await router.call('group.read', { group: jid }, signal === undefined ? {} : { signal });
    const info = outcome.output.groups.find((group) => group.jid === jid) ?? outcome.output.groups[0];
    if (info === undefined) throw new TandemError('GROUP_NOT_FOUND');
    const members = await presentLiveMembers(context, info.members ?? []);
    const data: PublicGroupInfo = compact({
      ...describe(info),
      created_at: info.createdAt === undefined ? undefined : times.iso(info.createdAt),
      size: info.size ?? (members.length > 0 ? members.length : undefined),
      participants: members.slice(0, limit),
      participants_total: members.length,
      source: 'live' as const,
    });
    return { data, meta: servedBy(outcome) };
  };

  return async (
    request: GroupInfoRequest,
    signal?: AbortSignal,
  ): Promise<Reply<{ group: PublicGroupInfo }>> => {
    const kinds = ['group', 'community'] as const;
    const jid = await resolveGroupJid(context, request.group, 'group', kinds, 'GROUP_NOT_FOUND');
    let failure: TandemError | null = null;
    if (request.source !== 'cached') {
      try {
        const { data, meta } = await live(jid, request.participant_limit, signal);
        return { data: { group: data }, meta };
      } catch (thrown) {
        failure = toTandemError(thrown);
        if (request.source === 'live') throw failure;
      }
    }
    const stored = await cached(jid, request.participant_limit, failure?.code);
    if (stored === null) throw failure ?? new TandemError('GROUP_NOT_FOUND');
    return { data: { group: stored }, meta: { degraded: failure !== null } };
  };
}

/** What both sources call the same. */
function describe(group: GroupRecord | GroupInfo) {
  return {
    jid: group.jid,
    name: optionalName(group.subject),
    description: group.description ? cleanText(group.description) : undefined,
    owner_jid: group.owner ?? undefined,
    announce: group.announce,
    locked: group.locked,
    join_approval: group.joinApproval,
    ephemeral_s: group.ephemeralSeconds || undefined,
    is_community: group.isCommunity,
    is_announcement: group.isAnnouncement,
    community_jid: group.community ?? undefined,
  };
}
