import { z } from 'zod';
import { chatStates } from '#orchestrator/services/chat-state.ts';
import { chatAliases, chatArgument } from './arguments.ts';

/** What the tools that archive, pin and mute have in common. */
export const chatStateTool = {
  toolset: 'organising',
  scope: 'wa:send',
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  untrusted: true,
  argumentAliases: chatAliases,
} as const;

export const chatStateInput = z.strictObject({ chat: chatArgument });

export const chatStateOutput = z.object({
  chat_jid: z.string(),
  chat_name: z.string().optional(),
  state: z.enum(chatStates),
  /** False when it was so before. */
  changed: z.boolean(),
});

export const chatStateErrors = ['CHAT_NOT_FOUND', 'RECIPIENT_AMBIGUOUS', 'NOT_CONNECTED'] as const;
