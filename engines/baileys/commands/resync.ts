import { appStateCollections, type CommandHandlers } from '#engines/contract/command.ts';
import type { CommandDeps } from './deps.ts';
import { unlessAborted } from './upstream-error.ts';

export function resyncCommand({
  session,
  appState,
}: CommandDeps): Required<Pick<CommandHandlers, 'appstate.resync'>> {
  return {
    'appstate.resync': async ({ collections }, signal) => {
      const sock = session.open();
      const wanted = [...new Set(collections ?? appStateCollections)];
      return { resynced: [...(await unlessAborted(appState.resync(sock, wanted), signal))] };
    },
  };
}
