import { proto } from '@whiskeysockets/baileys';
import type { CommandHandlers } from '#engines/contract/command.ts';
import { TandemError } from '#kernel/errors.ts';
import { deliverChange } from './deliver-change.ts';
import type { CommandDeps } from './deps.ts';
import { keyOf } from './message-key.ts';

/** Values of the stanza's `edit` attribute. */
const EDIT = '1';
/** The server refuses the change: with these two attributes it means that it came too late. */
export const TOO_LATE = '479';

export function editCommand(deps: CommandDeps): Required<Pick<CommandHandlers, 'message.edit'>> {
  return {
    'message.edit': async ({ message, text }, signal) => {
      if (!message.fromMe) throw new TandemError('NOT_OWN_MESSAGE', { engine: 'baileys' });
      const timestampMs = deps.clock.now();
      const at = await deliverChange(
        deps,
        {
          chat: message.chat,
          message: (chat) => ({
            protocolMessage: {
              key: keyOf(chat, message),
              type: proto.Message.ProtocolMessage.Type.MESSAGE_EDIT,
              editedMessage: { extendedTextMessage: { text } },
              timestampMs,
            },
          }),
          attributes: () => ({ edit: EDIT }),
          errors: { [TOO_LATE]: 'EDIT_WINDOW_EXPIRED' },
        },
        signal,
      );
      return { at };
    },
  };
}
