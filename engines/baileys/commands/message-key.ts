import type { WAMessageKey } from '@whiskeysockets/baileys';
import { jidKind } from '#engines/contract/identity.ts';

/** A message as the library names it. */
export function keyOf(
  chat: string,
  { id, fromMe, sender }: { readonly id: string; readonly fromMe: boolean; readonly sender: string | null },
): WAMessageKey {
  const participant = jidKind(chat) === 'group' && sender !== null ? { participant: sender } : {};
  return { remoteJid: chat, id, fromMe, ...participant };
}
