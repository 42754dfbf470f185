import type { ChatKey } from '../account/model.ts';

/** Which generation of the page is served: the older names a message key `_serialized`, the newer one `$1`. */
export type MessageKeys = 'serialized' | 'minified';

/** How the page server and the pages it serves misbehave; read anew at every step. */
export type WebFaultState = {
  messageKeys: MessageKeys;
  /** The page says that it has synced before anybody listens. */
  syncsEarly: boolean;
  neverReady: boolean;
  hidesVersion: boolean;
  readonly missingModules: Set<string>;
  /** Chats whose model throws when it is read. */
  readonly brokenChats: Set<ChatKey>;
  /** Chats of which the phone gives no more to this device. */
  readonly phoneOnlyChats: Set<ChatKey>;
  /** Every answer to the page waits so long. */
  answerDelayMs: number;
  /** What the browser meets instead of the page. */
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
