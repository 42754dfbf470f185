import type { EngineName } from '#engines/contract/capability.ts';

/** What a tool's `run` returns. */
export interface ToolReply<D> {
  readonly data: D;
  readonly meta?: ReplyMeta;
  /** One sentence for people, before the JSON: words and counts of ours, never text of a message. */
  readonly summary?: string;
  readonly images?: readonly MediaBlock[];
  readonly audio?: readonly MediaBlock[];
  /** Resources that the answer is about. */
  readonly links?: readonly LinkBlock[];
}

export interface LinkBlock {
  readonly uri: string;
  readonly name: string;
  readonly mimeType: string;
}

interface MediaBlock {
  readonly mimeType: string;
  readonly base64: string;
}

/** How the answer came about; the registry adds `duration_ms`. */
export interface ReplyMeta {
  readonly engine?: EngineName;
  /** The engine whose turn it was, when another one had to answer. */
  readonly routed_from?: EngineName;
  readonly attempts?: number;
  /** True when something usual was missing; the reason or the data says what. */
  readonly degraded?: boolean;
  /** `engine: CODE`. */
  readonly degraded_reason?: string;
  /** When the stored data was last brought up to date; ISO 8601. */
  readonly freshness?: string;
}
