import { S_WHATSAPP_NET } from '@whiskeysockets/baileys';
import type { CommandHandlers } from '#engines/contract/command.ts';
import { TandemError } from '#kernel/errors.ts';
import type { WASocket } from '../socket.ts';
import type { CommandDeps } from './deps.ts';
import { unlessAborted } from './upstream-error.ts';

/** The server may close the stream instead of answering; then the device is gone as well. */
const LOGOUT_ANSWER_MS = 5_000;
const PROBE_ANSWER_MS = 7_000;

export function sessionCommands({
  session,
}: CommandDeps): Required<Pick<CommandHandlers, 'session.logout' | 'session.probe' | 'session.reconnect'>> {
  return {
    'session.reconnect': async () => ({ started: session.reconnect() }),
    'session.logout': async () => {
      if (!session.isLinked()) return { unlinkedOnServer: false, sessionDeleted: false };
      const sock = session.socket();
      const unlinkedOnServer = sock?.ws.isOpen === true && (await unlink(sock));
      // A stream error 401 may have done the rest already.
      await session.forget('not-linked', 'unlinked');
      return { unlinkedOnServer, sessionDeleted: !session.isLinked() };
    },
    'session.probe': async (_input, signal) => {
      const sock = session.open();
      const startedAt = performance.now();
      const answer: unknown = await unlessAborted(
        sock.query(
          {
            tag: 'iq',
            attrs: { to: S_WHATSAPP_NET, type: 'get', xmlns: 'w:p' },
            content: [{ tag: 'ping', attrs: {} }],
          },
          PROBE_ANSWER_MS,
        ),
        signal,
      );
      // The library answers a timeout with nothing.
      if (answer === undefined) throw new TandemError('ENGINE_TIMEOUT', { engine: 'baileys' });
      return { roundTripMs: performance.now() - startedAt };
    },
  };
}

async function unlink(sock: WASocket): Promise<boolean> {
  const jid = sock.authState.creds.me?.id;
  if (jid === undefined) return false;
  const gone = new Promise<boolean>((resolve) => {
    sock.ws.once('CB:stream:error', () => resolve(true));
  });
  const answered = sock
    .query(
      {
        tag: 'iq',
        attrs: { to: S_WHATSAPP_NET, type: 'set', xmlns: 'md' },
        content: [{ tag: 'remove-companion-device', attrs: { jid, reason: 'user_initiated' } }],
      },
      LOGOUT_ANSWER_MS,
    )
    .then((answer: unknown) => answer !== undefined)
    .catch(() => false);
  return Promise.race([gone, answered]);
}
