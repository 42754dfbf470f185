import type { CommandHandlers } from '#engines/contract/command.ts';
import { contactLookupCommand } from './contact-lookup.ts';
import type { CommandDeps } from './deps.ts';
import { groupCommands } from './groups.ts';
import { historyPageCommand } from './history-page.ts';
import { linkCommands } from './link.ts';
import { markReadCommands } from './mark-read.ts';
import { mediaDownloadCommand } from './media-download.ts';
import { sendTextCommand } from './send-text.ts';
import { sessionCommands } from './session.ts';

/** Everything that this engine can do. */
export function createCommands(deps: CommandDeps): CommandHandlers {
  const session = sessionCommands(deps);
  const groups = groupCommands(deps);
  const marks = markReadCommands(deps);
  return {
    ...linkCommands(deps),
    ...session,
    'session.probe': whileConnected(deps, session['session.probe']),
    ...sendTextCommand(deps),
    'chat.markRead': whileConnected(deps, marks['chat.markRead']),
    'message.markRead': whileConnected(deps, marks['message.markRead']),
    ...historyPageCommand(deps),
    'group.read': whileConnected(deps, groups['group.read']),
    'community.read': whileConnected(deps, groups['community.read']),
    'contact.lookup': whileConnected(deps, contactLookupCommand(deps)['contact.lookup']),
    ...mediaDownloadCommand(deps),
  };
}

/** The library forgets queries under way when the server ends the stream: they would hang until their deadline. */
function whileConnected<I, O>(
  { connectionEnd }: CommandDeps,
  run: (input: I, signal: AbortSignal) => Promise<O>,
): (input: I, signal: AbortSignal) => Promise<O> {
  return (input, signal) => run(input, AbortSignal.any([signal, connectionEnd()]));
}
