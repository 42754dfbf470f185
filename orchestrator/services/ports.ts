import type { Capability, EngineName } from '#engines/contract/capability.ts';
import type { CommandInput, CommandName, CommandOutput } from '#engines/contract/command.ts';
import type { EngineStatus } from '#engines/contract/state.ts';
import type { ErrorBody, ErrorCode } from '#kernel/errors.ts';

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
}

export interface FleetPort {
  /** Configured engines in order of preference. Cheap: answers from memory. */
  engines(): readonly EngineView[];
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
}

export interface CallOptions {
  /** Asks this engine only. */
  readonly engine?: EngineName;
  readonly signal?: AbortSignal;
}

/** Which engines would be asked for a capability, in order, and why the others would not. */
export interface Route {
  readonly capability: Capability;
  readonly candidates: readonly EngineName[];
  readonly excluded: readonly { readonly engine: EngineName; readonly code: ErrorCode }[];
}

export interface RouterPort {
  /** Errors: NO_HEALTHY_ENGINE, CAPABILITY_UNAVAILABLE, or the error of the only engine that could. */
  call<C extends CommandName>(
    capability: C,
    input: CommandInput<C>,
    options?: CallOptions,
  ): Promise<CallOutcome<CommandOutput<C>>>;
  routes(): readonly Route[];
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
}

/** Sends at most once. Errors: RATE_LIMITED, IDEMPOTENCY_KEY_REUSED, SEND_FAILED, DELIVERY_UNKNOWN, and those of the router. */
export interface SendingPort {
  sendText(request: SendTextRequest, signal?: AbortSignal): Promise<SendTextOutcome>;
}
