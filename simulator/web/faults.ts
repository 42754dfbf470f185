import type { ChatKey } from '../account/model.ts';
import type { WebCore } from './contract.ts';
import type { MessageKeys, Unreadable, WebFaultState } from './fault-state.ts';
import type { WebPairing } from './pairing.ts';
import { toWid } from './projection/wids.ts';

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

/** What lasts until it is set otherwise. */
export type PageFaults = {
  /** Which generation of the page the browser gets; from the next load on. */
  readonly messageKeys: MessageKeys;
  /** A restored page has synced before anybody can listen; from the next load on. */
  readonly syncsEarly: boolean;
  /** The page stops before it is connected; from the next load on. */
  readonly neverReady: boolean;
  /** No `Debug.VERSION`; from the next load on. */
  readonly hidesVersion: boolean;
  readonly missingModules: readonly string[];
  /** Chats whose model throws when it is serialized. */
  readonly brokenChats: readonly ChatKey[];
  /** Chats of which the phone gives this account's browsers no more. */
  readonly phoneOnlyChats: readonly ChatKey[];
  readonly answerDelayMs: number;
  /** The browser meets an HTTP status or a TCP reset instead of the page. */
  readonly refusal: number | 'reset' | null;
  /** How the next messages of others arrive, in order; readable ones again when the list is used up. */
  readonly unreadable: readonly Unreadable[];
};

/** Breaks pages on command. What returns a number tells how many open pages it reached. */
export type WebFaults = {
  readonly set: (changes: Partial<PageFaults>) => void;
  readonly pageState: (state: PageState) => number;
  /** The main thread is busy so long; without a number for ever. */
  readonly hang: (milliseconds?: number) => number;
  /** Adds iframes, each of which navigates. */
  readonly iframe: (times?: number) => number;
  /** The page says once more that it has synced. */
  readonly syncAgain: () => number;
  readonly reload: () => number;
  /** Breaks the connection; pages come back by themselves. */
  readonly drop: () => number;
  /** Pages without an account stop showing new QR codes. */
  readonly idleQr: () => number;
  /** Undoes all that lasts. */
  readonly reset: () => void;
};

export type WebFaultDeps = {
  readonly core: Pick<WebCore, 'account' | 'links'>;
  readonly state: WebFaultState;
  readonly pairing: Pick<WebPairing, 'idle'>;
};

const NONE: PageFaults = {
  messageKeys: 'serialized',
  syncsEarly: false,
  neverReady: false,
  hidesVersion: false,
  missingModules: [],
  brokenChats: [],
  phoneOnlyChats: [],
  answerDelayMs: 0,
  refusal: null,
  unreadable: [],
};

export const createWebFaults = ({ core, state, pairing }: WebFaultDeps): WebFaults => {
  const tellAll = (event: string, data: unknown): number => {
    const links = core.links().filter((link) => link.isOpen());
    for (const link of links) link.tell(event, data);
    return links.length;
  };
  const set = ({
    missingModules,
    brokenChats,
    phoneOnlyChats,
    unreadable,
    ...plain
  }: Partial<PageFaults>): void => {
    Object.assign(state, plain);
    if (missingModules) state.missingModules = new Set(missingModules);
    if (brokenChats) state.brokenChats = new Set(brokenChats);
    if (unreadable) state.unreadable = [...unreadable];
    if (phoneOnlyChats) state.phoneOnlyChats = new Set(phoneOnlyChats);
    tellAll('settings', {
      missingModules: [...state.missingModules],
      brokenChats: [...state.brokenChats].map((chat) => toWid(core.account.chat(chat).jid)),
    });
  };
  return {
    set,
    pageState: (name) => tellAll('state', { state: name }),
    hang: (milliseconds) => tellAll('hang', { milliseconds: milliseconds ?? null }),
    iframe: (times = 1) => tellAll('iframe', { times }),
    syncAgain: () => tellAll('sync_again', {}),
    reload: () => tellAll('reload', {}),
    drop: () => {
      const links = core.links().filter((link) => link.isOpen());
      for (const link of links) link.drop();
      return links.length;
    },
    idleQr: pairing.idle,
    reset: () => set(NONE),
  };
};
