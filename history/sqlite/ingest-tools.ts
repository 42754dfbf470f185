import type { EngineName } from '#engines/contract/capability.ts';
import type { ChatTotals } from './chat-totals.ts';
import type { Counts } from './counts.ts';
import type { Identities } from './identities.ts';
import type { Links } from './links.ts';
import type { MessageWriter } from './message-writer.ts';
import type { Pending } from './pending.ts';
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
  /** Seconds. */
  readonly now: () => number;
}

/** Facts of the batch under way. */
export interface BatchContext {
  readonly engine: EngineName;
  readonly addedKeys: number[];
  deduplicated: number;
  enriched: number;
}
