import type { Capability, EngineName } from '#engines/contract/capability.ts';
import type {
  appStateCollections,
  CommandInput,
  CommandName,
  CommandOutput,
} from '#engines/contract/command.ts';
import type { Media, MessageType } from '#engines/contract/message.ts';
import type { EngineStatus } from '#engines/contract/state.ts';
import type { IngestReport } from '#history/contracts/history.ts';
import type { ErrorBody, ErrorCode, TandemError } from '#kernel/errors.ts';

/** What the services need of the rest of the orchestrator, and nothing more. */
export interface EngineView {
  readonly engine: EngineName;
  /** The process runs (whether or not it answers). */
  readonly processUp: boolean;
  /** Its HTTP face answered the last health check. */
  readonly reachable: boolean;
  /** What the engine last said of itself; null = it never answered. */
  readonly status: EngineStatus | null;
  readonly responseMs: number | null;
  readonly checkedAtMs: number | null;
  /** Why the process is not up or does not answer; null when it does. */
  readonly error: ErrorBody | null;
  /** Of the connection that lives now; empty while the engine is not connected. */
  readonly selfTests: readonly SelfTestResult[];
  /** The engine is being brought back on purpose; null when it is not. */
  readonly recovery: Recovery | null;
}

/** What a check of a connected engine found; `skipped` = there was nothing to try it on. */
export interface SelfTestResult {
  readonly check: 'history' | 'media' | 'echo';
  readonly capability: Capability;
  readonly state: 'running' | 'passed' | 'failed' | 'skipped';
  readonly code: ErrorCode | null;
  readonly atMs: number;
}

export interface FleetPort {
  /** Configured engines in order of preference. Cheap: answers from memory. */
  engines(): readonly EngineView[];
}

/** What of one engine has been taken into the store since the service started. */
export interface TakenIn {
  readonly engine: EngineName;
  /** Null until the engine was read from. */
  readonly outboxId: string | null;
  /** Last entry of its outbox that is in the store. */
  readonly committedSeq: number;
  /** Observations that could not be read and were set aside. */
  readonly quarantined: number;
  /** Why nothing is taken in; null while it is. */
  readonly error: TandemError | null;
}

export interface IngestPort {
  takenIn(): readonly TakenIn[];
  /** Asks an engine what it holds now. Throws ENGINE_UNREACHABLE and what else reading from an engine can end with. */
  holds(engine: EngineName, signal?: AbortSignal): Promise<EngineStatus['outbox']>;
  /** After every commit. */
  onIngested(
    listener: (event: { readonly engine: EngineName; readonly report: IngestReport }) => void,
  ): () => void;
}

/** One engine that was asked, and how it went; `code` null = it answered. */
export interface CallAttempt {
  readonly engine: EngineName;
  readonly code: ErrorCode | null;
  readonly durationMs: number;
}

export interface CallOutcome<O> {
  readonly output: O;
  readonly engine: EngineName;
  readonly attempts: readonly CallAttempt[];
  /** The engine whose turn it was and that could not even be asked; the services fill it in. */
  readonly passedOver?: PassedOver;
}

export interface PassedOver {
  readonly engine: EngineName;
  readonly code: ErrorCode;
}

export interface CallOptions {
  /** Asks this engine only. */
  readonly engine?: EngineName;
  /** Asks this engine first, if it can: the one that owns the message in question. */
  readonly preferred?: EngineName;
  readonly signal?: AbortSignal;
}

/** Which engines would be asked for a capability, in order, and why the others would not. */
export interface Route {
  readonly capability: Capability;
  readonly candidates: readonly EngineName[];
  readonly excluded: readonly { readonly engine: EngineName; readonly code: ErrorCode }[];
}

/** `ok` and `degraded` can serve; `degraded` comes behind others that can. */
export type Health = 'ok' | 'degraded' | 'error' | 'unreachable';

export interface RouterPort {
  /** Errors: NO_HEALTHY_ENGINE, CAPABILITY_UNAVAILABLE, or the error of the only engine that could. */
  call<C extends CommandName>(
    capability: C,
    input: CommandInput<C>,
    options?: CallOptions,
  ): Promise<CallOutcome<CommandOutput<C>>>;
  routes(): readonly Route[];
  /** As routing judges it; an engine that is not configured is unreachable. */
  health(engine: EngineName): Health;
}

export interface SendTextRequest {
  /** Canonical JID that a recipient was resolved to. */
  readonly chat: string;
  readonly text: string;
  readonly quoted?: {
    readonly id: string;
    readonly fromMe: boolean;
    readonly sender: string | null;
    readonly text: string | null;
  };
  readonly mentions?: readonly string[];
  readonly idempotencyKey?: string;
  /** Sends the same text to the same chat again within the window in which repeats are held back. */
  readonly allowDuplicate?: boolean;
}

export interface ForwardRequest {
  /** Canonical JID that the recipient was resolved to. */
  readonly chat: string;
  readonly source: {
    readonly chat: string;
    readonly id: string;
    readonly fromMe: boolean;
    readonly sender: string | null;
  };
  readonly content: {
    readonly type: MessageType;
    readonly text: string | null;
    readonly media: Media | null;
  };
  /** Asks this engine first: the one that holds the message. */
  readonly preferred?: EngineName;
  readonly idempotencyKey?: string;
  readonly allowDuplicate?: boolean;
}

export interface SendTextOutcome {
  readonly messageId: string;
  readonly chat: string;
  /** Seconds. */
  readonly sentAt: number;
  readonly status: 'pending' | 'sent' | 'delivered' | 'read';
  /** `replayed` = same key, stored answer; `suppressed` = same text to the same chat within seconds, not sent again. */
  readonly duplicate: 'none' | 'replayed' | 'suppressed';
  readonly engine: EngineName;
  readonly attempts: readonly CallAttempt[];
  readonly passedOver?: PassedOver;
}

/** Sends at most once. Errors: RATE_LIMITED, IDEMPOTENCY_KEY_REUSED, SEND_FAILED, DELIVERY_UNKNOWN, and those of the router. */
export interface SendingPort {
  sendText(request: SendTextRequest, signal?: AbortSignal): Promise<SendTextOutcome>;
  forward(request: ForwardRequest, signal?: AbortSignal): Promise<SendTextOutcome>;
}

export const recoveryModes = ['warmup', 'reconnect', 'restart', 'resync'] as const;
/** `warmup` waits until the engine is up, `reconnect` renews its connection, `restart` its process, `resync` its app state. */
export type RecoveryMode = (typeof recoveryModes)[number];

export interface Recovery {
  readonly id: string;
  readonly engine: EngineName;
  readonly mode: RecoveryMode;
  readonly state: 'running' | 'done' | 'failed';
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly error: ErrorBody | null;
}

export interface RecoveryRequest {
  readonly engine: EngineName;
  readonly mode: RecoveryMode;
  /** For `resync`; all of them when absent. */
  readonly collections?: readonly (typeof appStateCollections)[number][];
}

/** Brings an engine back on request; one recovery of an engine at a time. */
export interface RecoveryPort {
  /** Starts it and returns at once. Errors: RECOVERY_IN_PROGRESS, COOLDOWN_ACTIVE, CAPABILITY_UNAVAILABLE. */
  start(request: RecoveryRequest): Recovery;
  /** The newest of each engine and mode, newest first; kept while the service runs. */
  list(): readonly Recovery[];
}
