import type { WebCore } from './contract.ts';
import type { WebFaultState } from './fault-state.ts';
import type { WebPairing } from './pairing.ts';

/** States of the page's socket that a client must tell apart. */
export const PAGE_STATES = [
  'CONFLICT',
  'UNPAIRED',
  'UNPAIRED_IDLE',
  'TIMEOUT',
  'OPENING',
  'CONNECTED',
] as const;
export type PageState = (typeof PAGE_STATES)[number];

/** Breaks pages on command. Fields of `state` apply to pages that load from now on, or as their names say at once. */
export type WebFaults = {
  readonly state: WebFaultState;
  /** Every open page changes to this state; returns how many. */
  readonly pageState: (state: PageState) => number;
  /** The main thread is busy so long; without a number for ever. */
  readonly hang: (milliseconds?: number) => number;
  /** Adds an iframe and navigates it. */
  readonly iframe: (times?: number) => number;
  /** The page says once more that it has synced. */
  readonly syncAgain: () => number;
  readonly reload: () => number;
  /** Breaks the sockets; pages come back by themselves. */
  readonly drop: () => number;
  readonly idleQr: () => number;
  readonly reset: () => void;
};

export type WebFaultDeps = {
  readonly core: Pick<WebCore, 'links'>;
  readonly state: WebFaultState;
  readonly pairing: Pick<WebPairing, 'idle'>;
};

export const createWebFaults = ({ core, state, pairing }: WebFaultDeps): WebFaults => {
  const tellAll = (event: string, data: unknown): number => {
    const links = core.links();
    for (const link of links) link.tell(event, data);
    return links.length;
  };
  return {
    state,
    pageState: (name) => tellAll('state', { state: name }),
    hang: (milliseconds) => tellAll('hang', { milliseconds: milliseconds ?? null }),
    iframe: (times = 1) => tellAll('iframe', { times }),
    syncAgain: () => tellAll('sync_again', {}),
    reload: () => tellAll('reload', {}),
    drop: () => {
      const links = core.links();
      for (const link of links) link.drop();
      return links.length;
    },
    idleQr: pairing.idle,
    reset: () => {
      Object.assign(state, {
        messageKeys: 'serialized',
        syncsEarly: false,
        neverReady: false,
        hidesVersion: false,
        answerDelayMs: 0,
        refusal: null,
      });
      state.missingModules.clear();
      state.brokenChats.clear();
      state.phoneOnlyChats.clear();
    },
  };
};
