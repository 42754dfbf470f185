import { z } from 'zod';
import type { CommandHandlers, CommandOutput } from '#engines/contract/command.ts';
import { toTime } from '#engines/contract/kit/scalars.ts';
import { nowSeconds } from '#kernel/clock.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { toJid } from '../normalise/wid.ts';
import type { CallOptions } from '../page.ts';
import { callTool } from '../page-helpers.ts';
import { act, addressOf, pageId } from './acts.ts';
import type { CommandDeps } from './deps.ts';

/** Servers acknowledge within a second; the command's own deadline is twice this. */
const ACK_WAIT_MS = 10_000;
const MARGIN_MS = 3_000;
/** After a call that failed: is the message there, and what became of it? */
const LOOK_WAIT_MS = 2_000;

export function sendTextCommand(deps: CommandDeps): Required<Pick<CommandHandlers, 'send.text'>> {
  return {
    'send.text': async ({ chat, messageId, text, quoted, mentions = [] }, signal) => {
      const input = {
        chat: pageId(chat),
        id: messageId,
        text,
        quoted: quoted === undefined ? null : { ...addressOf({ ...quoted, chat }), text: quoted.text },
        mentions: mentions.map(pageId),
      };
      return await sendOnce(deps, 'sendText', { input, chat, messageId }, signal);
    },
  };
}

export interface Send {
  readonly input: unknown;
  readonly chat: string;
  readonly messageId: string;
}

/**
 * Dispatches once, and then only looks: what the library or the page answer about a send says nothing of whether it left.
 * Throws NOT_CONNECTED, NOT_AUTHENTICATED and SEND_FAILED with `sent: false` where it is proven that nothing left, SEND_FAILED
 * where the server refused, DELIVERY_UNKNOWN for everything between.
 */
export async function sendOnce(
  deps: CommandDeps,
  tool: 'sendText' | 'forward',
  { input, chat, messageId }: Send,
  signal: AbortSignal,
): Promise<CommandOutput<'send.text'>> {
  let ownId = messageId;
  try {
    const { outcome, error, id } = await act(deps.page, tool, input, {
      signal,
      errors: { 'no-chat': 'RECIPIENT_NOT_FOUND' },
    });
    if (outcome === 'failed')
      throw new TandemError('SEND_FAILED', { engine: 'webjs', details: { error, sent: false } });
    if (typeof id === 'string') ownId = id;
  } catch (error) {
    const unsent = provenUnsent(error);
    if (unsent !== null) throw unsent;
    const seen = await ackOf(deps, { chat, ownId, waitMs: LOOK_WAIT_MS }, {}).catch(() => null);
    if (seen === null || !seen.found) throw unknown('call-failed', error);
    return settled(deps, seen, ownId, chat);
  }
  const seen = await ackOf(deps, { chat, ownId, waitMs: ACK_WAIT_MS }, { signal }).catch((error: unknown) => {
    throw unknown('page-lost', error);
  });
  return settled(deps, seen, ownId, chat);
}

const ackSchema = z.object({
  found: z.boolean(),
  ack: z.number().nullable(),
  t: z.number(),
  chat: z.string().optional(),
});
type Seen = z.infer<typeof ackSchema>;

async function ackOf(
  { page }: CommandDeps,
  { chat, ownId, waitMs }: { readonly chat: string; readonly ownId: string; readonly waitMs: number },
  options: CallOptions,
): Promise<Seen> {
  const question = { chat: pageId(chat), id: ownId, waitMs };
  return ackSchema.parse(
    await callTool(page, 'ackOf', question, { ...options, deadlineMs: waitMs + MARGIN_MS }),
  );
}

function settled(
  { clock }: CommandDeps,
  seen: Seen,
  messageId: string,
  chat: string,
): CommandOutput<'send.text'> {
  const { ack } = seen;
  if (ack !== null && ack < 0)
    throw new TandemError('SEND_FAILED', { engine: 'webjs', details: { upstream: ack } });
  if (ack === null || ack === 0) throw unknown('late');
  return {
    messageId,
    chat: toJid(seen.chat) ?? chat,
    sentAt: toTime(seen.t) ?? nowSeconds(clock),
    status: 'sent',
  };
}

function unknown(because: string, cause?: unknown): TandemError {
  return new TandemError('DELIVERY_UNKNOWN', { engine: 'webjs', details: { because }, cause });
}

/** Nothing reached the page, or the page failed before it handed anything over: all behind that is told as an outcome. */
const UNSENT: ReadonlySet<ErrorCode> = new Set([
  'NOT_CONNECTED',
  'NOT_AUTHENTICATED',
  'ENGINE_STARTING',
  'SEND_FAILED',
  'MESSAGE_NOT_FOUND',
  'RECIPIENT_NOT_FOUND',
  'WHATSAPP_API_ERROR',
]);

/** The error as it is told when nothing can have left; null when nobody knows. */
function provenUnsent(error: unknown): TandemError | null {
  if (!(error instanceof TandemError) || !UNSENT.has(error.code)) return null;
  return new TandemError(error.code, {
    engine: 'webjs',
    details: { ...error.details, sent: false },
    cause: error,
  });
}
