import type { CommandHandlers } from '#engines/contract/command.ts';
import { FIRST_QR_WAIT_MS } from '#kernel/limits.ts';
import type { CommandDeps } from './deps.ts';

export function linkCommands({
  session,
  desk,
}: CommandDeps): Required<Pick<CommandHandlers, 'link.qr' | 'link.code'>> {
  return {
    'link.qr': async (_input, signal) => {
      if (session.isLinked()) return { state: 'linked' };
      await session.beginLink({ method: 'qr' });
      return desk.wait(FIRST_QR_WAIT_MS, signal);
    },
    'link.code': async ({ phone }, signal) => {
      if (session.isLinked()) return { state: 'linked' };
      await session.beginLink({ method: 'code', phone });
      return desk.wait(FIRST_QR_WAIT_MS, signal);
    },
  };
}
