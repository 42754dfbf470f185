import type { ToolHints } from '#mcp/tool.ts';

/** Reads the store. The content comes from outsiders, so the world is open. */
export const STORED_READ: ToolHints = Object.freeze({
  readOnly: true,
  destructive: false,
  idempotent: true,
  openWorld: true,
});

/** Asks WhatsApp, changes nothing. */
export const LIVE_READ: ToolHints = STORED_READ;

/** Says something about the service itself. */
export const OWN_READ: ToolHints = Object.freeze({
  readOnly: true,
  destructive: false,
  idempotent: true,
  openWorld: false,
});
