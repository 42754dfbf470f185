import type { ServiceContext } from '#orchestrator/services/context.ts';
import type { Jobs } from '../jobs.ts';
import { createHistoryService, type HistoryService } from './history-service.ts';
import { createJobService, type JobService } from './job-service.ts';

/** What tools and pages can ask for that takes longer than a call. */
export interface JobServices {
  readonly jobs: JobService;
  readonly olderHistory: HistoryService;
}

export function createJobServices(jobs: Jobs, context: ServiceContext): JobServices {
  const { history, resolver, times } = context;
  return {
    jobs: createJobService({ jobs, history, times }),
    olderHistory: createHistoryService({ jobs, history, resolver, times }),
  };
}
