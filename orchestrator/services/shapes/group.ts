import { z } from 'zod';
import { lastMessageShape } from './chat.ts';
import { timeShape } from './common.ts';

export const roles = ['member', 'admin', 'owner'] as const;

export const participantShape = z.object({
  jid: z.string(),
  lid: z.string().optional(),
  phone: z.string().optional(),
  name: z.string().optional(),
  role: z.enum(roles),
  is_me: z.boolean().optional(),
});
export type PublicParticipant = z.infer<typeof participantShape>;

/** A group in a list. */
export const groupShape = z.object({
  jid: z.string(),
  name: z.string().optional(),
  size: z.number().optional(),
  my_role: z.enum(roles).optional(),
  is_announcement: z.boolean(),
  community_jid: z.string().optional(),
  unread_count: z.number(),
  message_count: z.number(),
  last_active: timeShape.optional(),
  last_message: lastMessageShape.optional(),
});
export type PublicGroup = z.infer<typeof groupShape>;
