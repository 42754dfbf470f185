import type { Resource } from '#mcp/resource.ts';
import type { ResourceTemplate } from '#mcp/resource-template.ts';
import type { Services } from '#orchestrator/services/services.ts';
import { syncStatus } from './sync-status.ts';

export const allResources: readonly Resource<Services>[] = Object.freeze([syncStatus]);

export const allTemplates: readonly ResourceTemplate<Services>[] = Object.freeze([]);
