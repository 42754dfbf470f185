import type { Services } from '#orchestrator/services/services.ts';
import type { JobServices } from '#sync-jobs/services/services.ts';

/** What tools and resources call: what answers at once, and what takes longer than a call. */
export type ToolServices = Services & JobServices;
