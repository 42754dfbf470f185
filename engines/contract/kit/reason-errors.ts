import { type ErrorBody, type ErrorCode, TandemError, toErrorBody } from '#kernel/errors.ts';
import type { EngineName } from '../capability.ts';
import type { EngineReason } from '../state.ts';

/** Reasons that wait for a person, as the error that a caller gets meanwhile. */
const CODES: Partial<Record<EngineReason, ErrorCode>> = {
  'link-expired': 'AUTH_QR_EXPIRED',
  'logged-out': 'DEVICE_REMOVED',
  replaced: 'SESSION_REPLACED',
  forbidden: 'ACCOUNT_BANNED',
  'client-outdated': 'CLIENT_OUTDATED',
  'multidevice-mismatch': 'MULTIDEVICE_MISMATCH',
  'stream-error': 'CONNECTION_REJECTED',
  'browser-missing': 'BROWSER_MISSING',
};

/** Null when the reason is nothing to tell a caller. */
export function errorOfReason(engine: EngineName, reason: EngineReason): ErrorBody | null {
  const code = CODES[reason];
  return code === undefined ? null : toErrorBody(new TandemError(code, { engine }));
}
