import { jobStates } from '#history/contracts/jobs.ts';
import type { JobView } from '#sync-jobs/services/job-shape.ts';
import type { ConsolePorts } from '../ports.ts';
import { queueView } from './build-jobs.ts';
import type { JobReply, QueueView } from './jobs.ts';
import { sayPaused } from './paused-jobs.ts';

/** A job and what it started. */
export interface JobBranch {
  readonly job: JobReply;
  readonly children: readonly JobBranch[];
}

/** What the page shows: the newest jobs, children under their parents. */
export interface JobsBoard {
  readonly open: readonly JobBranch[];
  readonly ended: readonly JobBranch[];
  readonly queue: QueueView;
}

export interface JobsSource {
  current(): Promise<JobsBoard>;
  /** Called when something changed, at most once a look. Looks only while somebody subscribes. */
  subscribe(listener: () => void): () => void;
  close(): void;
}

export const SHOWN_JOBS = 20;
/** A parent may have many children, which are listed too. */
const LISTED_JOBS = 200;
/** Progress is written once a second. */
const LOOK_INTERVAL_MS = 700;
const UNFINISHED = jobStates.filter((state) => !['completed', 'failed', 'cancelled'].includes(state));

/** Other processes may work on jobs too, so changes are looked for in the rows. */
export function createJobsSource({
  jobs,
  queue,
  chatOfJob,
}: Pick<ConsolePorts, 'jobs' | 'queue' | 'chatOfJob'>): JobsSource {
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | null = null;
  let last = '';

  /** Only what is shown: a name is looked up for each. */
  const named = async ({ job, children }: JobBranch): Promise<JobBranch> => ({
    job: { ...job, ...(await chatOfJob(job.job_id)) },
    children: await Promise.all(children.map(named)),
  });
  const shown = (branches: readonly JobBranch[]) => Promise.all(branches.slice(0, SHOWN_JOBS).map(named));

  async function current(): Promise<JobsBoard> {
    const [newest, unfinished, queueNow] = await Promise.all([
      jobs.list({ limit: LISTED_JOBS }, null),
      jobs.list({ status: UNFINISHED, limit: LISTED_JOBS }, null),
      queueView(queue),
    ]);
    const listed = new Map([...newest, ...unfinished].map((job) => [job.job_id, job])).values();
    const roots = treeOf([...listed].map((job) => sayPaused(job, queueNow.paused ?? [])));
    return {
      open: await shown(roots.filter(({ job }) => !job.ended)),
      ended: await shown(roots.filter(({ job }) => job.ended)),
      queue: queueNow,
    };
  }

  async function look(): Promise<void> {
    // A store that cannot be read for a moment is a matter of the status, not of this.
    const board = JSON.stringify(await current().catch(() => null));
    if (board !== last && last !== '') for (const listener of listeners) listener();
    last = board;
    timer = listeners.size === 0 ? null : setTimeout(() => void look(), LOOK_INTERVAL_MS);
  }

  return {
    current,
    subscribe: (listener) => {
      listeners.add(listener);
      timer ??= setTimeout(() => void look(), LOOK_INTERVAL_MS);
      return () => listeners.delete(listener);
    },
    close: () => {
      listeners.clear();
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}

/** Newest first on every level; a child whose parent is not listed stands by itself. */
function treeOf(jobs: readonly JobView[]): readonly JobBranch[] {
  const known = new Set(jobs.map(({ job_id }) => job_id));
  const below = Map.groupBy(jobs, ({ parent_job_id: id }) => (id !== undefined && known.has(id) ? id : null));
  const branch = (job: JobView): JobBranch => ({ job, children: (below.get(job.job_id) ?? []).map(branch) });
  return (below.get(null) ?? []).map(branch).toSorted((a, b) => time(b) - time(a));
}

const time = ({ job }: JobBranch) => Date.parse(job.created_at);
