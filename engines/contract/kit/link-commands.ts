import { FIRST_QR_WAIT_MS } from '#kernel/limits.ts';
import type { CommandHandlers } from '../command.ts';
import type { LinkDesk } from './link-desk.ts';

export type LinkRequest = { readonly method: 'qr' } | { readonly method: 'code'; readonly phone: string };

export interface LinkCommandDeps {
  readonly session: {
    isLinked(): boolean;
    /** Starts an attempt, unless the same runs already; what it offers is shown at the desk. */
    beginLink(how: LinkRequest): Promise<void>;
  };
  readonly desk: LinkDesk;
}

/** Both ways to link; each answers with what a person has to scan or type. */
export function linkCommands({
  session,
  desk,
}: LinkCommandDeps): Required<Pick<CommandHandlers, 'link.qr' | 'link.code'>> {
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
