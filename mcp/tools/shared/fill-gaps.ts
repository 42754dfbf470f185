import { TandemError, toErrorBody, toTandemError } from '#kernel/errors.ts';
import type { ToolContext } from '#mcp/tool.ts';
import type { MessageList } from '#orchestrator/services/messages/list.ts';
import type { ToolServices } from './services.ts';

type Context = Pick<ToolContext<ToolServices>, 'services' | 'principal'>;

/** As many as fetch_history asks for by itself. */
const MAX_MESSAGES = 1_000;

/** Throws ACCESS_DENIED for who may only read, VALIDATION_ERROR without a chat. */
export function checkMayFill(args: { readonly chat?: string | undefined }, { principal }: Context): void {
  if (args.chat === undefined) {
    throw new TandemError('VALIDATION_ERROR', {
      message: 'fill_gaps works on one chat: give chat too.',
      details: { problems: [{ field: 'fill_gaps', problem: 'needs chat' }] },
    });
  }
  if (principal.scopes.includes('wa:history')) return;
  throw new TandemError('ACCESS_DENIED', {
    message: 'The access token does not allow to fetch history.',
    hint: 'Leave fill_gaps out; the token needs the scope wa:history for it.',
    details: { scope: 'wa:history' },
  });
}

/** Asks for what is missing in the time of the list. The list is answered whatever becomes of it. */
export async function fillGaps({ chat, coverage }: MessageList, { services, principal }: Context) {
  const lowest = coverage?.missing.at(-1);
  if (chat === undefined || lowest === undefined) return {};
  try {
    const { reused: _, ...job } = await services.olderHistory.fetch(
      { chat: chat.jid, max_messages: MAX_MESSAGES, since: lowest.from },
      principal.id,
    );
    return { gaps_job: job };
  } catch (thrown) {
    const { code, message, hint } = toErrorBody(toTandemError(thrown));
    return { gaps_error: { code, message, hint } };
  }
}
