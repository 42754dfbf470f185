import type { SimChat, SimMessage } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import type { Intent } from './interpret.ts';

/** How long after sending a message may still be edited, and taken back. */
export const EDIT_WINDOW_SECONDS = 15 * 60;
export const REVOKE_WINDOW_SECONDS = 60 * 60 * 60;

export const isAdmin = (chat: SimChat): boolean =>
  chat.group?.members.some(({ person, role }) => person === ME && role !== 'member') ?? false;

/** Whether the recipients would take the change, as their own clients judge it. */
export const isAllowed = (chat: SimChat, intent: Intent, target: SimMessage | undefined): boolean => {
  if (intent.kind === 'edit') return target?.fromMe ?? false;
  if (intent.kind === 'revoke') return (target?.fromMe ?? false) || isAdmin(chat);
  return true;
};

/** Whether the change comes after its window has closed. */
export const isTooLate = (intent: Intent, target: SimMessage | undefined, nowSeconds: number): boolean => {
  if (target === undefined || (intent.kind !== 'edit' && intent.kind !== 'revoke')) return false;
  const window = intent.kind === 'edit' ? EDIT_WINDOW_SECONDS : REVOKE_WINDOW_SECONDS;
  return nowSeconds - target.time > window;
};
