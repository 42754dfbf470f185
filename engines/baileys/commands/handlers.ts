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
  return {
    ...linkCommands(deps),
    ...sessionCommands(deps),
    ...sendTextCommand(deps),
    ...markReadCommands(deps),
    ...historyPageCommand(deps),
    ...groupCommands(deps),
    ...contactLookupCommand(deps),
    ...mediaDownloadCommand(deps),
  };
}
