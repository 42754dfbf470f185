import { z } from 'zod';
import { type Oddities, type Read, readShape } from './border.ts';

/**
 * What is taken of the page's models, field by field. The page names things as it likes and its output is nobody's promise, so
 * every field is optional, none is trusted, and what is not listed here never gets further.
 */

const text = z.string();
const flag = z.boolean();
/** Numbers come as texts as well. */
const number = z.union([z.number(), z.string().max(40)]);
/** A Wid: its text, or an object. Its parts are looked at where it is used. */
const wid = z.union([z.string().max(200), z.looseObject({})]);
const key = z.union([z.string().max(400), z.looseObject({})]);
const bytes = z.union([
  z.string().max(10_000),
  z.array(z.number()).max(1_000),
  z.record(z.string(), z.number()),
]);

const reactionShape = {
  sender: wid,
  senderAlt: wid,
  fromMe: flag,
  text,
  at: number,
  /** The stanza that brought it. */
  carrier: key,
  parent: key,
  parentAuthor: wid,
  parentChatAlt: wid,
  parentAuthorAlt: wid,
} as const;

const quotedShape = {
  type: text,
  body: text,
  caption: text,
  pollName: text,
  loc: text,
  vcardFormattedName: text,
} as const;

const messageShape = {
  id: key,
  type: text,
  subtype: text,
  t: number,
  author: wid,
  chatAlt: wid,
  authorAlt: wid,
  ack: number,
  notifyName: text,
  body: text,
  caption: text,
  loc: text,
  comment: text,
  title: text,
  description: text,
  eventName: text,
  inviteGrpName: text,
  vcardFormattedName: text,
  mimetype: text,
  size: number,
  filename: text,
  duration: number,
  width: number,
  height: number,
  isGif: flag,
  mediaKey: bytes,
  directPath: text,
  deprecatedMms3Url: text,
  clientUrl: text,
  filehash: bytes,
  encFilehash: bytes,
  quotedMsg: z.looseObject({}),
  quotedStanzaID: text,
  quotedParticipant: wid,
  mentionedJidList: z.array(wid).max(5_000),
  isForwarded: flag,
  forwardingScore: number,
  ephemeralDuration: number,
  pollName: text,
  pollOptions: z.array(z.looseObject({ name: z.string() })).max(200),
  pollSelectableOptionsCount: number,
  messageSecret: bytes,
  latestEditSenderTimestampMs: number,
  protocolMessageKey: key,
  revokeTimestamp: number,
  reactions: z.array(z.unknown()).max(2_000),
} as const;

const chatShape = {
  id: wid,
  alt: wid,
  name: text,
  formattedTitle: text,
  isGroup: flag,
  unreadCount: number,
  archive: flag,
  pin: number,
  muteExpiration: number,
  t: number,
  endOfHistoryTransferType: number,
  ephemeralDuration: number,
} as const;

const contactShape = {
  id: wid,
  alt: wid,
  name: text,
  pushname: text,
  verifiedName: text,
  about: text,
  isBlocked: flag,
} as const;

const participantShape = { id: wid, alt: wid, isAdmin: flag, isSuperAdmin: flag } as const;

const groupShape = {
  id: wid,
  subject: text,
  desc: text,
  owner: wid,
  creation: number,
  announce: flag,
  restrict: flag,
  membershipApprovalMode: flag,
  ephemeralDuration: number,
  isLidAddressingMode: flag,
  isParentGroup: flag,
  defaultSubgroup: flag,
  groupType: text,
  parentGroup: wid,
  size: number,
  participants: z.array(z.unknown()).max(10_000),
} as const;

export type PageMessage = Read<typeof messageShape>;
export type PageChat = Read<typeof chatShape>;
export type PageGroup = Read<typeof groupShape>;

const reader =
  <S extends Parameters<typeof readShape>[1]>(name: string, shape: S) =>
  (value: unknown, oddities: Oddities): Read<S> | null =>
    readShape(name, shape, value, oddities);

/** Each null when the value is no object at all. */
export const readReaction = reader('reaction', reactionShape);
export const readQuoted = reader('quoted', quotedShape);
export const readMessage = reader('message', messageShape);
export const readChat = reader('chat', chatShape);
export const readContact = reader('contact', contactShape);
export const readParticipant = reader('participant', participantShape);
export const readGroup = reader('group', groupShape);
