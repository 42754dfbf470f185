import type { CommandHandlers } from '#engines/contract/command.ts';
import { jidKind } from '#engines/contract/identity.ts';
import { nowSeconds } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { act, addressOf } from './acts.ts';
import type { CommandDeps } from './deps.ts';

type Names = 'message.react' | 'message.edit' | 'message.revoke';

export function messageCommands({
  page,
  teller,
  clock,
}: CommandDeps): Required<Pick<CommandHandlers, Names>> {
  return {
    'message.react': async ({ message, emoji }, signal) => {
      await act(page, 'react', { message: addressOf(message), emoji }, { signal });
      return { at: nowSeconds(clock) };
    },
    'message.edit': async ({ message, text }, signal) => {
      if (!message.fromMe) throw new TandemError('NOT_OWN_MESSAGE', { engine: 'webjs' });
      const errors = { 'too-late': 'EDIT_WINDOW_EXPIRED' } as const;
      await act(page, 'edit', { message: addressOf(message), text }, { signal, errors });
      return { at: nowSeconds(clock) };
    },
    'message.revoke': async ({ message, scope }, signal) => {
      const everyone = scope === 'everyone';
      const isGroup = jidKind(message.chat) === 'group';
      if (everyone && !message.fromMe && !isGroup)
        throw new TandemError('NOT_OWN_MESSAGE', { engine: 'webjs' });
      const errors = { 'too-late': message.fromMe ? 'DELETE_WINDOW_EXPIRED' : 'NOT_GROUP_ADMIN' } as const;
      await act(page, 'revoke', { message: addressOf(message), everyone }, { signal, errors });
      const at = nowSeconds(clock);
      // The page tells nobody of messages that it only had on its disk.
      if (!everyone) teller.tell([{ kind: 'revoke', ...message, at }]);
      return { at };
    },
  };
}
