import type { CommandHandlers } from '#engines/contract/command.ts';
import { chatCommands } from './chat-actions.ts';
import { contactCommands } from './contacts.ts';
import type { CommandDeps } from './deps.ts';
import { forwardCommand } from './forward.ts';
import { groupCommands } from './groups.ts';
import { historyPageCommand } from './history-page.ts';
import { mediaDownloadCommand } from './media-download.ts';
import { messageCommands } from './message-actions.ts';
import { sendTextCommand } from './send-text.ts';

/** Everything that this engine can do besides linking and connecting (life-commands.ts). */
export function createCommands(deps: CommandDeps): CommandHandlers {
  return {
    ...sendTextCommand(deps),
    ...forwardCommand(deps),
    ...messageCommands(deps),
    ...chatCommands(deps),
    ...contactCommands(deps),
    ...groupCommands(deps),
    ...historyPageCommand(deps),
    ...mediaDownloadCommand(deps),
  };
}
