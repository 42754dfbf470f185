import type { CommandHandlers } from '#engines/contract/command.ts';
import { TandemError } from '#kernel/errors.ts';
import { act, pageId } from './acts.ts';
import type { CommandDeps } from './deps.ts';

/** WhatsApp's own limit; the page does not enforce it against its own code. */
const PINS_MAX = 3;
const FOR_GOOD = -1;

type Names = 'chat.markRead' | 'chat.archive' | 'chat.pin' | 'chat.mute';

export function chatCommands({ page }: CommandDeps): Required<Pick<CommandHandlers, Names>> {
  return {
    'chat.markRead': async ({ chat, tellSenders }, signal) => {
      // The page reads a chat as a person does: its own devices and the senders learn of it together.
      if (!tellSenders) {
        throw new TandemError('CAPABILITY_UNAVAILABLE', {
          engine: 'webjs',
          message: 'This engine cannot mark a chat as read without telling the senders.',
        });
      }
      await act(page, 'markRead', { chat: pageId(chat) }, { signal });
      return { patched: true, sendersTold: true };
    },
    'chat.archive': async ({ chat, archived }, signal) => {
      await act(page, 'archive', { chat: pageId(chat), archived }, { signal });
      return { archived };
    },
    'chat.pin': async ({ chat, pinned }, signal) => {
      const errors = { 'too-many': 'MAX_PINS_REACHED' } as const;
      await act(page, 'pin', { chat: pageId(chat), pinned, max: PINS_MAX }, { signal, errors });
      return { pinned };
    },
    'chat.mute': async ({ chat, until }, signal) => {
      await act(page, 'mute', { chat: pageId(chat), until: until === 0 ? FOR_GOOD : until }, { signal });
      return { mutedUntil: until };
    },
  };
}
