import { z } from 'zod';
import { chatArgument, messageIdAliases, messageIdArgument } from './arguments.ts';

/** What the tools that act upon one message have in common. */
export const actionTool = {
  toolset: 'actions',
  scope: 'wa:send',
  sends: true,
  untrusted: true,
  argumentAliases: messageIdAliases,
} as const;

export const targetInput = z.strictObject({
  message_id: messageIdArgument,
  chat: chatArgument.optional(),
});

export const targetOutput = z.object({
  message_id: z.string(),
  chat_jid: z.string(),
  chat_name: z.string().optional(),
});

export const targetErrors = [
  'MESSAGE_NOT_FOUND',
  'MESSAGE_AMBIGUOUS',
  'CHAT_NOT_FOUND',
  'RATE_LIMITED',
  'NOT_CONNECTED',
] as const;
