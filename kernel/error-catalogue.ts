import { access } from './errors/access.ts';
import { chats } from './errors/chats.ts';
import { connection } from './errors/connection.ts';
import { input } from './errors/input.ts';
import { jobs } from './errors/jobs.ts';
import { linking } from './errors/linking.ts';
import { messages } from './errors/messages.ts';
import { system } from './errors/system.ts';

/**
 * Every error that Tandem shows to anybody, by subject in errors/. The reference page is generated from it
 * and the codes are pinned by a test: they are part of the public surface.
 *
 * `what` says what happened, `next` what the reader can do now. Both are shown to people and to
 * assistants, so neither ever holds data of an account; facts of the single case go into `details`.
 */
export const errorCatalogue = Object.freeze({
  ...linking,
  ...connection,
  ...input,
  ...chats,
  ...messages,
  ...jobs,
  ...access,
  ...system,
});

export type ErrorCode = keyof typeof errorCatalogue;
