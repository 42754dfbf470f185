import type { AccountCore } from './core.ts';
import type {
  AddressingMode,
  ChatKey,
  GroupChange,
  PersonKey,
  SimChat,
  SimGroupInfo,
  SimMember,
} from './model.ts';
import { ME } from './model.ts';

export interface GroupActions {
  createGroup(input: {
    readonly subject: string;
    /** The owner is added when missing. */
    readonly members: readonly PersonKey[];
    readonly addressing: AddressingMode;
    readonly parent?: ChatKey;
    /** Who makes it and so owns it; the first other member when not given. */
    readonly by?: PersonKey;
  }): SimChat;
  changeGroup(input: {
    readonly chat: ChatKey;
    readonly by: PersonKey;
    readonly change: GroupChange;
  }): SimChat;
}

const apply = (group: SimGroupInfo, change: GroupChange, time: number): SimGroupInfo => {
  switch (change.kind) {
    case 'subject':
      return { ...group, subject: change.subject, subjectTime: time };
    case 'description':
      return { ...group, description: change.description };
    case 'announce':
      return { ...group, announce: change.on };
    case 'add': {
      const fresh = change.members.filter((key) => !group.members.some((m) => m.person === key));
      return {
        ...group,
        members: [...group.members, ...fresh.map((person): SimMember => ({ person, role: 'member' }))],
      };
    }
    case 'remove':
      return { ...group, members: group.members.filter((m) => !change.members.includes(m.person)) };
    case 'promote':
    case 'demote': {
      const role = change.kind === 'promote' ? 'admin' : 'member';
      return {
        ...group,
        members: group.members.map((m) => (change.members.includes(m.person) ? { ...m, role } : m)),
      };
    }
  }
};

export const createGroupActions = (core: AccountCore): GroupActions => {
  const { state, world, emit } = core;
  let created = 0;
  return {
    createGroup: ({ subject, members, addressing, parent, by }) => {
      created += 1;
      const time = world.nowSeconds();
      const others = members.filter((key) => key !== ME);
      const owner = by ?? others[0] ?? ME;
      const jid = `12036309${String(9_000_000_000 + created)}@g.us`;
      const chat: SimChat = {
        key: `gx${created}`,
        kind: parent === undefined ? 'group' : 'linked-group',
        ordinal: state.chats().length,
        jid,
        canonicalJid: jid,
        peer: null,
        group: {
          subject,
          subjectTime: time,
          description: null,
          creation: time,
          owner,
          addressing,
          members: [ME, ...others].map(
            (person): SimMember => ({ person, role: person === owner ? 'superadmin' : 'member' }),
          ),
          announce: false,
          locked: false,
          ephemeralSeconds: 0,
          parent: parent ?? null,
        },
        settings: { archived: false, pinnedAt: null, mutedUntil: null, markedUnread: false },
        unreadCount: 0,
        historySize: 0,
        size: 0,
        pushedFrom: 0,
        readOnly: false,
      };
      state.setChat(chat);
      emit({ type: 'chat-created', chat: chat.key, id: world.nextId(), time });
      return chat;
    },
    changeGroup: ({ chat: key, by, change }) => {
      const before = state.chat(key);
      if (before.group === null) throw new RangeError(`chat ${key} is not a group`);
      const time = world.nowSeconds();
      const group = apply(before.group, change, time);
      state.setChat({ ...before, group, readOnly: !group.members.some((m) => m.person === ME) });
      emit({ type: 'group', chat: key, id: world.nextId(), by, time, change });
      return state.chat(key);
    },
  };
};
