import { blobSeedOf } from './blob-seed.ts';
import { composeContent } from './content.ts';
import { demoTheme } from './demo-cast.ts';
import { createDice, type Dice, mix, seedWord } from './dice.ts';
import type {
  AccountShape,
  ChatKey,
  DeliveryStatus,
  PersonKey,
  SimChat,
  SimContent,
  SimMessage,
  SimReaction,
  SimReceipt,
} from './model.ts';
import { ME } from './model.ts';
import type { Cast } from './people.ts';
import { indexOfStanzaId, stanzaId } from './stanza-id.ts';
import { composeText, REACTION_EMOJI, type TongueName } from './texts.ts';
import { createTimeline, type Timeline } from './timeline.ts';

/** Generated messages, each a pure function of the shape, the chat and the index. */
export interface History {
  /** Undefined for chats that began live and outside 0 … historySize - 1. */
  message(chat: ChatKey, index: number): SimMessage | undefined;
  /** The index of a generated stanza id within its chat. */
  indexOf(chat: ChatKey, id: string): number | null;
}

/** Enough to show that receipts are per person without making groups heavy. */
const MAX_GROUP_RECEIPTS = 6;

/**
 * `initial` are the chats as generated: live changes to members or unread counts must not change who
 * wrote the past.
 */
export const createHistory = (shape: AccountShape, cast: Cast, initial: readonly SimChat[]): History => {
  const word = seedWord(`${shape.seed}/chats`);
  const byKey = new Map(initial.map((chat) => [chat.key, chat]));
  // One small object a chat; the messages themselves are never kept.
  const timelines = new Map<string, Timeline>();
  const timelineOf = (chat: SimChat): Timeline => {
    const known = timelines.get(chat.key);
    if (known !== undefined) return known;
    const made = createTimeline(word, chat.ordinal, chat.historySize, shape.now, shape.yearsBack);
    timelines.set(chat.key, made);
    return made;
  };

  const tongueOf = (sender: PersonKey, chat: SimChat): TongueName => {
    if (chat.group !== null && shape.cast === 'demo') return demoTheme(chat.key);
    const speaker = sender === ME ? chat.peer : sender;
    return speaker === null ? 'english' : cast.tongueOf(Number(speaker.slice(1)));
  };

  /** The part that does not look at other messages, so quoting cannot recurse. */
  const coreOf = (chat: SimChat, index: number) => {
    const dice = createDice(word, 0x6d, chat.ordinal, index);
    const unread = index >= chat.historySize - chat.unreadCount;
    const sender = senderOf(chat, dice, unread);
    const id = stanzaId(word, chat.ordinal, index);
    const content: SimContent =
      index === 0 && chat.group !== null
        ? { type: 'notice', notice: 'group-created' }
        : composeContent(
            dice,
            tongueOf(sender, chat),
            blobSeedOf(shape.seed, chat.key, index),
            shape.maxMediaBytes,
          );
    return { dice, sender, id, content, unread, time: timelineOf(chat).timeOf(index) };
  };

  const reactionsOf = (chat: SimChat, dice: Dice, time: number): readonly SimReaction[] => {
    if (!dice.chance(9)) return [];
    const people = reachable(chat);
    const count = Math.min(people.length, 1 + dice.below(4));
    const start = dice.below(people.length);
    return Array.from({ length: count }, (_, i): SimReaction => {
      const person = people[(start + i) % people.length] ?? ME;
      return {
        person,
        emoji: dice.chance(14) ? '' : dice.pick(REACTION_EMOJI),
        time: Math.min(shape.now, time + 5 + dice.below(900)),
      };
    });
  };

  const receiptsOf = (
    chat: SimChat,
    dice: Dice,
    time: number,
    status: DeliveryStatus,
  ): readonly SimReceipt[] => {
    if (chat.group === null || status === 'server' || status === 'pending') return [];
    return reachable(chat)
      .filter((key) => key !== ME)
      .slice(0, MAX_GROUP_RECEIPTS)
      .map((person) => ({
        person,
        deliveredAt: Math.min(shape.now, time + 1 + dice.below(60)),
        readAt:
          status === 'read' || dice.chance(40) ? Math.min(shape.now, time + 60 + dice.below(7_200)) : null,
      }));
  };

  const message = (key: ChatKey, index: number): SimMessage | undefined => {
    const chat = byKey.get(key);
    if (chat === undefined || index < 0 || index >= chat.historySize || !Number.isInteger(index))
      return undefined;
    const { dice, sender, id, content, unread, time } = coreOf(chat, index);
    const fromMe = sender === ME;
    const plain = content.type !== 'notice';
    const status: DeliveryStatus =
      index > chat.historySize - 4 ? 'delivered' : dice.chance(85) ? 'read' : 'delivered';
    const target = plain && index > 3 && dice.chance(8) ? coreOf(chat, index - 1 - dice.below(3)) : null;
    const mentions =
      chat.group !== null && content.type === 'text' && dice.chance(7)
        ? [dice.pick(reachable(chat).filter((person) => person !== sender))]
        : [];
    const edited = content.type === 'text' && dice.chance(3);
    const revoked = plain && !edited && !unread && dice.chance(2);
    return {
      chat: chat.key,
      index,
      id,
      sender,
      fromMe,
      time,
      content,
      quote:
        target === null || target.content.type === 'notice'
          ? null
          : { id: target.id, sender: target.sender, content: target.content },
      mentions,
      forwarded: plain && dice.chance(2),
      revisions: edited
        ? Array.from({ length: 1 + dice.below(2) }, (_, i) => ({
            text: composeText(tongueOf(sender, chat), dice),
            time: Math.min(shape.now, time + 20 + i * 40 + dice.below(30)),
          }))
        : [],
      revoked: revoked
        ? { by: revoker(chat, sender, dice), time: Math.min(shape.now, time + 40 + dice.below(3_000)) }
        : null,
      reactions: plain && !revoked ? reactionsOf(chat, dice, time) : [],
      votes: [],
      status: fromMe ? status : 'delivered',
      receipts: fromMe && plain ? receiptsOf(chat, dice, time, status) : [],
      starred: plain && !revoked && mix(word, 0x57, chat.ordinal, index) % 151 === 0,
      deletedForMe: false,
    };
  };

  return {
    message,
    indexOf: (key, id) => {
      const chat = byKey.get(key);
      return chat === undefined ? null : indexOfStanzaId(word, chat.ordinal, chat.historySize, id);
    },
  };
};

const reachable = (chat: SimChat): readonly PersonKey[] =>
  chat.group === null ? [ME, chat.peer ?? ME] : chat.group.members.map((member) => member.person);

const revoker = (chat: SimChat, sender: PersonKey, dice: Dice): PersonKey =>
  chat.group !== null && dice.chance(30)
    ? (chat.group.members.find((member) => member.role === 'superadmin')?.person ?? sender)
    : sender;

const senderOf = (chat: SimChat, dice: Dice, mustBeIncoming: boolean): PersonKey => {
  if (chat.group === null) return !mustBeIncoming && dice.chance(45) ? ME : (chat.peer ?? ME);
  const writers = chat.group.announce
    ? chat.group.members.filter((m) => m.role !== 'member')
    : chat.group.members;
  const others = writers.filter((member) => member.person !== ME);
  const mine = writers.length > others.length && !mustBeIncoming && dice.chance(20);
  return mine || others.length === 0 ? ME : dice.pick(others).person;
};
