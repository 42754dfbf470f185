import type { CommandHandlers } from '#engines/contract/command.ts';
import { said, toPerson } from '#engines/contract/kit/scalars.ts';
import { TandemError } from '#kernel/errors.ts';
import { observeBlocked } from '../normalise/contact.ts';
import type { WASocket } from '../socket.ts';
import type { CommandDeps } from './deps.ts';
import { unlessAborted, upstreamError } from './upstream-error.ts';

/** The library cannot find the other identity, or the server does not know the person. */
const NOBODY = { 400: 'CONTACT_NOT_FOUND', 404: 'CONTACT_NOT_FOUND' } as const;

export function blockCommands({
  session,
  tell,
}: CommandDeps): Required<Pick<CommandHandlers, 'contact.block' | 'contact.blocklist'>> {
  return {
    'contact.block': async ({ pn, lid, blocked }, signal) => {
      const sock = session.open();
      const jid = lid ?? pn;
      if (jid === null) throw new TandemError('CONTACT_NOT_FOUND', { engine: 'baileys' });
      await unlessAborted(setBlocked(sock, { pn, lid, jid, blocked }), signal);
      // Only the other devices are told by the server.
      tell([{ kind: 'contact', jid, ...said({ alt: jid === lid ? pn : null }), blocked }]);
      return { blocked };
    },
    'contact.blocklist': async (_input, signal) => {
      const listed = await unlessAborted(session.open().fetchBlocklist(), signal);
      const blocked = [...new Set(listed.map(toPerson).filter((jid) => jid !== null))];
      tell(observeBlocked(blocked, true));
      return { blocked };
    },
  };
}

interface Change {
  readonly pn: string | null;
  readonly lid: string | null;
  readonly jid: string;
  readonly blocked: boolean;
}

/** A block names both identities; what the caller knows saves asking. */
async function setBlocked(sock: WASocket, { pn, lid, jid, blocked }: Change): Promise<void> {
  try {
    if (pn !== null && lid !== null) {
      await sock.signalRepository.lidMapping.storeLIDPNMappings([{ pn, lid }]);
    }
    await sock.updateBlockStatus(jid, blocked ? 'block' : 'unblock');
  } catch (error) {
    throw upstreamError(error, NOBODY);
  }
}
