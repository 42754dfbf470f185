import { entry } from './entry.ts';

/** Long work and the fetching of older history. */
export const jobs = {
  JOB_NOT_FOUND: entry(
    404,
    false,
    'There is no such job.',
    'Check the id; jobs that ended long ago are removed.',
  ),
  JOB_ENDED: entry(
    409,
    false,
    'This job has ended already.',
    'Look at its result with get_job; start a new one when there is more to do.',
  ),
  SYNC_IN_PROGRESS: entry(
    409,
    true,
    'Another job is fetching the history of this chat with other limits.',
    'Follow that job with get_job, or cancel it first; its id is in the details.',
  ),
  NO_ACTIVE_SYNC: entry(
    404,
    false,
    'No history of this chat is being fetched.',
    'See what runs with get_sync_status, or start it with fetch_history.',
  ),
  NO_CHECKPOINT: entry(
    404,
    false,
    'There is nothing to resume for this chat.',
    'Start with fetch_history without resume.',
  ),
  UNMERGED_DATA: entry(
    409,
    false,
    'Some of it could not be read and is nowhere else in the store.',
    'Leave it (only_merged), or delete it for good with force; the count is in the details.',
  ),
  JOB_FENCED: entry(
    409,
    false,
    'Another worker has taken over this job.',
    'Nothing was changed; whoever took it over goes on from what is stored.',
  ),
} as const;
