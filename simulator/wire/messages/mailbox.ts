/** One decryption at one receiving device: the proof of what really arrived, doubles included. */
export type Received = {
  /** The chat as the sending companion addressed it. */
  readonly chatJid: string;
  readonly id: string;
  /** `<digits>@lid` or `@s.whatsapp.net`; the phone of the account appears under its own JID. */
  readonly recipientJid: string;
  readonly fromDevice: number;
  /** Field of the protobuf message. */
  readonly kind: string;
  readonly does: 'message' | 'edit' | 'revoke' | 'reaction' | 'vote' | 'nothing';
  /** The message that an edit, revoke, reaction or vote is about. */
  readonly targetId: string | null;
  /** Text or caption, the new text of an edit, the emoji of a reaction. */
  readonly text: string | null;
  /** Where the file of a media message lies. */
  readonly mediaPath: string | null;
  readonly forwarded: boolean;
  readonly timeSeconds: number;
};

/** What every recipient has received from the account's companions. */
export type Mailbox = {
  readonly add: (received: Received) => void;
  readonly all: () => readonly Received[];
  readonly byId: (id: string) => readonly Received[];
};

export const createMailbox = (): Mailbox => {
  const received: Received[] = [];
  return {
    add: (entry) => void received.push(entry),
    all: () => received,
    byId: (id) => received.filter((entry) => entry.id === id),
  };
};
