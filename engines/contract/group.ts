import { z } from 'zod';
import { jidSchema } from './identity.ts';
import { secondsSchema } from './message.ts';

export const memberSchema = z.strictObject({
  /** As the group addresses the member. */
  jid: jidSchema,
  /** The other identity, where the server told it. */
  alt: jidSchema.optional(),
  role: z.enum(['member', 'admin', 'owner']),
});
export type GroupMember = z.infer<typeof memberSchema>;

/** Metadata of a group or community as the server tells it. */
export const groupSchema = z.strictObject({
  jid: jidSchema,
  subject: z.string().max(1_000),
  description: z.string().max(10_000).optional(),
  owner: jidSchema.optional(),
  createdAt: secondsSchema.optional(),
  /** Only admins may write. */
  announce: z.boolean(),
  /** Only admins may change the metadata. */
  locked: z.boolean(),
  joinApproval: z.boolean(),
  ephemeralSeconds: z.int().nonnegative().optional(),
  addressing: z.enum(['pn', 'lid']).optional(),
  isCommunity: z.boolean(),
  /** True for the announcement group that every community has. */
  isAnnouncement: z.boolean(),
  /** The community it belongs to; null = none. */
  community: jidSchema.nullable(),
  /** Known even where the members are not listed. */
  size: z.int().nonnegative().optional(),
  /** Absent = not listed by this answer. */
  members: z.array(memberSchema).max(5_000).optional(),
});
export type GroupInfo = z.infer<typeof groupSchema>;
