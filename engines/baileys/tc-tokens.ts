import type { Chat } from '@whiskeysockets/baileys';
import { toPerson, toTime } from '#engines/contract/kit/scalars.ts';
import type { AuthStore } from './auth-store.ts';

/** Under this id the library lists which tokens there are. */
const INDEX = '__index';

/**
 * Keeps the trust tokens that history brings: without one, WhatsApp can refuse a message to a contact
 * (error 463). `lidOf` answers what tokens are filed under. Newer ones win.
 */
export async function storeTcTokens(
  store: AuthStore,
  chats: readonly Chat[],
  lidOf: (jid: string) => string,
): Promise<void> {
  const found = chats.flatMap((chat) => {
    const jid = toPerson(chat.id);
    const at = toTime(chat.tcTokenTimestamp);
    if (jid === null || at === null || !chat.tcToken?.length) return [];
    const senderTimestamp = toTime(chat.tcTokenSenderTimestamp);
    const entry = {
      token: Buffer.from(chat.tcToken),
      timestamp: String(at),
      ...(senderTimestamp === null ? {} : { senderTimestamp }),
    };
    return [[lidOf(jid), entry] as const];
  });
  if (found.length === 0) return;
  const known = await store.get('tctoken', [INDEX, ...found.map(([jid]) => jid)]);
  const newer = found.filter(([jid, entry]) => Number(known[jid]?.timestamp ?? 0) < Number(entry.timestamp));
  if (newer.length === 0) return;
  const listed = known[INDEX] === undefined ? [] : (JSON.parse(known[INDEX].token.toString()) as string[]);
  const index = {
    token: Buffer.from(JSON.stringify([...new Set([...listed, ...newer.map(([jid]) => jid)])])),
  };
  await store.set({ tctoken: { ...Object.fromEntries(newer), [INDEX]: index } });
}
