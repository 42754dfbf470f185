import type { MessageObservation } from './message.ts';

/** A valid message observation for tests of the transport. */
export function sampleMessage(n: number, change: Partial<MessageObservation> = {}): MessageObservation {
  return {
    kind: 'message',
    via: 'live',
    chat: '4915112345678@s.whatsapp.net',
    id: `3EB0${n.toString(16).toUpperCase().padStart(8, '0')}`,
    fromMe: false,
    sender: '4915112345678@s.whatsapp.net',
    sentAt: 1_700_000_000 + n,
    type: 'text',
    text: `text ${n}`,
    ...change,
  };
}
