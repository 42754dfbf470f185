import { TandemError, toTandemError } from '#kernel/errors.ts';

/** What hints of the service call by the names of tools, in the words of this command line. */
const COMMANDS: Readonly<Record<string, string>> = {
  // At a shell nothing is switched off.
  ' (tool set history)': '',
  'what runs with get_sync_status': 'what runs with `tandem history jobs`',
  'resume_sync with its job_id': '`tandem history resume` with its id',
  'resume_sync and its job_id': '`tandem history resume` and its id',
  'cancel_sync with job_id': '`tandem history cancel` with',
  ', or several at once with fetch_history_bulk': '',
  fetch_history: '`tandem history fetch`',
  resume_sync: '`tandem history resume`',
  cancel_sync: '`tandem history cancel`',
  get_job: '`tandem history jobs ID`',
  list_chats: '`tandem history coverage`',
  get_sync_status: '`tandem history coverage`',
  backend_status: '`tandem status`',
};

export function inShellWords(hint: string): string {
  return Object.entries(COMMANDS).reduce((text, [tool, command]) => text.replaceAll(tool, command), hint);
}

/** The same error, with a hint for people at a shell. */
export function forShell(thrown: unknown): TandemError {
  const error = toTandemError(thrown);
  const hint = inShellWords(error.hint);
  if (hint === error.hint) return error;
  return new TandemError(error.code, {
    message: error.message,
    hint,
    ...(error.details === null ? {} : { details: error.details }),
    ...(error.retryAfterSeconds === null ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
    cause: thrown,
  });
}
