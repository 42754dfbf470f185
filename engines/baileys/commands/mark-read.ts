import type { CommandHandlers } from '#engines/contract/command.ts';
import { requireAppStateKey } from '../app-state-key.ts';
import type { CommandDeps } from './deps.ts';
import { keyOf } from './message-key.ts';
import { unlessAborted } from './upstream-error.ts';

export function markReadCommands({
  session,
}: CommandDeps): Required<Pick<CommandHandlers, 'message.markRead' | 'chat.markRead'>> {
  return {
    'message.markRead': async ({ messages }, signal) => {
      const sock = session.open();
      const keys = messages
        .filter(({ fromMe }) => !fromMe)
        .map(({ chat, id, sender }) => keyOf(chat, { id, fromMe: false, sender }));
      if (keys.length > 0) await unlessAborted(sock.readMessages(keys), signal);
      // The library sends one receipt for each chat and author.
      const receipts = new Set(keys.map(({ remoteJid, participant }) => `${remoteJid} ${participant ?? ''}`));
      return { receiptsSent: receipts.size };
    },
    'chat.markRead': async ({ chat, newest }, signal) => {
      const sock = session.open();
      const last = { key: keyOf(chat, newest), messageTimestamp: newest.sentAt };
      await requireAppStateKey(sock);
      await unlessAborted(sock.chatModify({ markRead: true, lastMessages: [last] }, chat), signal);
      return { patched: true, sendersTold: false };
    },
  };
}
