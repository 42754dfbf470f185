import type { EngineReason } from '#engines/contract/state.ts';
import type { NetworkTrouble } from './socket-end.ts';

/** What the session knows when a socket has closed. */
export interface Disconnect {
  /** Status code of the library; null when the library gave none. */
  readonly code: number | null;
  /** No connection came about at all. */
  readonly network: NetworkTrouble | null;
  /** A device is linked: it has credentials signed by the phone. */
  readonly linked: boolean;
  /** A QR or code was shown by this socket. */
  readonly offered: boolean;
  /** Stream errors without a connection between them, this one not counted. */
  readonly streamErrors: number;
  /** The client version was refreshed since the last connection. */
  readonly versionRefreshed: boolean;
}

export type DisconnectAction =
  /** No pause, no penalty. */
  | { readonly do: 'reconnect-now'; readonly reason: EngineReason }
  | { readonly do: 'reconnect'; readonly reason: EngineReason; readonly pace: 'normal' | 'slow' }
  | { readonly do: 'refresh-version'; readonly reason: EngineReason }
  /** The device is gone: destroy its credentials, keep everything else. */
  | { readonly do: 'forget'; readonly reason: EngineReason }
  /** Only a person can help; nothing is retried. */
  | { readonly do: 'stop'; readonly level: 'conflict' | 'failed'; readonly reason: EngineReason }
  /** Linking ended without a device. */
  | { readonly do: 'link-over'; readonly reason: EngineReason };

export const RESTART_REQUIRED = 515;
const LOGGED_OUT = 401;
const FORBIDDEN = 403;
const CLIENT_REFUSED = 405;
const TIMED_OUT = 408;
const MULTIDEVICE_MISMATCH = 411;
const REPLACED = 440;
const STREAM_ERROR = 500;
const UNAVAILABLE = 503;

/** More in a row is not bad luck. */
export const STREAM_ERRORS_TOLERATED = 3;

/** The whole table of cause → action. Pure. */
export function decideDisconnect(disconnect: Disconnect): DisconnectAction {
  const { code, linked, offered } = disconnect;
  if (disconnect.network !== null) {
    // Nobody at the other end has said anything, whatever the code.
    return linked
      ? { do: 'reconnect', reason: 'network-unreachable', pace: 'normal' }
      : { do: 'link-over', reason: 'network-unreachable' };
  }
  switch (code) {
    case RESTART_REQUIRED:
      // Right after pairing, or at the server's wish.
      return linked
        ? { do: 'reconnect-now', reason: 'restart-required' }
        : { do: 'link-over', reason: 'connection-lost' };
    case LOGGED_OUT:
      return linked ? { do: 'forget', reason: 'logged-out' } : { do: 'link-over', reason: 'link-expired' };
    case FORBIDDEN:
      return { do: 'stop', level: 'failed', reason: 'forbidden' };
    case CLIENT_REFUSED:
      return disconnect.versionRefreshed
        ? { do: 'stop', level: 'failed', reason: 'client-outdated' }
        : { do: 'refresh-version', reason: 'client-outdated' };
    case MULTIDEVICE_MISMATCH:
      return { do: 'forget', reason: 'multidevice-mismatch' };
    case REPLACED:
      // Both sides would throw each other out for ever, damaging ratchets each time.
      return { do: 'stop', level: 'conflict', reason: 'replaced' };
  }
  // The library says 408 for "nobody scanned" and for a lost connection alike.
  if (!linked)
    return { do: 'link-over', reason: code === TIMED_OUT && offered ? 'link-expired' : 'connection-lost' };
  switch (code) {
    case UNAVAILABLE:
      return { do: 'reconnect', reason: 'service-unavailable', pace: 'slow' };
    case STREAM_ERROR:
      return disconnect.streamErrors >= STREAM_ERRORS_TOLERATED
        ? { do: 'stop', level: 'failed', reason: 'stream-error' }
        : { do: 'reconnect', reason: 'stream-error', pace: 'normal' };
    default:
      // 428 closed, 408 silence, and whatever else a network does.
      return { do: 'reconnect', reason: 'connection-lost', pace: 'normal' };
  }
}
