import type { ServiceContext } from '#orchestrator/services/context.ts';
import { createGroups } from '#orchestrator/services/groups/groups.ts';
import type { Jobs } from '../jobs.ts';
import { type ActionService, createActionService } from './action-service.ts';
import { createExportLinks, type ExportLinks } from './export-links.ts';
import { createHistoryService, type HistoryService } from './history-service.ts';
import { createIntake, type Intake } from './intake.ts';
import { createJobService, type JobService } from './job-service.ts';
import { createLikelyChats, type LikelyChats } from './likely-chats.ts';
import { createSyncReport, type SyncReport } from './sync-report.ts';
import { createTempStorage, type TempStorage } from './temp-storage.ts';

/** What tools and pages can ask for that takes longer than a call. */
export interface JobServices {
  readonly jobs: JobService;
  readonly olderHistory: HistoryService;
  readonly syncReport: SyncReport;
  readonly longActions: ActionService;
  readonly intake: Intake;
  readonly likelyChats: LikelyChats;
  readonly tempStorage: TempStorage;
  readonly exportLinks: ExportLinks;
}

export function createJobServices(jobs: Jobs, context: ServiceContext): JobServices {
  const { history, fleet, resolver, times, clock, cursors } = context;
  const { timeZone } = times;
  return {
    jobs: createJobService({ jobs, history, times, cursors }),
    olderHistory: createHistoryService({ jobs, history, resolver, fleet, times, clock }),
    syncReport: createSyncReport({ history, fleet, resolver, times, clock }),
    intake: createIntake(context),
    likelyChats: createLikelyChats({ history, resolver, timeZone }),
    tempStorage: createTempStorage(context),
    exportLinks: createExportLinks(context),
    longActions: createActionService({ ...context, jobs, groups: createGroups(context) }),
  };
}
