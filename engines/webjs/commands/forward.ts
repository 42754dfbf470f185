import type { CommandHandlers } from '#engines/contract/command.ts';
import { addressOf, pageId } from './acts.ts';
import type { CommandDeps } from './deps.ts';
import { sendOnce } from './send-text.ts';

/** The page forwards the message that it has itself; what the caller knows of it is not needed. */
export function forwardCommand(deps: CommandDeps): Required<Pick<CommandHandlers, 'message.forward'>> {
  return {
    'message.forward': async ({ chat, messageId, source }, signal) => {
      const input = { chat: pageId(chat), id: messageId, source: addressOf(source) };
      return await sendOnce(deps, 'forward', { input, chat, messageId }, signal);
    },
  };
}
