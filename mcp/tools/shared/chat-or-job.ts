import { TandemError } from '#kernel/errors.ts';

/** One of the two, and not both. Throws VALIDATION_ERROR. */
export function chatOrJob(args: {
  readonly chat?: string | undefined;
  readonly job_id?: string | undefined;
}): { readonly chat: string } | { readonly job_id: string } {
  const { chat, job_id } = args;
  if (chat !== undefined && job_id === undefined) return { chat };
  if (job_id !== undefined && chat === undefined) return { job_id };
  throw new TandemError('VALIDATION_ERROR', {
    message: 'Give either chat or job_id.',
    details: { problems: [{ field: 'job_id', problem: 'exactly one of chat and job_id' }] },
  });
}
