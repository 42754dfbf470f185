import type { ChatKey } from '../account/model.ts';

/** Which generation of the page is served: the older names a message key `_serialized`, the newer one `$1`. */
export type MessageKeys = 'serialized' | 'minified';

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
});
