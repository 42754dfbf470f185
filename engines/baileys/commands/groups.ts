import type { GroupMetadata } from '@whiskeysockets/baileys';
import type { CommandHandlers } from '#engines/contract/command.ts';
import type { GroupInfo } from '#engines/contract/group.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { groupInfo } from '../normalise/group.ts';
import type { WASocket } from '../socket.ts';
import type { CommandDeps } from './deps.ts';
import { unlessAborted, upstreamError } from './upstream-error.ts';

const GROUP_ERRORS = { 401: 'NOT_GROUP_MEMBER', 403: 'NOT_GROUP_MEMBER', 404: 'GROUP_NOT_FOUND' } as const;
const COMMUNITY_ERRORS = { 403: 'NOT_GROUP_MEMBER', 404: 'COMMUNITY_NOT_FOUND' } as const;

export function groupCommands(
  deps: CommandDeps,
): Required<Pick<CommandHandlers, 'group.read' | 'community.read'>> {
  const { session, groups, tell } = deps;

  async function one(sock: WASocket, jid: string, errors: Readonly<Record<number, ErrorCode>>) {
    const meta = await sock.groupMetadata(jid).catch((error: unknown) => {
      throw upstreamError(error, errors);
    });
    groups.put(meta);
    const group = groupInfo(meta);
    if (group === null) throw new TandemError('GROUP_NOT_FOUND', { engine: 'baileys' });
    tell([{ kind: 'group', group }]);
    return group;
  }

  async function all(sock: WASocket): Promise<readonly GroupInfo[]> {
    // The answer is told to the outbox by the library's own event.
    const found: Record<string, GroupMetadata> = await sock.groupFetchAllParticipating();
    return Object.values(found)
      .map(groupInfo)
      .filter((group) => group !== null);
  }

  /** Groups of a community that the account is not in are listed without members. */
  async function linkedGroups(sock: WASocket, community: string, own: readonly GroupInfo[]) {
    const mine = own.filter((group) => group.community === community);
    const { linkedGroups: listed } = await sock.communityFetchLinkedGroups(community);
    const others = listed
      .map((meta) =>
        groupInfo({ participants: [], ...meta, linkedParent: community } as unknown as GroupMetadata),
      )
      .filter((group) => group !== null)
      .filter((group) => group.jid !== community && !mine.some(({ jid }) => jid === group.jid));
    return [...mine, ...others];
  }

  return {
    'group.read': async ({ group }, signal) => {
      const sock = session.open();
      if (group !== undefined)
        return { groups: [await unlessAborted(one(sock, group, GROUP_ERRORS), signal)] };
      return { groups: [...(await unlessAborted(all(sock), signal))] };
    },
    'community.read': async ({ community }, signal) => {
      const sock = session.open();
      const own = await unlessAborted(all(sock), signal);
      if (community === undefined) {
        const communities = own
          .filter((group) => group.isCommunity)
          .map((info) => ({ info, groups: own.filter((group) => group.community === info.jid) }));
        return { communities };
      }
      const info =
        own.find((group) => group.jid === community) ??
        (await unlessAborted(one(sock, community, COMMUNITY_ERRORS), signal));
      if (!info.isCommunity) throw new TandemError('COMMUNITY_NOT_FOUND', { engine: 'baileys' });
      return {
        communities: [{ info, groups: await unlessAborted(linkedGroups(sock, community, own), signal) }],
      };
    },
  };
}
