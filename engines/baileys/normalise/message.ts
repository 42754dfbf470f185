import { normalizeMessageContent, proto, type WAMessage } from '@whiskeysockets/baileys';
import {
  clip,
  clipName,
  said,
  toCount,
  toJid,
  toPerson,
  toSeconds,
  toTime,
} from '#engines/contract/kit/scalars.ts';
import { isSelf, type Self } from '#engines/contract/kit/self.ts';
import type { Target } from '#engines/contract/kit/target.ts';
import type { MessageObservation, MessagePath, MessageStatus } from '#engines/contract/message.ts';
import type { Observation } from '#engines/contract/observation.ts';
import { contentOf, isNoMessage } from './content.ts';
import { innerTarget, targetOf } from './key.ts';

const { StubType, Status } = proto.WebMessageInfo;
const Protocol = proto.Message.ProtocolMessage.Type;

export interface MessageContext {
  readonly self: Self;
  readonly via: MessagePath;
  /** Request id of the on-demand page. */
  readonly page?: string;
  /** Seconds; used where the message has no time of its own. */
  readonly now: number;
}

/**
 * One message of the library → what was learned from it: a message, or that there is none, beside the edit, revoke or
 * reaction of another that it was. Empty for traffic between the own devices. Pure and total; nothing in `message` is
 * changed.
 */
export function observeMessage(message: WAMessage, context: MessageContext): readonly Observation[] {
  const observed = observeContent(message, context);
  if (message.category === 'peer' || observed.some(({ kind }) => kind === 'message')) return observed;
  const carrier = isNoMessage(message.message)
    ? targetOf(message.key, context.self, message.participant)
    : null;
  return carrier === null ? observed : [...observed, { kind: 'no-message', ...carrier }];
}

function observeContent(message: WAMessage, context: MessageContext): readonly Observation[] {
  const target = targetOf(message.key, context.self, message.participant);
  if (target === null) return [];
  const sentAt = toSeconds(message.messageTimestamp) ?? context.now;
  const inner = normalizeMessageContent(message.message ?? undefined);
  if (inner?.protocolMessage)
    return protocolObservations(inner.protocolMessage, target, sentAt, message, context);
  if (inner?.reactionMessage) return reactionObservation(inner.reactionMessage, target, sentAt, context);
  const observed = messageObservation(message, target, sentAt, context);
  return observed === null ? [] : [observed];
}

function messageObservation(
  message: WAMessage,
  target: Target,
  sentAt: number,
  context: MessageContext,
): MessageObservation | null {
  const stub = message.messageStubType ?? null;
  const revoked = stub === StubType.REVOKE;
  const content = contentOf(message.message);
  const type = content?.type ?? typeOfStub(stub, revoked);
  if (type === null) return null;
  return {
    kind: 'message',
    via: context.via,
    ...target,
    sentAt,
    ...content,
    type,
    ...(revoked ? { revoked: true } : {}),
    ...said({
      pushName: target.fromMe ? null : clipName(message.pushName, 200),
      status: target.fromMe ? (STATUS.get(message.status) ?? null) : null,
      editedAt: message.message?.editedMessage ? sentAt : null,
      reactions: reactionsOf(message, context),
      page: context.page,
    }),
  };
}

/** Lines that nobody wrote. Revoked messages come as a stub too, but somebody wrote them. */
function typeOfStub(stub: number | null, revoked: boolean): MessageObservation['type'] | null {
  if (revoked) return 'other';
  if (stub === StubType.CIPHERTEXT) return 'undecryptable';
  return stub === null || stub === StubType.UNKNOWN ? null : 'system';
}

/** A map, because what stands there came from a peer and could name a property of every object. */
const STATUS: ReadonlyMap<unknown, MessageStatus> = new Map([
  [Status.ERROR, 'failed'],
  [Status.PENDING, 'pending'],
  [Status.SERVER_ACK, 'sent'],
  [Status.DELIVERY_ACK, 'delivered'],
  [Status.READ, 'read'],
  [Status.PLAYED, 'played'],
]);

