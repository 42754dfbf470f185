import type { ToolHints } from '#mcp/tool.ts';

/** Reads what people wrote, from the store or live. The content comes from outsiders, so the world is open. */
export const CONTENT_READ: ToolHints = Object.freeze({
  readOnly: true,
  destructive: false,
  idempotent: true,
  openWorld: true,
});

/** Says something about the service itself. */
export const OWN_READ: ToolHints = Object.freeze({
  readOnly: true,
  destructive: false,
  idempotent: true,
  openWorld: false,
});
