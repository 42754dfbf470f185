import type { EngineName } from '#engines/contract/capability.ts';
import type { ChatTotals } from './chat-totals.ts';
import type { Counts } from './counts.ts';
import type { PageFacts } from './coverage-writer.ts';
import type { Identities } from './identities.ts';
import type { Links } from './links.ts';
import type { LiveSpans } from './live-spans.ts';
import type { MessageWriter } from './message-writer.ts';
import type { Pending } from './pending.ts';
import type { PushEdges } from './push-edges.ts';
import type { PushNames } from './push-names.ts';
import type { Resolver } from './resolve.ts';
import type { Sql } from './sql.ts';
import type { TextIndex } from './text-index.ts';

/** What every kind of observation is applied with. One set per store, bound to the writing connection. */
export interface IngestTools {
  readonly sql: Sql;
  readonly ids: Identities;
  readonly links: Links;
  readonly resolve: Resolver;
  readonly messages: MessageWriter;
  readonly counts: Counts;
  readonly totals: ChatTotals;
  readonly index: TextIndex;
  readonly pushNames: PushNames;
  readonly pending: Pending;
  readonly edges: PushEdges;
  readonly spans: LiveSpans;
  /** Seconds. */
  readonly now: () => number;
  readonly nowMs: () => number;
}

/** Facts of the batch under way. */
export interface BatchContext {
  readonly engine: EngineName;
  readonly addedKeys: number[];
  /** By request id. */
  readonly pages: Map<string, PageFacts>;
  deduplicated: number;
  enriched: number;
}
