import { jidDecode, jidEncode } from '@whiskeysockets/baileys';

/** The owner of the account, by both names. */
export type AccountIdentity = {
  /** `15550001@s.whatsapp.net` */
  readonly pnJid: string;
  /** `900001@lid` */
  readonly lidJid: string;
};

/** `15550001:3@s.whatsapp.net` → `15550001@s.whatsapp.net` */
export const userJid = (jid: string): string => {
  const decoded = jidDecode(jid);
  return decoded ? jidEncode(decoded.user, decoded.server) : jid;
};

/** Device number inside a JID; the phone is 0. */
export const deviceOf = (jid: string): number => jidDecode(jid)?.device ?? 0;

export const withDevice = (jid: string, device: number): string => {
  const decoded = jidDecode(jid);
  return decoded ? jidEncode(decoded.user, decoded.server, device) : jid;
};

export const isLid = (jid: string): boolean => jid.endsWith('@lid');
export const isGroup = (jid: string): boolean => jid.endsWith('@g.us');
