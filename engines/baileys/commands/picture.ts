import type { BinaryNode } from '@whiskeysockets/baileys';
import type { CommandHandlers, CommandOutput } from '#engines/contract/command.ts';
import { clipName } from '#engines/contract/kit/scalars.ts';
import { TandemError } from '#kernel/errors.ts';
import type { WASocket } from '../socket.ts';
import type { CommandDeps } from './deps.ts';
import { unlessAborted, upstreamCode, upstreamError } from './upstream-error.ts';

const NO_PICTURE = 404;
const REFUSALS = { 401: 'PRIVACY_RESTRICTED', 403: 'PRIVACY_RESTRICTED' } as const;

export function pictureCommand({ session }: CommandDeps): Required<Pick<CommandHandlers, 'contact.picture'>> {
  return {
    'contact.picture': ({ jid, size }, signal) =>
      unlessAborted(pictureOf(session.open(), jid, size === 'full' ? 'image' : 'preview'), signal),
  };
}

async function pictureOf(
  sock: WASocket,
  jid: string,
  type: 'preview' | 'image',
): Promise<CommandOutput<'contact.picture'>> {
  // The library asks with the token that privacy may demand, and hands out the link alone.
  const ids = new Map<string | undefined, string | undefined>();
  const note = ({ content }: BinaryNode) => {
    for (const { tag, attrs } of Array.isArray(content) ? content : []) {
      if (tag === 'picture') ids.set(attrs.url, attrs.id);
    }
  };
  sock.ws.on('CB:iq,,picture', note);
  try {
    const url = await sock.profilePictureUrl(jid, type);
    return url === undefined ? { url: null, id: null } : { url, id: clipName(ids.get(url), 200) };
  } catch (error) {
    if (upstreamCode(error) === NO_PICTURE) return { url: null, id: null };
    throw error instanceof TandemError ? error : upstreamError(error, REFUSALS);
  } finally {
    sock.ws.off('CB:iq,,picture', note);
  }
}
