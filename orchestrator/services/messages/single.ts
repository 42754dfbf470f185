import type { MessageRecord } from '#history/contracts/records.ts';
import type { ServiceContext } from '../context.ts';
import { countFitting } from '../paging.ts';
import { cleanText, cutText } from '../present/clean-text.ts';
import { optionalName, presentMessage } from '../present/message.ts';
import { compact, type Reply } from '../reply.ts';
import type { PublicMessage } from '../shapes/message.ts';
import { findMessage, type MessageReference } from './reference.ts';

export interface GetMessageRequest extends MessageReference {
  readonly max_text?: number | undefined;
}

export interface SingleMessage {
  readonly message: PublicMessage;
  /** Texts before edits, oldest first. */
  readonly revisions?: { readonly text?: string; readonly at: string }[];
}

export interface GetContextRequest extends MessageReference {
  readonly before: number;
  readonly after: number;
}

export interface MessageContext {
  readonly chat: { readonly jid: string; readonly name?: string };
  readonly before: PublicMessage[];
  readonly target: PublicMessage;
  readonly after: PublicMessage[];
  /** Place of the target when all three are read as one list. */
  readonly target_index: number;
}

/** The longest text that WhatsApp carries fits: whoever asks for one message wants it whole. */
const WHOLE_TEXT_MAX_CHARS = 70_000;
const REVISION_TEXT_MAX_CHARS = 4_096;

export function createGetMessage(context: ServiceContext) {
  const { history, times, freshness } = context;
  return async (request: GetMessageRequest): Promise<Reply<SingleMessage>> => {
    const record = await findMessage(context, request);
    const maxText = request.max_text ?? WHOLE_TEXT_MAX_CHARS;
    // A deleted message hides what it said before, too.
    const revisions =
      record.editedAt === null || record.revokedAt !== null
        ? []
        : await history.messages.revisions(record.key);
    return {
      data: compact({
        message: presentMessage(record, times, { detailed: true, maxText }),
        revisions:
          revisions.length === 0
            ? undefined
            : revisions.map(({ text, at }) =>
                compact({
                  text: text === null ? undefined : cutText(cleanText(text), REVISION_TEXT_MAX_CHARS).text,
                  at: times.iso(at),
                }),
              ),
      }),
      meta: await freshness.meta(),
    };
  };
}

export function createGetContext(context: ServiceContext) {
  const { history, times, freshness } = context;
  return async (request: GetContextRequest): Promise<Reply<MessageContext>> => {
    const record = await findMessage(context, request);
    const near = await history.messages.context(record.key, request.before, request.after);
    const show = (one: MessageRecord) => presentMessage(one, times, { withoutChatName: true });
    // What is nearest to the target matters most: the far ends go first when all does not fit.
    const newestFirst = near.before.map(show).reverse();
    const before = newestFirst.slice(0, countFitting(newestFirst)).reverse();
    const following = near.after.map(show);
    const after = following.slice(0, countFitting(following));
    return {
      data: {
        chat: compact({ jid: record.chatJid, name: optionalName(record.chatName) }),
        before,
        target: show(record),
        after,
        target_index: before.length,
      },
      meta: await freshness.meta(),
    };
  };
}
