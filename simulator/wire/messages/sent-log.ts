import type { Companion } from '../devices.ts';
import { userJid } from '../identity.ts';
import type { Utterance } from './envelope.ts';

/** What was sent lately, for companions that ask again. */
export type SentLog = {
  readonly remember: (companion: Companion, utterance: Utterance) => void;
  readonly find: (companion: Companion, chatJid: string, id: string) => Utterance | null;
};

// Requests to resend come within seconds; more would only be memory.
const MAX_REMEMBERED = 2_000;

export const createSentLog = (): SentLog => {
  const sent = new Map<string, Utterance>();
  const keyOf = (companion: Companion, chatJid: string, id: string): string =>
    `${companion.id} ${userJid(chatJid)} ${id}`;
  return {
    remember: (companion, utterance) => {
      sent.set(keyOf(companion, utterance.chat.jid, utterance.id), utterance);
      const [oldest] = sent.keys();
      if (sent.size > MAX_REMEMBERED && oldest !== undefined) sent.delete(oldest);
    },
    find: (companion, chatJid, id) => sent.get(keyOf(companion, chatJid, id)) ?? null,
  };
};
