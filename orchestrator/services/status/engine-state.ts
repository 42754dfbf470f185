import { type EngineReason, isConnected } from '#engines/contract/state.ts';
import type { EngineView } from '../ports.ts';

/** The state of one engine in the words that tools use. */
export const connectionStates = [
  'connected',
  'session_present_but_down',
  'not_linked',
  'connecting',
  'awaiting_link',
  'recovering',
  'replaced',
  'logged_out',
  'banned',
  'unreachable',
] as const;
export type ConnectionState = (typeof connectionStates)[number];

export function connectionState({ processUp, reachable, status }: EngineView): ConnectionState {
  if (status === null || !processUp || !reachable) return 'unreachable';
  if (isConnected(status.level)) return 'connected';
  switch (status.level) {
    case 'unlinked':
      return 'not_linked';
    case 'linking':
      return 'awaiting_link';
    case 'starting':
    case 'connecting':
      return 'connecting';
    case 'recovering':
      return 'recovering';
    case 'logged-out':
      return 'logged_out';
    case 'conflict':
      return 'replaced';
    case 'failed':
      return status.reason === 'forbidden' ? 'banned' : 'session_present_but_down';
    default:
      return status.account === null ? 'not_linked' : 'session_present_but_down';
  }
}

/** Linked, socket open and answering: an engine whose process merely runs is not available. */
export function isAvailable(view: EngineView): boolean {
  return connectionState(view) === 'connected';
}

/** After these an engine does not reconnect by itself. */
const PERMANENT: ReadonlySet<EngineReason> = new Set<EngineReason>([
  'replaced',
  'logged-out',
  'forbidden',
  'client-outdated',
  'multidevice-mismatch',
  'account-mismatch',
]);

export function isPermanent(reason: EngineReason): boolean {
  return PERMANENT.has(reason);
}
