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

/** Begins or steers work that is asked of the phone; the same call twice is the same as once. */
export const STEER: ToolHints = Object.freeze({
  readOnly: false,
  destructive: false,
  idempotent: true,
  openWorld: true,
});
