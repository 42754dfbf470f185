import type { PageMethods, WebCore } from '../contract.ts';
import { createBootMethods } from './boot.ts';
import { createChangeMethods } from './changes.ts';
import { createChatMethods } from './chats.ts';
import { createHistoryMethods } from './history.ts';
import { createMediaMethods } from './media.ts';
import { createPeopleMethods } from './people.ts';
import { createPlaceholderMethods } from './placeholder.ts';
import { createPollMethods } from './polls.ts';
import { createSearchMethods } from './search.ts';
import { createSendMethods } from './send.ts';
import { createSettingMethods } from './settings.ts';

/** Everything that a page can ask of the server. */
export const createMethods = (core: WebCore): PageMethods => ({
  ...createBootMethods(core),
  ...createChatMethods(core),
  ...createHistoryMethods(core),
  ...createSendMethods(core),
  ...createChangeMethods(core),
  ...createMediaMethods(core),
  ...createPollMethods(core),
  ...createSettingMethods(core),
  ...createPeopleMethods(core),
  ...createPlaceholderMethods(core),
  ...createSearchMethods(core),
});
