import type { ChatKey } from '../account/model.ts';

/** Which generation of the page is served: the older names a message key `_serialized`, the newer one `$1`. */
export type MessageKeys = 'serialized' | 'minified';

/**
 * A message arrives as ciphertext. `retried`: its sender sends it again. `lost`: only the phone still has it, and
 * sends it when the page asks.
 */
export type Unreadable = 'retried' | 'lost';

/** How the page server and the pages it serves misbehave, see faults; read anew at every step. */
export type WebFaultState = {
  messageKeys: MessageKeys;
  syncsEarly: boolean;
  neverReady: boolean;
  hidesVersion: boolean;
  missingModules: ReadonlySet<string>;
  brokenChats: ReadonlySet<ChatKey>;
  phoneOnlyChats: ReadonlySet<ChatKey>;
  answerDelayMs: number;
  refusal: number | 'reset' | null;
  /** What becomes of the next messages that come in. */
  unreadable: Unreadable[];
};

export const createWebFaultState = (): WebFaultState => ({
  messageKeys: 'serialized',
  syncsEarly: false,
  neverReady: false,
  hidesVersion: false,
  missingModules: new Set(),
  brokenChats: new Set(),
  phoneOnlyChats: new Set(),
  answerDelayMs: 0,
  refusal: null,
  unreadable: [],
});
