import { z } from 'zod';
import { receiptModes, receiptsOutcomes } from '#orchestrator/services/mark-chat.ts';
import type { MarkCommunityRequest } from '#sync-jobs/services/action-service.ts';
import type { DryRun } from '#sync-jobs/services/dry-run.ts';
import type { Started } from '#sync-jobs/services/job-shape.ts';
import { brief } from './brief.ts';
import { STEER } from './hints.ts';
import { startedFields, startedReply } from './job.ts';

export const receiptsArgument = z
  .enum(receiptModes)
  .optional()
  .describe(
    'Who learns of it: senders, own-devices, or both (default, as far as the operator allows). What own-devices has marked is no longer unread, so senders cannot be told of it with these tools later.',
  );

export const dryRunArgument = z.boolean().default(false).describe('Only counts; marks nothing.');

/** What a marking of one chat tells of the senders. */
export const toldFields = {
  receipts_sent: z.number().describe('Receipts: one tells one sender of many messages.'),
  receipts: z
    .enum(receiptsOutcomes)
    .describe('Whether senders were told: sent of all messages, partly, none, off (setting), failed.'),
  receipts_error: z.string().optional(),
  hint: z.string().optional(),
  notice: z.literal('EMPTY_CHAT').optional(),
};
export const messagesTold = z.number().describe('Messages whose senders were told.');
export const notInHistory = z
  .number()
  .describe('Unread messages that were never fetched: their senders cannot be told.');

const { job_id, kind, status, ended, done, created_at, updated_at, reused, ...optional } = startedFields;

type Context = Parameters<typeof startedReply>[2];

/** Either a job, or with dry_run what it would do. */
export const markingFields = {
  dry_run: z.boolean(),
  chats_unread: z.number().optional(),
  unread: z.number().optional(),
  would_tell: z.number().optional().describe('dry_run: unread messages whose senders would be told.'),
  not_in_history: z
    .number()
    .optional()
    .describe('dry_run: unread messages that were never fetched; their senders cannot be told yet.'),
  chats: z
    .array(
      brief(
        z.object({
          chat_jid: z.string(),
          chat_name: z.string().optional(),
          unread: z.number(),
          would_tell: z.number(),
          not_in_history: z.number(),
          skipped: z.number(),
        }),
      ),
    )
    .optional(),
  job_id: job_id.optional(),
  kind: kind.optional(),
  status: status.optional(),
  ended: ended.optional(),
  done: done.optional(),
  created_at: created_at.optional(),
  updated_at: updated_at.optional(),
  reused: reused.optional(),
  ...optional,
};

/** What the tools have in common that mark as one job. */
export const markingTool = {
  toolset: 'organising',
  scope: 'wa:send',
  hints: STEER,
  untrusted: true,
} as const;

export const markingErrors = ['CHAT_NOT_FOUND', 'RECIPIENT_AMBIGUOUS', 'TOOL_DISABLED'] as const;
export const communityErrors = [
  'COMMUNITY_NOT_FOUND',
  'NOT_A_COMMUNITY',
  'INVALID_JID',
  ...markingErrors,
] as const;

/** Marks the groups of a community, or tells what there is to mark. */
export async function markCommunity(
  { wait_s, ...request }: MarkCommunityRequest & { readonly wait_s: number },
  context: Context,
) {
  const { services, principal, signal } = context;
  return markingReply(
    await services.longActions.markCommunity(request, principal.id, signal),
    wait_s,
    context,
  );
}

export async function markingReply(answer: Started | DryRun, waitSeconds: number, context: Context) {
  if ('dry_run' in answer) {
    const { chats, ...counts } = answer;
    return {
      data: { ...counts, chats: chats.map((chat) => ({ ...chat })) },
      summary: `${counts.unread} unread messages in ${counts.chats_unread} chats, of which ${counts.would_tell} would be told to their senders; nothing was marked.${counts.hint === undefined ? '' : ` ${counts.hint}`}`,
    };
  }
  const { data, summary } = await startedReply(answer, waitSeconds, context);
  return { data: { dry_run: false, ...data }, summary };
}