function protocolObservations(
  protocol: proto.Message.IProtocolMessage,
  carrier: Target,
  sentAt: number,
  message: WAMessage,
  context: MessageContext,
): readonly Observation[] {
  const about = innerTarget(protocol.key, carrier, context.self);
  switch (protocol.type) {
    case Protocol.REVOKE:
      return about === null ? [] : [{ kind: 'revoke', ...about, at: sentAt }];
    case Protocol.MESSAGE_EDIT: {
      const edited = contentOf(protocol.editedMessage);
      const at = toTime(protocol.timestampMs) ?? sentAt;
      // History hands out an edited message as one that edits itself.
      if (about === null || about.id === carrier.id) {
        const whole = messageObservation(
          { ...message, message: protocol.editedMessage },
          carrier,
          sentAt,
          context,
        );
        return whole === null ? [] : [{ ...whole, editedAt: at }];
      }
      // Only the author can edit, whatever the key says.
      const author = { ...carrier, id: about.id };
      return edited === null ? [] : [{ kind: 'edit', ...author, text: edited.text ?? '', at }];
    }
    case Protocol.EPHEMERAL_SETTING: {
      const { chat, chatAlt } = carrier;
      const ephemeralSeconds = toCount(protocol.ephemeralExpiration) ?? 0;
      return [{ kind: 'chat', chat, ...said({ chatAlt }), ephemeralSeconds }];
    }
    default:
      return [];
  }
}

function reactionObservation(
  reaction: proto.Message.IReactionMessage,
  carrier: Target,
  sentAt: number,
  { self }: MessageContext,
): readonly Observation[] {
  const about = innerTarget(reaction.key, carrier, self);
  const by = carrier.fromMe ? null : toPerson(carrier.sender);
  if (about === null || (!carrier.fromMe && by === null)) return [];
  return [
    {
      kind: 'reaction',
      ...about,
      by,
      ...said({ byAlt: carrier.fromMe ? null : carrier.senderAlt }),
      emoji: clip(reaction.text, 64) ?? '',
      at: toTime(reaction.senderTimestampMs) ?? sentAt,
    },
  ];
}

/** Reactions as history lists them: the key names who reacted. */
function reactionsOf(
  message: WAMessage,
  { self, now }: MessageContext,
): MessageObservation['reactions'] | null {
  const reactions = (message.reactions ?? []).flatMap((reaction) => {
    const key = reaction.key;
    const named = toPerson(key?.participant) ?? toPerson(key?.remoteJid);
    const fromMe = key?.fromMe === true || isSelf(self, named);
    if (!fromMe && named === null) return [];
    const at = toTime(reaction.senderTimestampMs) ?? toTime(message.messageTimestamp) ?? now;
    return [{ sender: fromMe ? null : named, emoji: clip(reaction.text, 64) ?? '', at }];
  });
  return reactions.length === 0 ? null : reactions.slice(0, 1_024);
}

/** Receipts as history lists them beside an own message. */
export function observeStoredReceipts(
  message: WAMessage,
  { self, now }: MessageContext,
): readonly Observation[] {
  if (!message.userReceipt?.length) return [];
  const target = targetOf(message.key, self, message.participant);
  if (target === null || !target.fromMe) return [];
  return message.userReceipt.flatMap((receipt): Observation[] => {
    const recipient = toPerson(toJid(receipt.userJid));
    if (recipient === null || isSelf(self, recipient)) return [];
    const times = [
      ['played', toTime(receipt.playedTimestamp)],
      ['read', toTime(receipt.readTimestamp)],
      ['delivered', toTime(receipt.receiptTimestamp)],
    ] as const;
    const { chat, chatAlt, id } = target;
    return times.flatMap(([status, at]) =>
      at === null
        ? []
        : [
            {
              kind: 'receipt',
              chat,
              ...said({ chatAlt }),
              ids: [id],
              recipient,
              status,
              at: Math.min(at, now),
            },
          ],
    );
  });
}
