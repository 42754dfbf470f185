import type { Resource } from '#mcp/resource.ts';
import type { ResourceTemplate } from '#mcp/resource-template.ts';
import type { ToolServices } from '#mcp/tools/shared/services.ts';
import { exportResource } from './exports.ts';
import { jobResource } from './jobs.ts';
import { syncStatus } from './sync-status.ts';

export const allResources: readonly Resource<ToolServices>[] = Object.freeze([syncStatus]);

export const allTemplates: readonly ResourceTemplate<ToolServices>[] = Object.freeze([
  jobResource,
  exportResource,
]);
