import type { MessageRecord } from '#history/contracts/records.ts';
import { TandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { findMessage, type MessageReference, refOf } from '../messages/reference.ts';
import { type Reply, servedBy } from '../reply.ts';
import { type Acted, checkAge, checkWritten, nameTarget, optionsFor, takeFromRate } from './target.ts';

export const deleteScopes = ['everyone', 'me'] as const;
export type DeleteScope = (typeof deleteScopes)[number];

export interface DeleteRequest extends MessageReference {
  readonly scope: DeleteScope;
}

export interface Deleted extends Acted {
  readonly deleted: true;
  readonly scope: DeleteScope;
  /** It had been deleted for everyone before; nothing was done. */
  readonly already?: true;
  readonly timestamp: string;
}

/** Two days and twelve hours: what WhatsApp's own apps allow. The server may refuse earlier. */
const DELETE_WINDOW_SECONDS = 60 * 60 * 60;

/**
 * Takes a message back, or removes it from the own devices; this history keeps what it has. Errors: NOT_OWN_MESSAGE,
 * DELETE_WINDOW_EXPIRED (by our clock, or by the server's word), RATE_LIMITED, and those of findMessage.
 */
export function createDelete(context: ServiceContext) {
  const { history, router, times } = context;

  /** Admins of a group may take back anybody's message. The store may be behind, so a no is asked for again. */
  const isAdminOf = async (message: MessageRecord, signal?: AbortSignal): Promise<boolean> => {
    if (!message.chatJid.endsWith('@g.us')) return false;
    const members = await history.groups.members(message.chatId);
    if (mayDelete(members.find(({ person }) => person.isMe)?.role)) return true;
    const account = await history.account.get();
    const own = [account?.pn, account?.lid];
    try {
      const options = signal === undefined ? {} : { signal };
      const { output } = await router.call('group.read', { group: message.chatJid }, options);
      const live = output.groups.find(({ jid }) => jid === message.chatJid)?.members ?? [];
      return mayDelete(live.find(({ jid, alt }) => own.includes(jid) || own.includes(alt ?? jid))?.role);
    } catch {
      return false;
    }
  };

  return async (request: DeleteRequest, signal?: AbortSignal): Promise<Reply<Deleted>> => {
    const { scope } = request;
    const message = await findMessage(context, request);
    const done = { ...nameTarget(message), deleted: true as const, scope };
    if (scope === 'everyone' && message.revokedAt !== null)
      return { data: { ...done, already: true, timestamp: times.iso(message.revokedAt) } };
    checkWritten(message);
    if (scope === 'everyone') {
      if (!message.fromMe && !(await isAdminOf(message, signal))) {
        throw new TandemError('NOT_OWN_MESSAGE', {
          message:
            "Only own messages, and others' in a group of which this account is an admin, can be deleted for everyone.",
          hint: 'Use scope `me` to remove it from the own devices.',
        });
      }
      checkAge(context, message, DELETE_WINDOW_SECONDS, 'DELETE_WINDOW_EXPIRED');
    }
    await takeFromRate(context);
    const outcome = await router.call(
      'message.revoke',
      { message: refOf(message), scope, sentAt: message.sentAt },
      optionsFor(message, signal),
    );
    return { data: { ...done, timestamp: times.iso(outcome.output.at) }, meta: servedBy(outcome) };
  };
}

function mayDelete(role: string | undefined): boolean {
  return role === 'admin' || role === 'owner';
}
