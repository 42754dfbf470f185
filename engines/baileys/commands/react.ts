import type { CommandHandlers } from '#engines/contract/command.ts';
import { deliverChange } from './deliver-change.ts';
import type { CommandDeps } from './deps.ts';
import { keyOf } from './message-key.ts';

export function reactCommand(deps: CommandDeps): Required<Pick<CommandHandlers, 'message.react'>> {
  return {
    'message.react': async ({ message, emoji }, signal) => {
      const senderTimestampMs = deps.clock.now();
      const at = await deliverChange(
        deps,
        {
          chat: message.chat,
          message: (chat) => ({
            reactionMessage: { key: keyOf(chat, message), text: emoji, senderTimestampMs },
          }),
        },
        signal,
      );
      return { at };
    },
  };
}
