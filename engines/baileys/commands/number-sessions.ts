import { parseAndInjectE2ESessions, S_WHATSAPP_NET } from '@whiskeysockets/baileys';
import type { WASocket } from '../socket.ts';

/**
 * Fetches the keys of somebody who is known by number only. The library (7.0.0-rc14) asks for keys by hidden id
 * alone, so that a first message to anybody without one cannot be encrypted.
 */
export async function ensureNumberSessions(sock: WASocket, chat: string): Promise<void> {
  const { signalRepository } = sock;
  const devices = await sock.getUSyncDevices([chat], true, false);
  const missing: string[] = [];
  for (const { jid } of devices) if (!(await signalRepository.validateSession(jid)).exists) missing.push(jid);
  if (missing.length === 0) return;
  const answer = await sock.query({
    tag: 'iq',
    attrs: { xmlns: 'encrypt', type: 'get', to: S_WHATSAPP_NET },
    content: [{ tag: 'key', attrs: {}, content: missing.map((jid) => ({ tag: 'user', attrs: { jid } })) }],
  });
  await parseAndInjectE2ESessions(answer, signalRepository);
}
