import type { History } from '#history/contracts/history.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import type { DataDir } from '#kernel/data-dir.ts';
import type { Cursors } from './cursor.ts';
import type { QueueFacts } from './diagnostics/queue-checks.ts';
import type { Exports } from './export/exports.ts';
import type { Freshness } from './freshness.ts';
import type { MediaLibrary } from './media/library.ts';
import type { FleetPort, IngestPort, RecoveryPort, RouterPort, SendingPort } from './ports.ts';
import type { Times } from './present/times.ts';
import type { Resolver } from './resolve/resolver.ts';
import type { TroubleLog } from './status/trouble.ts';

/** What the services share. */
export interface ServiceContext {
  readonly history: History;
  readonly fleet: FleetPort;
  readonly router: RouterPort;
  readonly sending: SendingPort;
  readonly recovery: RecoveryPort;
  readonly ingest: IngestPort;
  readonly config: Config;
  readonly clock: Clock;
  readonly times: Times;
  readonly cursors: Cursors;
  readonly freshness: Freshness;
  readonly resolver: Resolver;
  readonly trouble: TroubleLog;
  readonly media: MediaLibrary;
  readonly exports: Exports;
  /** Where people see the service in a browser. */
  pageUrl(): string;
  /** Where the service listens, when that is another place; empty before it does. */
  readonly ownUrl?: (() => string) | undefined;
  /** Of Tandem. */
  readonly version: string;
  readonly dataDir: DataDir;
  /** What diagnostics tell of the job queue; absent = there is none. */
  readonly queueFacts?: (() => Promise<QueueFacts>) | undefined;
  /** Calls the listener after every commit of ingest and every change of an engine; returns how to stop. */
  onChange(listener: () => void): () => void;
}
