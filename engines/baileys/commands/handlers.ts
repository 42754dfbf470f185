import type { CommandHandlers } from '#engines/contract/command.ts';
import { linkCommands } from '#engines/contract/kit/link-commands.ts';
import { arrangeChatCommands } from './arrange-chat.ts';
import { blockCommands } from './block.ts';
import { contactLookupCommand } from './contact-lookup.ts';
import type { CommandDeps } from './deps.ts';
import { devicesCommand } from './devices.ts';
import { editCommand } from './edit.ts';
import { forwardCommand } from './forward.ts';
import { groupCommands } from './groups.ts';
import { historyPageCommand } from './history-page.ts';
import { markReadCommands } from './mark-read.ts';
import { mediaDownloadCommand } from './media-download.ts';
import { pictureCommand } from './picture.ts';
import { reactCommand } from './react.ts';
import { resyncCommand } from './resync.ts';
import { revokeCommand } from './revoke.ts';
import { sendTextCommand } from './send-text.ts';
import { sessionCommands } from './session.ts';

/** Everything that this engine can do. */
export function createCommands(deps: CommandDeps): CommandHandlers {
  const session = sessionCommands(deps);
  const groups = groupCommands(deps);
  const marks = markReadCommands(deps);
  const arrange = arrangeChatCommands(deps);
  const block = blockCommands(deps);
  return {
    ...linkCommands(deps),
    ...session,
    'session.probe': whileConnected(deps, session['session.probe']),
    'appstate.resync': whileConnected(deps, resyncCommand(deps)['appstate.resync']),
    'devices.list': whileConnected(deps, devicesCommand(deps)['devices.list']),
    ...sendTextCommand(deps),
    ...reactCommand(deps),
    ...editCommand(deps),
    ...revokeCommand(deps),
    ...forwardCommand(deps),
    'chat.archive': whileConnected(deps, arrange['chat.archive']),
    'chat.pin': whileConnected(deps, arrange['chat.pin']),
    'chat.mute': whileConnected(deps, arrange['chat.mute']),
    'chat.markRead': whileConnected(deps, marks['chat.markRead']),
    'message.markRead': whileConnected(deps, marks['message.markRead']),
    ...historyPageCommand(deps),
    'group.read': whileConnected(deps, groups['group.read']),
    'community.read': whileConnected(deps, groups['community.read']),
    'contact.lookup': whileConnected(deps, contactLookupCommand(deps)['contact.lookup']),
    'contact.picture': whileConnected(deps, pictureCommand(deps)['contact.picture']),
    'contact.block': whileConnected(deps, block['contact.block']),
    'contact.blocklist': whileConnected(deps, block['contact.blocklist']),
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
