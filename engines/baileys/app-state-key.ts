import type { Capability } from '#engines/contract/capability.ts';
import type { StatusBoard } from '#engines/contract/kit/status-board.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError, toErrorBody } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import type { WASocket } from './socket.ts';

/** What is done by changing the app state, which only those who have the phone's key for it can. */
const NEED_THE_KEY: readonly Capability[] = [
  'appstate.resync',
  'chat.markRead',
  'chat.archive',
  'chat.pin',
  'chat.mute',
];

async function hasKey({ authState }: WASocket): Promise<boolean> {
  const id = authState.creds.myAppStateKeyId;
  if (!id) return false;
  const { [id]: key } = await authState.keys.get('app-state-sync-key', [id]);
  return key !== undefined && key !== null;
}

function keyMissing(): TandemError {
  return new TandemError('WHATSAPP_API_ERROR', {
    engine: 'baileys',
    message: 'The phone has not shared the key that changes of chats are written with.',
    hint: 'It does so soon after linking, when it is online. If it lasts, link this engine again.',
    details: { reason: 'app-state-key-missing' },
  });
}

/** Throws WHATSAPP_API_ERROR: the library would fail halfway. */
export async function requireAppStateKey(sock: WASocket): Promise<void> {
  if (!(await hasKey(sock))) throw keyMissing();
}

/** Tells in the status what the missing key rules out. */
export interface AppStateKeyWatch {
  /** Call when connected and whenever the phone shares a key. */
  check(sock: WASocket): void;
  /** Nothing can be said without a connection. */
  disconnected(): void;
}

export function watchAppStateKey(
  board: StatusBoard,
  clock: Clock,
  logger: Logger,
  current: () => WASocket | null,
): AppStateKeyWatch {
  return {
    check: (sock) => {
      hasKey(sock)
        .then((has) => {
          if (current() !== sock || has === (board.get().impaired.length === 0)) return;
          const error = toErrorBody(keyMissing());
          const sinceMs = clock.now();
          board.set({
            impaired: has ? [] : NEED_THE_KEY.map((capability) => ({ capability, error, sinceMs })),
          });
        })
        .catch((error: unknown) => logger.debug('key not looked up', { error }));
    },
    disconnected: () => {
      if (board.get().impaired.length > 0) board.set({ impaired: [] });
    },
  };
}
