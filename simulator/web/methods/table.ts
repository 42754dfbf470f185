import type { PageMethods, WebCore } from '../contract.ts';
import { createBootMethods } from './boot.ts';
import { createChangeMethods } from './changes.ts';
import { createChatMethods } from './chats.ts';
import { createHistoryMethods } from './history.ts';
import { createSendMethods } from './send.ts';

/** Everything that a page can ask of the server. */
export const createMethods = (core: WebCore): PageMethods => ({
  ...createBootMethods(core),
  ...createChatMethods(core),
  ...createHistoryMethods(core),
  ...createSendMethods(core),
  ...createChangeMethods(core),
});
