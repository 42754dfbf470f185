import type { Reply } from '#orchestrator/services/reply.ts';

/** What a tool's `run` returns; the registry adds `duration_ms` to its `meta`. */
export interface ToolReply<D> extends Reply<D> {
  /** Resources that the answer is about. */
  readonly links?: readonly LinkBlock[];
}

export interface LinkBlock {
  readonly uri: string;
  readonly name: string;
  readonly mimeType: string;
}
