import type { CommandHandlers } from '#engines/contract/command.ts';
import { nowSeconds } from '#kernel/clock.ts';
import { act, addressOf } from './acts.ts';
import type { CommandDeps } from './deps.ts';

type Names = 'message.react' | 'message.edit' | 'message.revoke';

export function messageCommands({ page, clock }: CommandDeps): Required<Pick<CommandHandlers, Names>> {
  return {
    'message.react': async ({ message, emoji }, signal) => {
      await act(page, 'react', { message: addressOf(message), emoji }, { signal });
      return { at: nowSeconds(clock) };
    },
    'message.edit': async ({ message, text }, signal) => {
      const errors = { 'too-late': 'EDIT_WINDOW_EXPIRED' } as const;
      await act(page, 'edit', { message: addressOf(message), text }, { signal, errors });
      return { at: nowSeconds(clock) };
    },
    'message.revoke': async ({ message, scope }, signal) => {
      const errors = { 'too-late': 'DELETE_WINDOW_EXPIRED' } as const;
      await act(
        page,
        'revoke',
        { message: addressOf(message), everyone: scope === 'everyone' },
        { signal, errors },
      );
      return { at: nowSeconds(clock) };
    },
  };
}
