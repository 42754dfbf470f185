import { proto } from '@whiskeysockets/baileys';
import type { CommandHandlers } from '#engines/contract/command.ts';
import { TandemError } from '#kernel/errors.ts';
import { deliverChange, tooLate } from './deliver-change.ts';
import type { CommandDeps } from './deps.ts';
import { keyOf } from './message-key.ts';

/** Value of the stanza's `edit` attribute. */
const EDIT = '1';

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
          errors: tooLate('EDIT_WINDOW_EXPIRED'),
        },
        signal,
      );
      return { at };
    },
  };
}
