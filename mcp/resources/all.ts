import type { Resource } from '#mcp/resource.ts';
import type { Services } from '#orchestrator/services/services.ts';
import { syncStatus } from './sync-status.ts';

export const allResources: readonly Resource<Services>[] = Object.freeze([syncStatus]);
