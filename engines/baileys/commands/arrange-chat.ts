import type { ChatModification } from '@whiskeysockets/baileys';
import type { CommandHandlers } from '#engines/contract/command.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import { requireAppStateKey } from '../app-state-key.ts';
import type { CommandDeps } from './deps.ts';
import { keyOf } from './message-key.ts';
import { unlessAborted } from './upstream-error.ts';

/** What WhatsApp writes for "until unmuted". */
const FOR_EVER = -1;

/**
 * Archive, pin, mute: changes of the app state, which the other own devices follow. The library tells them as events, to us
 * as well. How many chats are pinned is not known here: the limit of three is the service's to keep.
 */
export function arrangeChatCommands({
  session,
}: CommandDeps): Required<Pick<CommandHandlers, 'chat.archive' | 'chat.pin' | 'chat.mute'>> {
  const change = async (chat: string, modification: ChatModification, signal: AbortSignal) => {
    const sock = session.open();
    await requireAppStateKey(sock);
    await unlessAborted(sock.chatModify(modification, chat), signal);
  };
  return {
    'chat.archive': async ({ chat, archived, newest }, signal) => {
      const last = newest === null ? [] : [{ key: keyOf(chat, newest), messageTimestamp: newest.sentAt }];
      await change(chat, { archive: archived, lastMessages: last }, signal);
      return { archived };
    },
    'chat.pin': async ({ chat, pinned }, signal) => {
      await change(chat, { pin: pinned }, signal);
      return { pinned };
    },
    'chat.mute': async ({ chat, until }, signal) => {
      const mute = until === null ? null : until === 0 ? FOR_EVER : until * MILLISECONDS_PER_SECOND;
      await change(chat, { mute }, signal);
      return { mutedUntil: until };
    },
  };
}
