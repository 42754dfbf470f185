import { z } from 'zod';
import type { MessageRef } from '#engines/contract/command.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import type { MessageAddress } from '../inside/loose.ts';
import type { CallOptions, Page } from '../page.ts';
import { callTool, notUnderstood } from '../page-helpers.ts';

const outcomeSchema = z.looseObject({ outcome: z.string() });
export type ActOutcome = z.infer<typeof outcomeSchema>;

/** Outcomes that are an error, whatever was asked for. */
const ERRORS: Readonly<Record<string, ErrorCode>> = {
  offline: 'NOT_CONNECTED',
  'no-message': 'MESSAGE_NOT_FOUND',
  'no-chat': 'CHAT_NOT_FOUND',
  'no-contact': 'CONTACT_NOT_FOUND',
  'no-answer': 'ENGINE_TIMEOUT',
};

/** Does something in the page. Throws what Page.call throws, and the error that stands for the outcome. */
export async function act(
  page: Page,
  tool: string,
  input: unknown,
  options: CallOptions & { readonly errors?: Readonly<Record<string, ErrorCode>> } = {},
): Promise<ActOutcome> {
  const { errors = {}, ...call } = options;
  const parsed = outcomeSchema.safeParse(await callTool(page, tool, input, call));
  if (!parsed.success) throw notUnderstood(tool);
  const { outcome } = parsed.data;
  const code = errors[outcome] ?? ERRORS[outcome];
  if (code !== undefined) throw new TandemError(code, { engine: 'webjs' });
  return parsed.data;
}

/** The page writes numbers as `…@c.us`; the other kinds are the same on both sides. */
export function pageId(jid: string): string {
  return jid.replace(/@s\.whatsapp\.net$/, '@c.us');
}

export function addressOf({ chat, id, fromMe, sender }: MessageRef): MessageAddress {
  return { chat: pageId(chat), id, fromMe, sender: sender === null ? null : pageId(sender) };
}
