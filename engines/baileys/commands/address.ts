import { jidNormalizedUser } from '@whiskeysockets/baileys';
import { jidKind } from '#engines/contract/identity.ts';
import { toJid } from '#engines/contract/kit/scalars.ts';
import type { WASocket } from '../socket.ts';

/** Usually known; else the server is asked. The number does for most people. */
const LID_WAIT_MS = 5_000;

/** A message to the number of somebody who has a hidden id can be refused (error 463); to that id it goes through. */
export async function addressOf(sock: WASocket, chat: string): Promise<string> {
  if (jidKind(chat) !== 'pn') return chat;
  const late = new Promise<null>((resolve) => setTimeout(resolve, LID_WAIT_MS, null).unref());
  const asked = sock.signalRepository.lidMapping.getLIDForPN(chat).catch(() => null);
  const lid = await Promise.race([asked, late]);
  return lid === null ? chat : (toJid(jidNormalizedUser(lid)) ?? chat);
}
