import type { Capability, EngineName } from '#engines/contract/capability.ts';
import { type EngineStatus, isConnected } from '#engines/contract/state.ts';
import type { ErrorCode } from '#kernel/errors.ts';
import type { EngineView } from '../services/ports.ts';

/** Why an engine cannot serve a capability now. */
export interface Exclusion {
  readonly engine: EngineName;
  readonly code: ErrorCode;
  readonly retryAfterSeconds?: number;
}

export interface Plan {
  /** In the order in which they are asked. */
  readonly candidates: readonly EngineName[];
  readonly excluded: readonly Exclusion[];
}

/** Commands that make sense without a connection to WhatsApp: the engine answers for itself. */
const OFFLINE: ReadonlySet<Capability> = new Set<Capability>([
  'link.qr',
  'link.code',
  'session.logout',
  'session.probe',
  'session.reconnect',
]);

/** Null = the engine can be asked for this capability now. Cheap and pure: everything it needs is in the view. */
export function whyNot(view: EngineView, capability: Capability): ErrorCode | null {
  if (!view.processUp) return view.error?.code ?? 'ENGINE_STARTING';
  if (view.status === null) return 'ENGINE_STARTING';
  if (!view.status.capabilities.includes(capability)) return 'CAPABILITY_UNAVAILABLE';
  if (!view.reachable) return 'ENGINE_UNREACHABLE';
  // Unlinking is the way out of it.
  if (view.error?.code === 'ACCOUNT_MISMATCH' && capability !== 'session.logout') return 'ACCOUNT_MISMATCH';
  if (!OFFLINE.has(capability) && !isConnected(view.status.level)) return codeOfLevel(view.status);
  const impairment = view.status.impaired.find((one) => one.capability === capability);
  if (impairment !== undefined) return impairment.error.code;
  const failed = view.selfTests.find((test) => test.capability === capability && test.state === 'failed');
  return failed === undefined ? null : (failed.code ?? 'CAPABILITY_UNAVAILABLE');
}

/** The error that tells an unable engine's state best. */
export function codeOfLevel(status: EngineStatus): ErrorCode {
  switch (status.level) {
    case 'starting':
      return 'ENGINE_STARTING';
    case 'unlinked':
    case 'linking':
      return 'NOT_AUTHENTICATED';
    case 'logged-out':
      return 'DEVICE_REMOVED';
    case 'conflict':
      return 'SESSION_REPLACED';
    case 'stopped':
      return 'ENGINE_UNREACHABLE';
    case 'failed':
      return codeOfFailure(status);
    default:
      return 'NOT_CONNECTED';
  }
}

function codeOfFailure(status: EngineStatus): ErrorCode {
  switch (status.reason) {
    case 'forbidden':
      return 'ACCOUNT_BANNED';
    case 'client-outdated':
      return 'CLIENT_OUTDATED';
    case 'multidevice-mismatch':
      return 'MULTIDEVICE_MISMATCH';
    default:
      return status.lastError?.code ?? 'NOT_CONNECTED';
  }
}
