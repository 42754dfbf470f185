import type { CommandHandlers } from '#engines/contract/command.ts';
import type { GroupInfo } from '#engines/contract/group.ts';
import { TandemError } from '#kernel/errors.ts';
import { groupInfo } from '../normalise/group.ts';
import { pageId } from './acts.ts';
import type { CommandDeps } from './deps.ts';

/** Groups in one answer of the page; large ones have a thousand members. */
const SLICE_GROUPS = 50;

export function groupCommands(
  deps: CommandDeps,
): Required<Pick<CommandHandlers, 'group.read' | 'community.read'>> {
  const { ask, teller } = deps;

  /** One group as the server has it now; null = the account is in none of that id. */
  async function one(jid: string, signal: AbortSignal): Promise<GroupInfo | null> {
    const model = await ask('refreshGroup', { id: pageId(jid) }, { signal });
    if ((model as { refused?: unknown } | null)?.refused === true) {
      throw new TandemError('NOT_GROUP_MEMBER', { engine: 'webjs' });
    }
    const group = model === null || model === undefined ? null : groupInfo(model, teller.context());
    if (group !== null) teller.tell([{ kind: 'group', group }]);
    return group;
  }

  /** As the page has them: it hears of changes itself, and one query for each of thousands would be felt. */
  async function all(signal: AbortSignal): Promise<readonly GroupInfo[]> {
    const ids = (await ask('chatIds', undefined, { signal })).filter((id) => id.endsWith('@g.us'));
    const groups: GroupInfo[] = [];
    for (let at = 0; at < ids.length; at += SLICE_GROUPS) {
      const { found } = await ask('groups', { ids: ids.slice(at, at + SLICE_GROUPS) }, { signal });
      teller.tell(teller.groups(found));
      const context = teller.context();
      groups.push(...found.map((model) => groupInfo(model, context)).filter((group) => group !== null));
    }
    return groups;
  }

  return {
    'group.read': async ({ group }, signal) => {
      if (group === undefined) return { groups: [...(await all(signal))] };
      const found = await one(group, signal);
      if (found === null) throw new TandemError('GROUP_NOT_FOUND', { engine: 'webjs' });
      return { groups: [found] };
    },
    'community.read': async ({ community }, signal) => {
      const groups = await all(signal);
      const withGroups = (info: GroupInfo) => ({
        info,
        groups: groups.filter((group) => group.community === info.jid),
      });
      if (community === undefined) {
        return { communities: groups.filter((group) => group.isCommunity).map(withGroups) };
      }
      const info = await one(community, signal);
      if (info === null || !info.isCommunity)
        throw new TandemError('COMMUNITY_NOT_FOUND', { engine: 'webjs' });
      return { communities: [withGroups(info)] };
    },
  };
}
