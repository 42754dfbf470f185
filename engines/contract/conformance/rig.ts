import type { EngineClient } from '../client.ts';

/** Somebody that the account has a direct chat with. */
export interface RigPerson {
  readonly pn: string;
  readonly lid: string;
}

export interface RigMessage {
  readonly id: string;
  readonly text: string | null;
}

/** A message as the account has it now. */
export interface RigState extends RigMessage {
  /** Empty = none. */
  readonly ownReaction: string;
  readonly revoked: boolean;
  /** Gone from the own devices, still there for everybody else. */
  readonly removedForMe: boolean;
  readonly forwarded: boolean;
}

/** What somebody does to a message of the chat with the friend. */
export interface RigChanges {
  reacts(id: string, emoji: string): void;
  edits(id: string, text: string): void;
  revokes(id: string): void;
}

export interface RigArrangement {
  readonly archived: boolean;
  readonly pinned: boolean;
  /** Seconds; null = not muted, 0 = until unmuted. */
  readonly mutedUntil: number | null;
}

/** An account behind the engine that tests can act on, and look at from the outside. */
export interface RigAccount {
  readonly own: RigPerson;
  /** A friend with a direct chat of many messages, of which only the newest are pushed. */
  readonly friend: RigPerson;
  /** A number that is not on WhatsApp, digits. */
  readonly strangerPhone: string;
  readonly group: { readonly jid: string; readonly subject: string; readonly members: number };
  readonly community: { readonly jid: string; readonly groups: number };
  scanQr(text: string): Promise<void>;
  enterCode(code: string): Promise<void>;
  /** The friend writes; live when the engine is connected, else kept for its return. */
  friendWrites(text: string): RigMessage;
  /** The friend sends a file. */
  friendSendsFile(): { readonly id: string; readonly sha256Base64: string; readonly bytes: number };
  /** The owner writes to the friend, on the phone. */
  phoneWrites(text: string): RigMessage;
  readonly change: { readonly phone: RigChanges; readonly friend: RigChanges };
  /** The owner arranges the chat with the friend, on the phone. */
  phoneArranges(change: Partial<RigArrangement>): void;
  /** How the chat with the friend is arranged now. */
  arrangement(): RigArrangement;
  /** The owner blocks the friend or ends it, on the phone. */
  phoneBlocks(blocked: boolean): void;
  isFriendBlocked(): boolean;
  blockedCount(): number;
  /** Somebody whose picture is there to be seen, somebody without one, and somebody who does not show it. */
  readonly pictures: { readonly shown: string; readonly none: string; readonly hidden: string };
  /** Linked devices and the phone. */
  deviceCount(): number;
  /** What the account holds under this id in the chat with the friend; null = nothing. */
  messageOfFriendChat(id: string): RigState | null;
  /** Every message id that a new device is handed by itself. */
  pushedIds(): ReadonlySet<string>;
  /** How many messages of the chat with the friend are older than this one. */
  olderThan(id: string): number;
  /** How the phone treats the next request for older messages. */
  phoneAnswersNext(how: 'not' | 'by-losing-the-connection'): void;
  /** A chat of which only the newest messages are pushed, and which nothing else here is about. */
  readonly spare: { readonly jid: string };
  /** The owner deletes the spare chat, on the phone. */
  phoneDeletesSpare(): void;
  /** The account learns that the other side of a chat has a hidden identity. */
  phoneLearnsIdentity(): RigPerson;
  unreadOfFriend(): number;
  /** Ids that a device of the account has told the friend to be read. */
  readReceipts(): readonly string[];
  /** Breaks the connection without a word. */
  drop(): void;
  /** Removes the device on the phone. */
  removeDevice(): void;
  /** The next message that the engine sends is taken but never acknowledged. */
  swallowNextSend(): void;
}

/** One real engine process with an empty data directory, and the account it can link to. */
export interface Rig {
  readonly account: RigAccount;
  /** Client of the process that runs now. */
  client(): EngineClient;
  /** Ends the process, politely or with `kill -9`, and starts it again on the same directory. */
  restart(how: 'politely' | 'kill'): Promise<void>;
  /** Ends everything and removes the directory. */
  close(): Promise<void>;
}

export type MakeRig = () => Promise<Rig>;
