import { proto } from '@whiskeysockets/baileys';
import type { Self } from '#engines/contract/kit/self.ts';
import type { Observation } from '#engines/contract/observation.ts';
import { observeMessage } from './normalise/message.ts';

export interface OwnSend {
  readonly chat: string;
  /** The identity that the caller named, where it is the other one. */
  readonly chatAlt?: string | undefined;
  readonly id: string;
  readonly message: proto.IMessage;
  /** Seconds. */
  readonly at: number;
  /** Whether the server has said that it took it. */
  readonly taken: boolean;
}

const { PENDING, SERVER_ACK } = proto.WebMessageInfo.Status;

/** What an own send was, for the history: the server tells it to all other devices but this one. */
export function echoOf(sent: OwnSend, self: Self): readonly Observation[] {
  const { chat, chatAlt, id, message, at, taken } = sent;
  return observeMessage(
    {
      key: { remoteJid: chat, remoteJidAlt: chatAlt, id, fromMe: true },
      message,
      messageTimestamp: at,
      status: taken ? SERVER_ACK : PENDING,
    },
    { self, via: 'echo', now: at },
  );
}
