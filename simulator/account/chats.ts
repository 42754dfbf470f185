import { DEMO_COMMUNITIES, DEMO_GROUPS } from './demo-cast.ts';
import { createDice, type Dice, seedWord } from './dice.ts';
import type {
  AccountShape,
  AddressingMode,
  ChatKey,
  MessageCount,
  SimChat,
  SimChatSettings,
  SimGroupInfo,
  SimMember,
  SimPerson,
} from './model.ts';
import { ME } from './model.ts';
import { createTimeline } from './timeline.ts';

const DAY_SECONDS = 86_400;
const SUBJECTS = ['Choir', 'Parents 4b', 'Climbing', 'Volunteers', 'Book club', 'Neighbours', 'Five-a-side'];
const MUTED_FOR_EVER = -1;

const countOf = (count: MessageCount, dice: Dice): number =>
  typeof count === 'number' ? count : count.min + dice.below(count.max - count.min + 1);

const settingsOf = (ordinal: number, now: number): SimChatSettings => ({
  archived: ordinal % 9 === 7,
  pinnedAt: ordinal % 11 === 1 ? now - (ordinal + 1) * DAY_SECONDS : null,
  mutedUntil: ordinal % 7 === 4 ? (ordinal % 2 === 0 ? MUTED_FOR_EVER : now + 30 * DAY_SECONDS) : null,
  markedUnread: ordinal % 13 === 8,
});

interface Parts {
  readonly key: ChatKey;
  readonly kind: SimChat['kind'];
  readonly jid: string;
  readonly canonicalJid: string;
  readonly peer: string | null;
  readonly group: SimGroupInfo | null;
  readonly historySize: number;
  /** By the rule for all chats when not given. */
  readonly unread?: number;
}

/** All chats of an account, without their messages. */
export const createChats = (shape: AccountShape, people: readonly SimPerson[]): readonly SimChat[] => {
  const word = seedWord(`${shape.seed}/chats`);
  const chats: SimChat[] = [];

  const add = ({ unread, ...parts }: Parts): void => {
    const ordinal = chats.length;
    const size = parts.historySize;
    const usual = ordinal % 3 === 2 ? 1 + (ordinal % 7) : 0;
    chats.push({
      ...parts,
      ordinal,
      settings: settingsOf(ordinal, shape.now),
      unreadCount: Math.min(unread ?? usual, Math.max(0, size - 1)),
      size,
      pushedFrom: Math.max(0, size - shape.pushedPerChat),
      readOnly: false,
    });
  };

  const groupJid = (salt: number): string =>
    `1203630${25_000_000_000 + (word % 4_999_999) * 9_973 + salt}@g.us`;

  /** Members are people who have the identity that the group addresses them by. */
  const membersOf = (dice: Dice, addressing: AddressingMode, count: number): readonly SimMember[] => {
    const able = people.filter((p) => (addressing === 'lid' ? p.lid : p.pn) !== null);
    const start = dice.below(Math.max(1, able.length));
    const others = Array.from(
      { length: Math.min(count, able.length) },
      (_, i) => able[(start + i) % able.length],
    );
    return [
      { person: ME, role: dice.chance(50) ? 'admin' : 'member' },
      ...others.flatMap((p, i): SimMember[] =>
        p === undefined
          ? []
          : [{ person: p.key, role: i === 0 ? 'superadmin' : i === 1 ? 'admin' : 'member' }],
      ),
    ];
  };

  const addGroup = (
    key: ChatKey,
    kind: SimChat['kind'],
    subject: string,
    parent: ChatKey | null,
    members?: readonly SimMember[],
  ): SimGroupInfo => {
    const dice = createDice(word, 0x67, chats.length);
    // Communities are always addressed by hidden identities; older groups still by number.
    const addressing: AddressingMode =
      parent === null && kind === 'group' && chats.length % 3 === 0 ? 'pn' : 'lid';
    const who = members ?? membersOf(dice, addressing, countOf(shape.membersPerGroup, dice));
    const historySize = kind === 'community' ? 0 : countOf(shape.messagesPerChat, dice);
    const first = createTimeline(word, chats.length, historySize, shape.now, shape.yearsBack).timeOf(0);
    const creation = first - 3_600;
    const group: SimGroupInfo = {
      subject,
      subjectTime: creation,
      description: dice.chance(60) ? `${subject}: be kind, keep it short` : null,
      creation,
      owner: who.find((m) => m.role === 'superadmin')?.person ?? ME,
      addressing,
      members: who,
      announce: kind === 'announcement',
      locked: dice.chance(30),
      ephemeralSeconds: dice.chance(10) ? 90 * DAY_SECONDS : 0,
      parent,
    };
    const jid = groupJid(chats.length);
    const { unreadPerLinkedGroup } = shape;
    const unread =
      kind === 'linked-group' && unreadPerLinkedGroup !== undefined
        ? { unread: countOf(unreadPerLinkedGroup, createDice(word, 0x75, chats.length)) }
        : {};
    add({ key, kind, jid, canonicalJid: jid, peer: null, group, historySize, ...unread });
    return group;
  };

  for (let n = 0; n < shape.directChats; n++) {
    const person = people[n];
    if (person === undefined) break;
    // A chat with both identities may be kept under either; a third are still under the number.
    const jid = (n % 3 === 0 ? (person.pn ?? person.lid) : (person.lid ?? person.pn)) ?? '';
    add({
      key: `d${n}`,
      kind: 'direct',
      jid,
      canonicalJid: person.lid ?? person.pn ?? '',
      peer: person.key,
      group: null,
      historySize: countOf(shape.messagesPerChat, createDice(word, 0x64, n)),
    });
  }
  for (let n = 0; n < shape.groups; n++) {
    const subject =
      (shape.cast === 'demo' ? DEMO_GROUPS[n]?.name : undefined) ??
      `${SUBJECTS[n % SUBJECTS.length]} ${n + 1}`;
    addGroup(`g${n}`, 'group', subject, null);
  }
  for (let n = 0; n < shape.communities; n++) {
    const hand = shape.cast === 'demo' ? DEMO_COMMUNITIES[n] : undefined;
    const name = hand?.name ?? `Community ${n + 1}`;
    const parent = addGroup(`c${n}`, 'community', name, null);
    addGroup(`c${n}a`, 'announcement', name, `c${n}`, parent.members);
    for (let m = 0; m < shape.groupsPerCommunity; m++) {
      const some = parent.members.filter(
        (member, i) => member.role !== 'member' || i === 0 || (i + m) % 2 === 0,
      );
      addGroup(`c${n}g${m}`, 'linked-group', hand?.groups[m] ?? `${name}, circle ${m + 1}`, `c${n}`, some);
    }
  }
  return chats;
};
