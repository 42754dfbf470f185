import type { ChatRecord, GroupMemberRecord, GroupRecord } from '#history/contracts/records.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { closeOffset, openOffset, type Paging } from '../paging.ts';
import { presentLastMessage } from '../present/chat.ts';
import { optionalName } from '../present/message.ts';
import { compact, type Reply } from '../reply.ts';
import type { ListFields } from '../shapes/common.ts';
import type { PublicGroup } from '../shapes/group.ts';
import { resolveGroupJid } from './resolve-group.ts';

export interface ListGroupsRequest extends Paging {
  readonly include_last_message: boolean;
}

export interface ListCommunitiesRequest extends Paging {
  readonly query?: string | undefined;
}

export interface CommunityGroupsRequest extends Paging {
  readonly community: string;
}

export interface PublicCommunity {
  readonly jid: string;
  readonly name?: string;
  readonly group_count: number;
}

export type GroupList = ListFields & { readonly groups: PublicGroup[]; readonly total: number };
export type CommunityList = ListFields & {
  readonly communities: PublicCommunity[];
  readonly total: number;
};
export type CommunityGroups = GroupList & {
  readonly community: { readonly jid: string; readonly name?: string };
};

interface GroupRow {
  readonly group: GroupRecord;
  readonly chat: ChatRecord;
  readonly myRole: GroupMemberRecord['role'] | null;
}

export function createGroupLists(context: ServiceContext) {
  const { history, times, cursors, freshness, router } = context;

  const presentRow = ({ group, chat, myRole }: GroupRow, withLastMessage: boolean): PublicGroup =>
    compact({
      jid: group.jid,
      name: optionalName(group.subject ?? chat.name),
      size: group.size ?? undefined,
      my_role: myRole ?? undefined,
      is_announcement: group.isAnnouncement,
      community_jid: group.community ?? undefined,
      unread_count: chat.unread,
      message_count: chat.messageCount,
      last_active: chat.lastMessageAt === null ? undefined : times.iso(chat.lastMessageAt),
      last_message:
        withLastMessage && chat.lastMessage !== null
          ? presentLastMessage(chat.lastMessage, times)
          : undefined,
    });

  const groups = async (request: ListGroupsRequest): Promise<Reply<GroupList>> => {
    const selects = { include_last_message: request.include_last_message };
    const offset = openOffset(cursors, 'groups', selects, request);
    const page = await history.groups.list({ limit: request.limit, offset });
    const rows = page.items.map((row) => presentRow(row, request.include_last_message));
    const { items, ...more } = closeOffset(cursors, 'groups', selects, offset, rows, page.total);
    return {
      data: compact({
        groups: [...items],
        total: page.total,
        ...more,
        ...freshness.syncField(),
        reason: items.length === 0 ? await freshness.reason(offset > 0) : undefined,
      }),
      meta: await freshness.meta(),
      summary: `${items.length} of ${page.total} groups.`,
    };
  };

  const communities = async (request: ListCommunitiesRequest): Promise<Reply<CommunityList>> => {
    const { query } = request;
    const selects = { query };
    const offset = openOffset(cursors, 'communities', selects, request);
    const page = await history.groups.communities({
      ...(query === undefined ? {} : { text: query }),
      limit: request.limit,
      offset,
    });
    const rows = page.items.map(({ community, groupCount }) =>
      compact({
        jid: community.jid,
        name: optionalName(community.subject),
        group_count: groupCount,
      }),
    );
    const { items, ...more } = closeOffset(cursors, 'communities', selects, offset, rows, page.total);
    return {
      data: compact({
        communities: [...items],
        total: page.total,
        ...more,
        ...freshness.syncField(),
        reason: items.length === 0 ? await freshness.reason(query !== undefined || offset > 0) : undefined,
      }),
      meta: await freshness.meta(),
      summary: `${items.length} of ${page.total} communities.`,
    };
  };

  /** What the account knows of a community that the store has not met yet. Its groups arrive in the store by themselves. */
  const askLive = async (jid: string, signal?: AbortSignal) => {
    try {
      const options = signal === undefined ? {} : { signal };
      const { output } = await router.call('community.read', { community: jid }, options);
      return output.communities.find(({ info }) => info.jid === jid) ?? null;
    } catch (thrown) {
      const error = toTandemError(thrown);
      if (error.code === 'COMMUNITY_NOT_FOUND' || error.code === 'NOT_A_COMMUNITY') throw error;
      throw new TandemError('COMMUNITY_NOT_FOUND', {
        message: 'There is no such community in the store, and no engine could be asked now.',
        details: { live_error: error.code },
        cause: error,
      });
    }
  };

  const communityGroups = async (
    request: CommunityGroupsRequest,
    signal?: AbortSignal,
  ): Promise<Reply<CommunityGroups>> => {
    const jid = await resolveGroupJid(
      context,
      request.community,
      'community',
      ['community'],
      'COMMUNITY_NOT_FOUND',
    );
    const selects = { jid };
    const offset = openOffset(cursors, 'community-groups', selects, request);
    const known = await history.groups.get(jid);
    if (known !== null && !known.isCommunity) throw new TandemError('NOT_A_COMMUNITY');
    let name = known?.subject ?? null;
    let rows: readonly PublicGroup[];
    let total: number;
    if (known === null) {
      const found = await askLive(jid, signal);
      if (found === null) throw new TandemError('COMMUNITY_NOT_FOUND');
      name = found.info.subject;
      total = found.groups.length;
      rows = found.groups.slice(offset, offset + request.limit).map((group) =>
        compact({
          jid: group.jid,
          name: optionalName(group.subject),
          size: group.size,
          is_announcement: group.isAnnouncement,
          community_jid: jid,
          unread_count: 0,
          message_count: 0,
        }),
      );
    } else {
      const page = await history.groups.list({ community: jid, limit: request.limit, offset });
      total = page.total;
      rows = page.items.map((row) => presentRow(row, false));
    }
    const { items, ...more } = closeOffset(cursors, 'community-groups', selects, offset, rows, total);
    return {
      data: compact({
        community: compact({ jid, name: optionalName(name) }),
        groups: [...items],
        total,
        ...more,
        ...freshness.syncField(),
        reason: items.length === 0 ? await freshness.reason(offset > 0) : undefined,
      }),
      meta: await freshness.meta(),
      summary: `${items.length} of ${total} groups of the community.`,
    };
  };

  return { groups, communities, communityGroups };
}
