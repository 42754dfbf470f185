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
} as const satisfies Record<string, AccountShape>;

export type PresetName = keyof typeof PRESETS;

export const isPresetName = (name: string): name is PresetName => Object.hasOwn(PRESETS, name);

/** A preset with some sizes changed. */
export const shapeOf = (preset: PresetName, changes: Partial<AccountShape> = {}): AccountShape => ({
  ...PRESETS[preset],
  ...changes,
});
