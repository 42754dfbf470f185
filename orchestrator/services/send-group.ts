import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupInfo } from '#engines/contract/group.ts';
import { jidKind, normaliseJid } from '#engines/contract/identity.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from './context.ts';

/** How the server says that it does not take messages for a group from this account. */
const REFUSED_BY_GROUP: readonly unknown[] = [401, 403, 404];
/** What the engine learned of the group has reached its encryption by then. */
const RETRY_AFTER_MS = 2_000;

/** May this account write to the group? */
export interface GroupGate {
  /** Throws NOT_GROUP_MEMBER or NOT_GROUP_ADMIN when the store says no and WhatsApp confirms it. Other chats pass. */
  check(chat: string, signal?: AbortSignal): Promise<void>;
  /** Sends; a refusal that may come of old metadata leads to a fresh look at the group and one more try. */
  send<T>(chat: string, send: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createGroupGate(
  { history, router }: ServiceContext,
  retryAfterMs = RETRY_AFTER_MS,
): GroupGate {
  const seemsClosed = async (chat: string): Promise<boolean> => {
    const group = await history.groups.get(chat);
    if (group === null) return false;
    const members = await history.groups.members(group.chatId);
    const me = members.find(({ person }) => person.isMe);
    return (members.length > 0 && me === undefined) || (group.announce && me?.role === 'member');
  };

  /** The store may be behind; only what WhatsApp says now refuses a message. */
  const confirm = async (chat: string, signal?: AbortSignal): Promise<void> => {
    let group: GroupInfo | undefined;
    try {
      const { output } = await router.call(
        'group.read',
        { group: chat },
        signal === undefined ? {} : { signal },
      );
      group = output.groups.find(({ jid }) => jid === chat);
    } catch (thrown) {
      const { code } = toTandemError(thrown);
      if (code === 'NOT_GROUP_MEMBER' || code === 'GROUP_NOT_FOUND')
        throw new TandemError('NOT_GROUP_MEMBER');
      // Nobody can say; the server will.
      return;
    }
    if (group === undefined) return;
    const account = await history.account.get();
    const own = [account?.pn, account?.lid];
    const members = group.members ?? [];
    const me = members.find(({ jid, alt }) =>
      [jid, alt].some((id) => id !== undefined && own.includes(normaliseJid(id))),
    );
    if (me === undefined && members.length > 0) throw new TandemError('NOT_GROUP_MEMBER');
    if (group.announce && me?.role === 'member') throw new TandemError('NOT_GROUP_ADMIN');
  };

  const isGroup = (chat: string) => jidKind(chat) === 'group';

  return {
    check: async (chat, signal) => {
      if (isGroup(chat) && (await seemsClosed(chat))) await confirm(chat, signal);
    },
    send: async (chat, send, signal) => {
      try {
        return await send();
      } catch (thrown) {
        const error = toTandemError(thrown);
        const refused = error.code === 'SEND_FAILED' && REFUSED_BY_GROUP.includes(error.details?.upstream);
        if (!isGroup(chat) || !refused) throw error;
        await confirm(chat, signal);
        await sleep(retryAfterMs, undefined, signal === undefined ? {} : { signal });
        // A refusal is proof that the first one was not sent.
        return await send();
      }
    },
  };
}
