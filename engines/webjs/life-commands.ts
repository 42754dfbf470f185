import type { CommandHandlers } from '#engines/contract/command.ts';
import { linkCommands } from '#engines/contract/kit/link-commands.ts';
import type { LinkDesk } from '#engines/contract/kit/link-desk.ts';
import type { Session } from './session-face.ts';

export interface LifeDeps {
  readonly session: Session;
  readonly desk: LinkDesk;
}

type LifeCommand =
  | 'link.qr'
  | 'link.code'
  | 'session.logout'
  | 'session.probe'
  | 'session.reconnect'
  | 'appstate.resync';

/** The commands about the link and the connection themselves; all others are in commands/. */
export function lifeCommands({ session, desk }: LifeDeps): Required<Pick<CommandHandlers, LifeCommand>> {
  return {
    ...linkCommands({ session, desk }),
    'session.logout': () => session.logout(),
    'session.probe': async (_input, signal) => ({ roundTripMs: await session.probe(signal) }),
    'session.reconnect': async () => ({ started: session.reload() }),
    'appstate.resync': async (_input, signal) => {
      await session.reloaded(signal);
      // The page keeps all collections itself and reads them anew; which ones cannot be chosen.
      return {
        resynced: ['critical_block', 'critical_unblock_low', 'regular_high', 'regular', 'regular_low'],
      };
    },
  };
}
