import type { AccountShape } from './model.ts';

/** 20 November 2026, 12:00 UTC. */
const DEFAULT_NOW = 1_795_176_000;

const base = {
  seed: 'tandem',
  now: DEFAULT_NOW,
  membersPerGroup: { min: 4, max: 14 },
  groupsPerCommunity: 3,
  yearsBack: 4,
  maxMediaBytes: 6_000,
} as const;

// Enough for the unread ones to begin in the middle of a page.
const READ_BEFORE = 40;

/** Small and believable: what a newcomer sees first. */
const demo: AccountShape = {
  ...base,
  cast: 'demo',
  directChats: 13,
  groups: 4,
  communities: 1,
  messagesPerChat: { min: 120, max: 420 },
  pushedPerChat: 60,
  maxMediaBytes: 40_000,
};

/** Every kind of chat and content, small enough for unit tests. */
const tiny: AccountShape = {
  ...base,
  cast: 'bulk',
  directChats: 10,
  groups: 3,
  communities: 1,
  messagesPerChat: { min: 12, max: 130 },
  pushedPerChat: 10,
};

const bulk = (directChats: number, messagesPerChat: number, pushedPerChat: number): AccountShape => ({
  ...base,
  cast: 'bulk',
  directChats,
  groups: 0,
  communities: 0,
  messagesPerChat,
  pushedPerChat,
  maxMediaBytes: 1_000,
});

/** One community whose groups are full of unread messages; few of them are pushed, the rest is history. */
const community: AccountShape = {
  ...base,
  cast: 'bulk',
  directChats: 4,
  groups: 0,
  communities: 1,
  groupsPerCommunity: 60,
  unreadPerLinkedGroup: 200,
  membersPerGroup: { min: 8, max: 14 },
  messagesPerChat: 240,
  pushedPerChat: 20,
  maxMediaBytes: 1_000,
};

export const PRESETS = {
  demo,
  tiny,
  /** 3,000 chats of 30 messages, everything pushed. */
  wide: bulk(3_000, 30, 30),
  /** 400 chats of 500 messages, 20 pushed: long paging. */
  deep: bulk(400, 500, 20),
  /** 800 chats of 375 messages: 300,000. */
  medium: bulk(800, 375, 50),
  /** 800 chats of 1,250 messages: one million. */
  million: bulk(800, 1_250, 50),
  /** 2,000 chats of 500 messages, 20 pushed: one million of which nearly all is on demand. */
  long: bulk(2_000, 500, 20),
  /** A community of 60 groups with 240 messages each, 200 of them unread, from several people; 20 pushed. */
  community,
} as const satisfies Record<string, AccountShape>;

export type PresetName = keyof typeof PRESETS;

export const isPresetName = (name: string): name is PresetName => Object.hasOwn(PRESETS, name);

/** A preset with some sizes changed. */
export const shapeOf = (preset: PresetName, changes: Partial<AccountShape> = {}): AccountShape => ({
  ...PRESETS[preset],
  ...changes,
});

/** A community of this size; each group has some messages that were read before its unread ones. */
export const communityShape = (
  groups: number,
  unreadPerGroup: number,
  changes: Partial<AccountShape> = {},
): AccountShape =>
  shapeOf('community', {
    groupsPerCommunity: groups,
    unreadPerLinkedGroup: unreadPerGroup,
    messagesPerChat: unreadPerGroup + READ_BEFORE,
    ...changes,
  });

/** So many chats of so many messages, of which only the newest `pushedPerChat` come without asking. */
export const deepShape = (
  chats: number,
  messagesPerChat: number,
  pushedPerChat: number,
  changes: Partial<AccountShape> = {},
): AccountShape => shapeOf('deep', { directChats: chats, messagesPerChat, pushedPerChat, ...changes });
