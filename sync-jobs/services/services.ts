import type { ServiceContext } from '#orchestrator/services/context.ts';
import { createGroups } from '#orchestrator/services/groups/groups.ts';
import type { Jobs } from '../jobs.ts';
import { type ActionService, createActionService } from './action-service.ts';
import { createHistoryService, type HistoryService } from './history-service.ts';
import { createJobService, type JobService } from './job-service.ts';
import { createSyncReport, type SyncReport } from './sync-report.ts';

/** What tools and pages can ask for that takes longer than a call. */
export interface JobServices {
  readonly jobs: JobService;
  readonly olderHistory: HistoryService;
  readonly syncReport: SyncReport;
  readonly longActions: ActionService;
}

export function createJobServices(jobs: Jobs, context: ServiceContext): JobServices {
  const { history, fleet, resolver, times, clock } = context;
  return {
    jobs: createJobService({ jobs, history, times }),
    olderHistory: createHistoryService({ jobs, history, resolver, times }),
    syncReport: createSyncReport({ history, fleet, resolver, times, clock }),
    longActions: createActionService({ ...context, jobs, groups: createGroups(context) }),
  };
}
