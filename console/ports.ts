import type { EngineName } from '#engines/contract/capability.ts';
import type { LinkOffer } from '#engines/contract/state.ts';
import type { HistoryOverview, MessageStatistics } from '#history/contracts/history.ts';
import type { Cursors } from '#orchestrator/services/cursor.ts';
import type { Exports } from '#orchestrator/services/export/exports.ts';
import type { EngineView } from '#orchestrator/services/ports.ts';
import type { Resolver } from '#orchestrator/services/resolve/resolver.ts';
import type { JobQueue } from '#sync-jobs/queue/port.ts';
import type { HistoryService } from '#sync-jobs/services/history-service.ts';
import type { JobService } from '#sync-jobs/services/job-service.ts';
import type { CoverageDeps } from './view/build-coverage.ts';
import type { DiagnosticsView } from './view/diagnostics.ts';
import type { JobChat } from './view/job-chat.ts';

/** What the console needs of the service around it; the composition root hands it over. */
export interface ConsolePorts {
  /** Cheap: answers from memory. */
  engines(): readonly EngineView[];
  /** Last outbox entry of an engine that is in the store; null while its outbox is not known. */
  committed(engine: EngineName): { readonly outboxId: string; readonly seq: number } | null;
  overview(): Promise<HistoryOverview>;
  /** Which engine saw how much of the store. From counters: cheap. */
  contributions(): Promise<Pick<MessageStatistics, 'perEngine' | 'sharedByEngines'>>;
  /** Called after every commit with the number of messages that it added; returns how to stop. */
  onStored(listener: (messages: number) => void): () => void;
  /** MCP sessions that are open. */
  sessions(): number;
  /** Starts linking. Without an engine: the first that is not linked. Errors: AUTH_*, INVALID_PHONE_FORMAT, ENGINE_*. */
  link(request: LinkRequest): Promise<LinkReply>;
  /** Unlinks; stored messages stay. Errors: NOT_AUTHENTICATED, LOGOUT_PARTIAL. */
  logout(engine: EngineName | null): Promise<readonly LogoutReply[]>;
  diagnostics(options: { readonly bundle: boolean }): Promise<DiagnosticsView>;
  readonly jobs: Pick<JobService, 'get' | 'list' | 'cancel' | 'pause' | 'resume'>;
  /** The one chat that a job is about; null when there are several or none. */
  chatOfJob(jobId: string): Promise<JobChat | null>;
  readonly olderHistory: Pick<HistoryService, 'retrieveAll' | 'fetch' | 'cancel' | 'checkpoints'>;
  /** Which chat a name, a number or an id means. */
  readonly chats: Pick<Resolver, 'chat'>;
  readonly queue: Pick<JobQueue, 'backend' | 'health' | 'queues'>;
  readonly history: CoverageDeps['history'];
  readonly exports: Pick<Exports, 'open' | 'verify'>;
  /** Where lists go on. */
  readonly cursors: Cursors;
}

export interface LinkRequest {
  readonly engine: EngineName | null;
  /** As the person typed it; null = link by QR code. */
  readonly phone: string | null;
}

export interface LinkReply {
  readonly engine: EngineName;
  /** Null = it is linked already. */
  readonly offer: LinkOffer['method'] | null;
  /** Set when WhatsApp refused to give a code, so that a QR code is offered instead. */
  readonly codeRefused: { readonly code: string; readonly message: string } | null;
}

export interface LogoutReply {
  readonly engine: EngineName;
  readonly wasLinked: boolean;
  readonly unlinkedOnServer: boolean;
  readonly sessionDeleted: boolean;
}

/** Facts that do not change while the service runs. */
export interface ServiceFacts {
  readonly version: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly sending: boolean;
  readonly testServer: boolean;
  readonly mcpUrl: string;
}
