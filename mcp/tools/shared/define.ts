import { toolDefiner } from '#mcp/tool.ts';
import type { Services } from '#orchestrator/services/services.ts';

/** A tool of this service, with full inference of its schemas. */
export const defineTool = toolDefiner<Services>();
