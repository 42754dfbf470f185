import { z } from 'zod';
import { coverageSources, gapReasons } from '#history/contracts/coverage.ts';

/**
 * What `GET /api/coverage` answers, in pages: which times of which chats are held and which are missing. Times are whole seconds
 * since 1970. Clients must bear fields that they do not know.
 */
export const coverageStates = ['complete', 'partial', 'unknown'] as const;
export type CoverageState = (typeof coverageStates)[number];

const seconds = z.int().nonnegative();

export const chatCoverageSchema = z.object({
  jid: z.string(),
  /** Name, else number, else JID. A text of the account. */
  name: z.string(),
  kind: z.enum(['direct', 'group', 'community', 'newsletter', 'broadcast', 'status']),
  /** complete = held from the proven start until an engine was last connected; unknown = nothing is claimed. */
  state: z.enum(coverageStates),
  start_proven: z.boolean(),
  /** Of the time since its first message where the start is proven, else since the oldest of the account; 100 = complete. */
  held_percent: z.int().min(0).max(100),
  messages: z.number(),
  /** Oldest and newest stored message. */
  first_at: seconds.nullable(),
  last_at: seconds.nullable(),
  /** Half open (from, to], newest first; from 0 = the proven beginning of the chat. */
  held: z.array(z.tuple([seconds, seconds, z.array(z.enum(coverageSources))])),
  /** The same; from 0 = the beginning of the chat, wherever that is. True = there is a message from which the phone can be asked. */
  missing: z.array(z.tuple([seconds, seconds, z.enum(gapReasons), z.boolean()])),
});
export type ChatCoverageView = z.infer<typeof chatCoverageSchema>;

export const coverageViewSchema = z.object({
  now: seconds,
  /** The oldest stored message of the account: what `held_percent` counts from where no start is proven. */
  oldest_at: seconds.nullable(),
  /** Of all chats, whatever was asked for; null on all pages but the first. */
  totals: z
    .object({ chats: z.number(), complete: z.number(), partial: z.number(), unknown: z.number() })
    .nullable(),
  /** By name. */
  chats: z.array(chatCoverageSchema),
  /** `after` of the next page; null at the end. */
  next: z.string().nullable(),
});
export type CoverageReply = z.infer<typeof coverageViewSchema>;
