import { proto, type WAPatchCreate } from '@whiskeysockets/baileys';
import type { CommandHandlers, CommandInput } from '#engines/contract/command.ts';
import { jidKind } from '#engines/contract/identity.ts';
import { isSelf, type Self } from '#engines/contract/kit/self.ts';
import { nowSeconds } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { requireAppStateKey } from '../app-state-key.ts';
import { groupInfo } from '../normalise/group.ts';
import type { WASocket } from '../socket.ts';
import { deliverChange, tooLate } from './deliver-change.ts';
import type { CommandDeps } from './deps.ts';
import { keyOf } from './message-key.ts';
import { unlessAborted } from './upstream-error.ts';

type Input = CommandInput<'message.revoke'>;

/** Values of the stanza's `edit` attribute. */
const REVOKED_BY_AUTHOR = '7';
const REVOKED_BY_ADMIN = '8';
/** As WhatsApp's own clients write this kind of change. */
const DELETE_FOR_ME_VERSION = 3;

export function revokeCommand(deps: CommandDeps): Required<Pick<CommandHandlers, 'message.revoke'>> {
  return {
    'message.revoke': async (input, signal) =>
      input.scope === 'me' ? removeForMe(deps, input, signal) : revokeForEveryone(deps, input, signal),
  };
}

async function revokeForEveryone(deps: CommandDeps, { message }: Input, signal: AbortSignal) {
  const { fromMe } = message;
  if (!fromMe && jidKind(message.chat) !== 'group') {
    throw new TandemError('NOT_OWN_MESSAGE', { engine: 'baileys' });
  }
  const at = await deliverChange(
    deps,
    {
      chat: message.chat,
      message: async (chat, sock) => {
        if (!fromMe) await mustBeAdmin(deps, sock, chat);
        return {
          protocolMessage: {
            key: keyOf(chat, message),
            type: proto.Message.ProtocolMessage.Type.REVOKE,
          },
        };
      },
      attributes: () => ({ edit: fromMe ? REVOKED_BY_AUTHOR : REVOKED_BY_ADMIN }),
      errors: tooLate('DELETE_WINDOW_EXPIRED'),
    },
    signal,
  );
  return { at };
}

/** Others ignore it from anybody else, and nobody would hear of that. */
async function mustBeAdmin({ session, groups }: CommandDeps, sock: WASocket, group: string): Promise<void> {
  const known = groups.get(group) ?? (await sock.groupMetadata(group));
  const self: Self = session.self();
  const me = groupInfo(known)?.members?.find(
    ({ jid, alt }) => isSelf(self, jid) || isSelf(self, alt ?? null),
  );
  if (me === undefined) throw new TandemError('NOT_GROUP_MEMBER', { engine: 'baileys' });
  if (me.role === 'member') throw new TandemError('NOT_GROUP_ADMIN', { engine: 'baileys' });
}

/**
 * Tells the own devices; nobody else hears of it. Written here, because the library leaves the author out, without
 * whom a message of a group is not found.
 */
async function removeForMe(deps: CommandDeps, { message, sentAt }: Input, signal: AbortSignal) {
  const sock = deps.session.open();
  const { chat, id, fromMe, sender } = message;
  const author = jidKind(chat) === 'group' && !fromMe ? sender : null;
  const patch: WAPatchCreate = {
    syncAction: {
      timestamp: deps.clock.now(),
      deleteMessageForMeAction: { deleteMedia: false, messageTimestamp: sentAt },
    },
    index: ['deleteMessageForMe', chat, id, fromMe ? '1' : '0', author ?? '0'],
    type: 'regular_high',
    apiVersion: DELETE_FOR_ME_VERSION,
    operation: proto.SyncdMutation.SyncdOperation.SET,
  };
  await requireAppStateKey(sock);
  await unlessAborted(sock.appPatch(patch), AbortSignal.any([signal, deps.connectionEnd()]));
  return { at: nowSeconds(deps.clock) };
}
