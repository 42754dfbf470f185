import type { EngineReason } from '#engines/contract/state.ts';

/** What the connection of a page that was ready may turn into, and what is done about it. */
export type StateAction =
  /** All is well. */
  | { readonly do: 'nothing' }
  /** The page connects by itself; if it does not, it is loaded again. */
  | { readonly do: 'wait'; readonly reason: EngineReason }
  /** Another page took the session; it is taken back, at most a few times. */
  | { readonly do: 'take-over' }
  /** The device is gone: destroy its profile, keep everything else. */
  | { readonly do: 'forget'; readonly reason: EngineReason }
  | { readonly do: 'restart'; readonly reason: EngineReason }
  /** Only a person can help; nothing is retried. */
  | { readonly do: 'stop'; readonly level: 'conflict' | 'failed'; readonly reason: EngineReason };

export interface StateFacts {
  /** Of the page; LOGOUT when it has said goodbye. */
  readonly state: string;
  /** Times that the session was taken back of late, this one not counted. */
  readonly takeovers: number;
  /** The page was loaded anew because it called itself outdated, and has not been ready since. */
  readonly reloadedAsOutdated: boolean;
}

/** More in a row is a quarrel: somebody uses the other page, too. */
export const TAKEOVERS_MAX = 3;

/** The whole table of state → action. Pure. */
export function decideState({ state, takeovers, reloadedAsOutdated }: StateFacts): StateAction {
  switch (state) {
    case 'CONNECTED':
      return { do: 'nothing' };
    case 'OPENING':
    case 'PAIRING':
    case 'TIMEOUT':
    case 'UNLAUNCHED':
      return { do: 'wait', reason: 'connection-lost' };
    case 'PROXYBLOCK':
      return { do: 'wait', reason: 'network-unreachable' };
    case 'CONFLICT':
      return takeovers < TAKEOVERS_MAX
        ? { do: 'take-over' }
        : { do: 'stop', level: 'conflict', reason: 'replaced' };
    case 'LOGOUT':
    case 'UNPAIRED':
    case 'UNPAIRED_IDLE':
      return { do: 'forget', reason: 'logged-out' };
    case 'TOS_BLOCK':
    case 'SMB_TOS_BLOCK':
      return { do: 'stop', level: 'failed', reason: 'forbidden' };
    case 'DEPRECATED_VERSION':
      // The next load brings the newest page, unless the browser is too old for it.
      return reloadedAsOutdated
        ? { do: 'stop', level: 'failed', reason: 'client-outdated' }
        : { do: 'restart', reason: 'client-outdated' };
    default:
      return { do: 'wait', reason: 'connection-lost' };
  }
}

export function reasonOfAction(action: Exclude<StateAction, { do: 'nothing' }>): EngineReason {
  return action.do === 'take-over' ? 'replaced' : action.reason;
}
