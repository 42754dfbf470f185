import { z } from 'zod';
import { messageTypes } from '#engines/contract/message.ts';
import { timeShape } from './common.ts';

export const chatTypes = ['direct', 'group', 'community', 'newsletter', 'broadcast', 'status'] as const;

export const lastMessageShape = z.object({
  id: z.string(),
  timestamp: timeShape,
  from_me: z.boolean(),
  sender_name: z.string().optional(),
  type: z.enum(messageTypes),
  preview: z.string().optional(),
});
export type PublicLastMessage = z.infer<typeof lastMessageShape>;

/** One chat as tools and pages show it. */
export const chatShape = z.object({
  jid: z.string(),
  name: z.string().optional(),
  phone: z.string().optional(),
  type: z.enum(chatTypes),
  is_group: z.boolean(),
  unread_count: z.number(),
  marked_unread: z.boolean().optional(),
  message_count: z.number(),
  messages_last_hour: z.number().optional(),
  last_active: timeShape.optional(),
  last_message: lastMessageShape.optional(),
  archived: z.boolean(),
  pinned: z.boolean(),
  muted: z.boolean(),
  muted_until: timeShape.optional(),
  community_jid: z.string().optional(),
  aliases: z.array(z.string()).optional(),
});
export type PublicChat = z.infer<typeof chatShape>;
