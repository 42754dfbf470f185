import { toolDefiner } from '#mcp/tool.ts';
import type { ToolServices } from './services.ts';

/** A tool of this service, with full inference of its schemas. */
export const defineTool = toolDefiner<ToolServices>();
